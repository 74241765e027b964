//! What is known beforehand of the quota.

use super::saved::{Reader, Writer};

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

impl PacingOptions {
    pub(super) fn save(self, out: &mut Writer) {
        let (per_second, burst) = match self {
            Self::Learn => (None, None),
            Self::Rate { per_second } => (Some(per_second), None),
            Self::RateAndBurst { per_second, burst } => (Some(per_second), Some(burst)),
        };
        out.option(per_second);
        out.option(burst);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(match (saved.option()?, saved.option()?) {
            (None, None) => Self::Learn,
            (Some(per_second), None) => Self::Rate { per_second },
            (Some(per_second), Some(burst)) => Self::RateAndBurst { per_second, burst },
            (None, Some(_)) => return None,
        })
    }
}
