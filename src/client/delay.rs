//! Jittered delays: the only file that names `backoff`, which computes them and does nothing else.

use crate::protocol::retry::Delay;
use backoff::backoff::Backoff as _;
use backoff::{ExponentialBackoff, ExponentialBackoffBuilder};
use std::time::Duration;

/// Full jitter: evenly spread between nothing and the ceiling, then what the server asked for.
pub(super) fn jittered(delay: &Delay) -> Duration {
    let ceiling = delay.ceiling();
    // backoff spreads around the middle of an interval: half the ceiling, plus or minus all of it.
    let mut backoff: ExponentialBackoff = ExponentialBackoffBuilder::new()
        .with_initial_interval(ceiling / 2)
        .with_max_interval(delay.cap / 2)
        .with_multiplier(2.0)
        .with_randomization_factor(1.0)
        .with_max_elapsed_time(None)
        .build();
    delay.at_least(backoff.next_backoff().unwrap_or(ceiling).min(ceiling))
}
