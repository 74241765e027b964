//! A quota may be a count per minute that is refilled at once. It shows as a burst, a long stall, and a burst again:
//! then the next refill can be foretold, and nobody has to knock until it comes.

use super::saved::{Reader, Writer};

/// The window of a count per minute, and a moment more so as not to knock too early.
const WINDOW: f64 = 60.05;
/// A stall that ends after this may have ended with a refill.
const SUSPICIOUS: f64 = 5.0;
/// How many probes it must have refused.
const SUSPICIOUS_REFUSALS: i32 = 3;
/// A stall of this length is no rival's doing.
const CERTAIN: f64 = 15.0;
/// Fewer calls are no burst.
const BURST: f64 = 4.0;

/// What was seen of refills.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// The last probe that was refused before a refill, and the one that got in.
    refill: Option<(f64, f64)>,
    /// When the present burst began.
    burst_began: f64,
    /// What one window holds.
    pub(super) expected: Option<f64>,
    /// Whether the last refill is believed to have been one.
    believed: bool,
    /// Whether the present stall waits for a foretold refill.
    waiting: bool,
}

impl Window {
    /// Whether a stall ended as one ends with a refill.
    pub(super) fn may_have_refilled(&self, lasted: f64, refusals: i32) -> bool {
        lasted > SUSPICIOUS && (refusals >= SUSPICIOUS_REFUSALS || self.waiting)
    }

    /// A stall ended with a call sent at `sent`: a new burst begins.
    pub(super) fn refilled(&mut self, lasted: f64, last_refusal: f64, sent: f64) {
        let a_minute_later =
            self.refill.is_some_and(|(_, previous)| (45.0..75.0).contains(&(sent - previous)));
        self.believed = lasted >= CERTAIN || a_minute_later;
        self.refill = Some((last_refusal, sent));
        self.burst_began = sent;
    }

    /// A burst of so many calls ended with a refusal. Returns when to knock, where the refill can be foretold.
    pub(super) fn burst_ended(&mut self, calls: f64, now: f64) -> Option<f64> {
        self.waiting = false;
        if calls < BURST {
            return None;
        }
        self.expected = Some(calls);
        let (refused, got_in) = self.refill.filter(|_| self.believed)?;
        // Where the refill is known to a few seconds, the middle is tried first, and narrows it down.
        let next = if got_in - refused > 6.0 {
            f64::midpoint(refused.max(got_in - 30.0), got_in) + 60.0
        } else {
            got_in + WINDOW
        };
        self.waiting = next > now;
        self.waiting.then_some(next)
    }

    /// A stall that waits for nothing foretold.
    pub(super) fn forget_waiting(&mut self) {
        self.waiting = false;
    }

    /// Whether the last burst followed a refill.
    pub(super) fn has_refilled(&self) -> bool {
        self.refill.is_some()
    }

    pub(super) fn burst_began(&self) -> f64 {
        self.burst_began
    }

    /// When to knock again, where `wait` is what the stall came to, which has lasted since `since`. A window that the
    /// burst began or used up is over a minute later: those two moments are not slept through.
    pub(super) fn next_knock(&self, now: f64, wait: f64, since: f64) -> f64 {
        let foretold = self.refill.filter(|_| self.waiting).map(|(_, got_in)| got_in + WINDOW);
        if let Some(next) = foretold.filter(|next| *next > now) {
            return next;
        }
        let passed = |at: &f64| now - since > 3.0 && now < *at && now + wait > *at;
        let over = [self.burst_began + WINDOW, since + WINDOW].into_iter().find(passed);
        over.map_or(now + wait, |at| at.max(now + 0.05))
    }

    pub(super) fn save(&self, out: &mut Writer) {
        out.option(self.refill.map(|(refused, _)| refused));
        out.option(self.refill.map(|(_, got_in)| got_in));
        out.word(self.burst_began);
        out.option(self.expected);
        out.word(self.believed);
        out.word(self.waiting);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            refill: Option::zip(saved.option()?, saved.option()?),
            burst_began: saved.word()?,
            expected: saved.option()?,
            believed: saved.word()?,
            waiting: saved.word()?,
        })
    }
}
