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
    pub(super) fn after(self, time: Duration) -> Self {
        Self {
            wall: self.wall.checked_add(time).unwrap_or(self.wall),
            instant: self.instant.checked_add(time).unwrap_or(self.instant),
        }
    }
}
