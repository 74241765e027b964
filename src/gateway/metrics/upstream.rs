//! What the client does upstream: attempts, and what they were answered.

use super::lock;
use super::text::Text;
use crate::client::Observer;
use crate::protocol::retry::{Attempt, AttemptOutcome};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// Counts attempts.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Upstream(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// By status; `None` where there was no answer.
    attempts: BTreeMap<Option<u16>, u64>,
    retries: u64,
    waited: Duration,
}

impl Observer for Upstream {
    fn on_attempt(&self, _operation: &str, attempt: &Attempt) {
        let status = match &attempt.outcome {
            AttemptOutcome::Answered { status, .. } => Some(*status),
            AttemptOutcome::Failed { .. } => None,
        };
        let mut counts = lock(&self.0);
        *counts.attempts.entry(status).or_default() += 1;
        if let Some(wait) = attempt.wait {
            counts.retries += 1;
            counts.waited = counts.waited.saturating_add(wait);
        }
    }
}

impl Upstream {
    pub(super) fn write(&self, text: &mut Text) {
        let counts = lock(&self.0);
        text.begin(
            "bedwire_upstream_attempts_total",
            "counter",
            "Attempts of calls to AWS, by the status that they were answered with.",
        );
        for (status, count) in &counts.attempts {
            let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            text.sample("", &[("status", &status)], *count);
        }
        text.begin(
            "bedwire_upstream_retries_total",
            "counter",
            "Attempts that were followed by another one.",
        );
        text.sample("", &[], counts.retries);
        text.begin(
            "bedwire_upstream_waited_seconds_total",
            "counter",
            "Waits between attempts, as they were planned.",
        );
        text.sample("", &[], counts.waited.as_secs_f64());
    }
}
