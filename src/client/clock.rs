//! The clock that signatures are dated by and expiries are compared with: the system's, corrected by what a server
//! said, or one that was given.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// What says the time.
pub(super) type Now = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Where the date of a signature comes from. Clones share what a server said of the time: a client and the search for
/// its credentials have one clock.
#[derive(Clone, Default)]
pub struct Clock {
    base: Base,
    /// How far the server's clock is ahead of ours, in milliseconds.
    ahead_ms: Arc<AtomicI64>,
}

#[derive(Clone, Default)]
enum Base {
    #[default]
    System,
    /// Nothing corrects it.
    Fixed(SystemTime),
    Given(Now),
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// One moment, whatever the time: for signatures that can be compared.
    pub fn fixed(at: SystemTime) -> Self {
        Self { base: Base::Fixed(at), ..Self::default() }
    }

    /// A clock of one's own in place of the system's.
    pub fn given(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { base: Base::Given(Arc::new(now)), ..Self::default() }
    }

    /// The date of the next signature.
    pub fn now(&self) -> SystemTime {
        if let Base::Fixed(at) = self.base {
            return at;
        }
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        let by = Duration::from_millis(ahead.unsigned_abs());
        let now = self.uncorrected();
        let corrected = if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        corrected.unwrap_or(now)
    }

    /// The same clock, but for one that stands still: nothing ends by that.
    pub(super) fn of_expiries(self) -> Self {
        match self.base {
            Base::Fixed(_) => Self::system(),
            Base::System | Base::Given(_) => self,
        }
    }

    /// Takes over a server's clock.
    pub(super) fn correct(&self, server_time: SystemTime) {
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        let ahead = match server_time.duration_since(self.uncorrected()) {
            Ok(ahead) => millis(ahead),
            Err(behind) => -millis(behind.duration()),
        };
        self.ahead_ms.store(ahead, Ordering::Relaxed);
    }

    fn uncorrected(&self) -> SystemTime {
        match &self.base {
            Base::System => SystemTime::now(),
            Base::Fixed(at) => *at,
            Base::Given(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").field("now", &self.now()).finish_non_exhaustive()
    }
}
