//! Which calls are sent and not yet judged. A refusal comes back at once, a real answer takes seconds: a call that was
//! not refused in three times what the slowest refusal took counts as admitted, so that estimates don't lag behind
//! slow models.

use super::saved::{Reader, Writer};
use std::collections::VecDeque;

/// How many times as long as the slowest refusal a call is waited for.
const PATIENCE: f64 = 3.0;
/// What a refusal is taken to need, before one was seen.
const FIRST_GUESS: f64 = 0.02;
/// The longest that a refusal is taken to need: one that was held up on the way must not blind us for long.
const LONGEST: f64 = 1.0;

/// A call that was sent: its id and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) id: u64,
    pub(super) at: f64,
}

/// The calls without a verdict, oldest first.
#[derive(Debug)]
pub(super) struct Verdicts {
    open: VecDeque<Sent>,
    slowest_refusal: f64,
}

impl Verdicts {
    pub(super) fn new() -> Self {
        Self { open: VecDeque::new(), slowest_refusal: FIRST_GUESS }
    }

    /// How many are open.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// How many of them were sent before.
    pub(super) fn open_before(&self, sent: f64) -> usize {
        self.open.iter().take_while(|call| call.at < sent).count()
    }

    pub(super) fn sent(&mut self, call: Sent) {
        self.open.push_back(call);
    }

    /// Closes one; `None` where it was closed before.
    pub(super) fn close(&mut self, id: u64) -> Option<Sent> {
        let index = self.open.iter().position(|call| call.id == id)?;
        self.open.remove(index)
    }

    /// Learns how long a refusal takes.
    pub(super) fn refusal_took(&mut self, seconds: f64) {
        self.slowest_refusal = self.slowest_refusal.max(seconds.min(LONGEST));
    }

    /// The oldest call, if it can no longer be refused.
    pub(super) fn take_overdue(&mut self, now: f64) -> Option<Sent> {
        if self.next_overdue()? > now {
            return None;
        }
        self.open.pop_front()
    }

    /// When the oldest call counts as admitted.
    pub(super) fn next_overdue(&self) -> Option<f64> {
        Some(self.open.front()?.at + PATIENCE * self.slowest_refusal)
    }

    pub(super) fn save(&self, out: &mut Writer) {
        out.word(self.slowest_refusal);
        out.word(self.open.len());
        for call in &self.open {
            out.word(call.id);
            out.word(call.at);
        }
    }

    pub(super) fn load(saved: &mut Reader<'_>) -> Option<Self> {
        let slowest_refusal = saved.word()?;
        let count = saved.count(1 << 16)?;
        let mut call = || Some(Sent { id: saved.word()?, at: saved.word()? });
        let open = (0..count).map(|_| call()).collect::<Option<_>>()?;
        Some(Self { open, slowest_refusal })
    }
}
