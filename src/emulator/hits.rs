//! Which of the requests that come by a fault hits.

/// Which of the requests that come by a fault hits: `first` of them after it let `after` pass, and of all others a
/// share of `rate`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hits {
    /// How many pass before the hits begin.
    pub after: u64,
    /// How many are hit in a row.
    pub first: u64,
    /// The share of the others that is hit, from 0 to 1.
    pub rate: f64,
}

impl Hits {
    /// The first `count` requests.
    pub fn first(count: u64) -> Self {
        Self { first: count, ..Self::default() }
    }

    /// A share of all requests, from 0 to 1.
    pub fn rate(rate: f64) -> Self {
        Self { rate, ..Self::default() }
    }
}
