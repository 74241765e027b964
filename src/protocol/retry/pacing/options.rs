//! What is known beforehand of the quota.

/// What is known beforehand of the quota that a pacer keeps to. Rates are calls a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum PacingOptions {
    /// Nothing: the rate is found by what the service refuses.
    #[default]
    Learn,
    /// The rate, not how many calls may come at once. Taken as a starting value: where the service goes on refusing
    /// at this rate, the pacer learns as if nothing had been given.
    Rate {
        /// Calls a second, above 0.
        per_second: f64,
    },
    /// The rate, and how many calls may come at once after a pause.
    RateAndBurst {
        /// Calls a second, above 0.
        per_second: f64,
        /// Calls at once, at least 1.
        burst: f64,
    },
}
