//! How many times the output of a lane's calls counts: as the model's id tells, or, where that tells no model, as is
//! found out about it.

use crate::protocol::retry::pacing::burndown;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long it is not asked again after it gave no answer: a permission that is missing stays missing.
const QUIET: Duration = Duration::from_mins(1);

/// How many times an output token counts in a lane.
#[derive(Debug)]
pub(super) struct Burndown {
    times: AtomicU64,
    /// From when on it may be asked for; `None` where it is known, or is being asked for.
    ask_from: Mutex<Option<Instant>>,
}

impl Burndown {
    /// As the name of the lane tells, which has the model's id in it.
    pub(super) fn of(lane: &str) -> Self {
        let may_be_asked = lane.contains("application-inference-profile");
        Self { times: AtomicU64::new(burndown(lane)), ask_from: Mutex::new(may_be_asked.then(Instant::now)) }
    }

    pub(super) fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }

    /// Whether it is to be asked for now. Whoever is told so is the only one.
    pub(super) fn is_to_be_asked(&self) -> bool {
        let mut ask_from = self.ask_from.lock().unwrap_or_else(PoisonError::into_inner);
        ask_from.take_if(|from| *from <= Instant::now()).is_some()
    }

    pub(super) fn answered(&self, times: Option<u64>) {
        if let Some(times) = times {
            self.times.store(times, Ordering::Relaxed);
        } else {
            let mut ask_from = self.ask_from.lock().unwrap_or_else(PoisonError::into_inner);
            *ask_from = Instant::now().checked_add(QUIET);
        }
    }
}
