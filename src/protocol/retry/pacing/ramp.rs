//! The start, while nothing is known: as long as nothing is refused, ever more calls may be on the way without a
//! verdict. It bounds those, not the calls in flight: an answer that takes seconds holds nobody up, and a wall is hit
//! by few.

use super::saved::{Reader, Writer};

/// How many may be open whatever was admitted.
const START: f64 = 3.0;
/// How many more for each that was admitted.
const SHARE: f64 = 0.2;
/// What that share comes to at most.
const SHARE_AT_MOST: f64 = 8.0;
/// A long way without a refusal may be taken in longer steps.
const LONG_RUN_SHARE: f64 = 0.125;

/// A run of calls that nothing has stopped yet.
#[derive(Debug)]
pub(super) struct Ramp {
    start: f64,
    share: f64,
    admitted: f64,
    /// What a window is known to hold: the wall is expected there, and one call at a time is enough to find it.
    expected: Option<f64>,
}

impl Ramp {
    /// The first: nothing is known.
    pub(super) fn first() -> Self {
        Self { start: START, share: SHARE, admitted: 0.0, expected: None }
    }

    /// Where the rate is known, only the burst is to be found: slower, for fewer refusals.
    pub(super) fn to_known_rate() -> Self {
        Self { start: 2.0, share: 0.1, admitted: 0.0, expected: None }
    }

    /// After a long refusal: perhaps a window was refilled, perhaps not, so one at a time to begin with.
    pub(super) fn into_window(expected: Option<f64>) -> Self {
        Self { start: 1.0, share: 0.34, admitted: 0.0, expected }
    }

    pub(super) fn admitted(&mut self) {
        self.admitted += 1.0;
    }

    /// Whether one more may go while so many are open.
    pub(super) fn allows(&self, open: f64) -> bool {
        open < self.width(open)
    }

    /// Calls that were admitted, with those that will be.
    pub(super) fn calls(&self, open: f64) -> f64 {
        self.admitted + open
    }

    /// Whether hardly a call got in.
    pub(super) fn found_nothing(&self) -> bool {
        self.admitted <= 2.0
    }

    fn width(&self, open: f64) -> f64 {
        let (start, run) = match self.expected {
            Some(expected) if self.calls(open) >= expected => (1.0, self.admitted - expected),
            _ => (self.start, self.admitted),
        };
        start.max((run * self.share).min(SHARE_AT_MOST)).max(run * LONG_RUN_SHARE)
    }

    pub(super) fn save(&self, out: &mut Writer) {
        for number in [self.start, self.share, self.admitted] {
            out.word(number);
        }
        out.option(self.expected);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            start: saved.word()?,
            share: saved.word()?,
            admitted: saved.word()?,
            expected: saved.option()?,
        })
    }
}
