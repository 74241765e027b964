//! One moment on both clocks.

use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The wall's clock for what is answered, tokio's for what is waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub(super) wall: SystemTime,
    pub(super) instant: Instant,
}

impl Moment {
    /// The moment that is so long after this one, where it has come by now. What no clock can show never comes.
    pub(super) fn after(self, time: Duration, now: Self) -> Option<Self> {
        let after = Self { wall: self.wall.checked_add(time)?, instant: self.instant.checked_add(time)? };
        (now.instant >= after.instant).then_some(after)
    }
}
