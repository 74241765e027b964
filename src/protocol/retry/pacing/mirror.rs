//! Where rate and burst are given: a copy of the service's bucket, a little smaller than the original, so that it is
//! never overdrawn.

use super::saved::{Reader, Writer};

/// What is taken from the given rate and burst for safety.
const MARGIN: f64 = 0.998;
const BURST_MARGIN: f64 = 0.98;

/// A copy of a token bucket.
#[derive(Debug)]
pub(super) struct Mirror {
    rate: f64,
    burst: f64,
    level: f64,
    at: f64,
}

impl Mirror {
    pub(super) fn new(per_second: f64, burst: f64) -> Self {
        let burst = (burst * BURST_MARGIN).max(1.0);
        Self { rate: per_second * MARGIN, burst, level: burst, at: 0.0 }
    }

    /// When the next call may go: `now`, or later.
    pub(super) fn next(&mut self, now: f64) -> f64 {
        self.fill(now);
        if self.level > 1.0 - 1e-9 { now } else { now + (1.0 - self.level) / self.rate }
    }

    pub(super) fn sent(&mut self, now: f64) {
        self.fill(now);
        self.level -= 1.0;
    }

    pub(super) fn unsent(&mut self) {
        self.level = (self.level + 1.0).min(self.burst);
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    fn fill(&mut self, now: f64) {
        if now > self.at {
            self.level = (self.level + (now - self.at) * self.rate).min(self.burst);
            self.at = now;
        }
    }

    pub(super) fn save(&self, out: &mut Writer) {
        for number in [self.rate, self.burst, self.level, self.at] {
            out.word(number);
        }
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self { rate: saved.word()?, burst: saved.word()?, level: saved.word()?, at: saved.word()? })
    }
}
