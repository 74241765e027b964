//! A clock that runs while nothing changes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

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
            sleep: Box::pin(sleep_until(Instant::now() + patience)),
            phase: Some(phase),
        });
        if timer.phase != Some(phase) {
            timer.phase = Some(phase);
            timer.sleep.as_mut().reset(Instant::now() + patience);
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
