//! The clock that signatures are dated by: the system's, corrected by what a server said, or one fixed moment.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// Where the date of a signature comes from.
#[derive(Debug, Default)]
pub struct Clock {
    fixed: Option<SystemTime>,
    /// How far the server's clock is ahead of ours, in milliseconds.
    ahead_ms: AtomicI64,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// One moment, whatever the time: for signatures that can be compared.
    pub fn fixed(at: SystemTime) -> Self {
        Self { fixed: Some(at), ..Self::default() }
    }

    /// The date of the next signature.
    pub fn now(&self) -> SystemTime {
        if let Some(at) = self.fixed {
            return at;
        }
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        let by = Duration::from_millis(ahead.unsigned_abs());
        let now = SystemTime::now();
        let corrected = if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        corrected.unwrap_or(now)
    }

    /// Takes over a server's clock.
    pub(super) fn correct(&self, server_time: SystemTime) {
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        let ahead = match server_time.duration_since(SystemTime::now()) {
            Ok(ahead) => millis(ahead),
            Err(behind) => -millis(behind.duration()),
        };
        self.ahead_ms.store(ahead, Ordering::Relaxed);
    }
}
