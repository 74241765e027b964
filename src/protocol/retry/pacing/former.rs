//! The rate that the service gave before it gave much less. A quota that was lowered is likelier to go back to where it
//! was than to any other rate, and every second that this goes unnoticed is one more for all that wait: so for a while
//! it is tried often, and at once rather than by creeping up to it. A try costs one refusal.

use super::saved::{Reader, Writer};

/// A measurement below this share of it means that the quota was lowered.
const LOWERED: f64 = 0.75;
/// And one above this share, that it was not.
const AGREEMENT: f64 = 0.9;
/// A measurement after more calls than this has lasted.
const LASTING: f64 = 4.0;
/// It is tried when so many calls got in since a refusal: then the lowered quota should have refused one.
const CALLS: f64 = 13.0;
/// How often it is tried before what is given now counts as all there is.
const TRIES: u32 = 8;

/// The rate that was given before, and how long it is still remembered.
#[derive(Debug)]
pub(super) struct Former {
    rate: f64,
    tries: u32,
    is_lowered: bool,
}

impl Former {
    pub(super) fn unknown() -> Self {
        Self { rate: 0.0, tries: 0, is_lowered: false }
    }

    /// A refusal after so many calls measured what is given now. While the measurements come down from a rate, each is
    /// but a little below the one before: so only those count that have lasted.
    pub(super) fn measured(&mut self, rate: f64, calls: f64) {
        if calls > LASTING {
            self.tries = self.tries.saturating_sub(1);
            if rate >= AGREEMENT * self.rate || self.tries == 0 {
                (self.rate, self.tries) = (rate, TRIES);
            }
        }
        self.is_lowered = rate < LOWERED * self.rate;
    }

    /// Whether much less is given now.
    pub(super) fn is_lowered(&self) -> bool {
        self.is_lowered
    }

    /// The rate, if it is worth trying after so many calls without a refusal.
    pub(super) fn worth_trying(&self, calls: f64) -> Option<f64> {
        (self.is_lowered && calls > CALLS).then_some(self.rate)
    }

    pub(super) fn save(&self, out: &mut Writer) {
        out.word(self.rate);
        out.word(self.tries);
        out.word(self.is_lowered);
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        Some(Self { rate: saved.word()?, tries: saved.word()?, is_lowered: saved.word()? })
    }
}
