//! A clock that runs while nothing changes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// Longer than any connection lives, and no instant overflows by it.
const FOREVER: Duration = Duration::from_hours(24 * 365 * 30);

/// So long from now on: who is given all the time there is has no clock.
pub(super) fn from_now(patience: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(patience).unwrap_or_else(|| now + FOREVER)
}

/// A timer that is kept for the next time.
pub(super) struct Timer {
    sleep: Pin<Box<Sleep>>,
    phase: Option<usize>,
}

impl Timer {
    /// Runs since the phase began.
    pub(super) fn poll(
        timer: &mut Option<Self>,
        phase: usize,
        patience: Duration,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let timer = timer.get_or_insert_with(|| Self {
            sleep: Box::pin(sleep_until(from_now(patience))),
            phase: Some(phase),
        });
        if timer.phase != Some(phase) {
            timer.phase = Some(phase);
            timer.sleep.as_mut().reset(from_now(patience));
        }
        timer.sleep.as_mut().poll(context)
    }

    /// What comes next is another phase, whatever its number.
    pub(super) fn forget(timer: &mut Option<Self>) {
        if let Some(timer) = timer {
            timer.phase = None;
        }
    }
}
