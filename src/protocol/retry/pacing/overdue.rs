//! How the rate grows once the refusal at the end of a tooth is overdue: the quota was raised, or what was not used has
//! gathered.

use super::saved::{Reader, Writer};

/// Growth in so many seconds. In seconds, not calls: else fast calls would grow faster, and of two clients that share a
/// quota the faster would gain on the other.
const GROWTH: f64 = 1.06;
const SECONDS: f64 = 0.1;
/// It takes at least one call, and at most so many.
const CALLS_AT_MOST: f64 = 3.3;
/// Where calls are far apart, one of them may grow by more: as if it had taken so many times as long.
const SLOW_SECONDS: f64 = 0.5;
const SLOW_AT_MOST: f64 = 4.0;
/// And growth in so many seconds at most: after a rest a burst is there, which is no higher quota.
const AT_MOST: f64 = 3.0;
const AT_MOST_SECONDS: f64 = 2.0;

/// How fast calls may go, and when that is thought over.
#[derive(Debug)]
pub(super) struct Overdue {
    most: f64,
    until: f64,
}

impl Overdue {
    pub(super) fn new() -> Self {
        Self { most: f64::INFINITY, until: f64::NEG_INFINITY }
    }

    /// The rate after one more call at this rate. After a rest it grows with each call.
    pub(super) fn next_rate(&mut self, rate: f64, now: f64, has_rested: bool) -> f64 {
        if now >= self.until {
            (self.most, self.until) = (rate * AT_MOST, now + AT_MOST_SECONDS);
        }
        let gap = rate.recip();
        let steps = if has_rested { 1.0 } else { (gap / SECONDS).clamp(CALLS_AT_MOST.recip(), 1.0) };
        let slow_steps = (gap / SLOW_SECONDS).min(SLOW_AT_MOST);
        (rate * GROWTH.powf(steps.max(slow_steps))).min(self.most)
    }

    pub(super) fn save(&self, out: &mut Writer) {
        out.word(self.most);
        out.word(self.until);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self { most: saved.word()?, until: saved.word()? })
    }
}
