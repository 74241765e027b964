//! The tokens of the last minute, where the quota of tokens is known: what a call may use is reserved when it goes, and
//! settled to what it used when it is answered. Counted over every span of a minute, which keeps to a quota that is
//! refilled by the minute and to one that is refilled steadily. A call that nobody settles counts for its minute.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html>

use super::saved::{Reader, Writer};
use std::collections::VecDeque;
use std::time::Duration;

/// A minute, and a moment for the way to the service.
const MINUTE: Duration = Duration::from_millis(60_250);
/// Settled calls that went out within such a span are counted as one, so that a ledger stays short.
const SPAN: u128 = 250;
/// More entries than any ledger has.
const MOST: usize = 1 << 16;

/// What was reserved and used in the last minute.
#[derive(Debug)]
pub struct Ledger {
    per_minute: u64,
    /// Oldest first.
    entries: VecDeque<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// `None` once it is settled.
    id: Option<u64>,
    at: Duration,
    tokens: u64,
}

impl Ledger {
    /// A ledger for so many tokens a minute.
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute, entries: VecDeque::new() }
    }

    /// One that holds nobody back: where the quota is not known.
    pub fn unbounded() -> Self {
        Self::new(u64::MAX)
    }

    /// When a call that may use so many tokens has room: `now`, or later. A call for more than a whole minute's goes
    /// when nothing else counts: the service will say what it makes of it.
    pub fn room_for(&mut self, tokens: u64, now: Duration) -> Duration {
        while self.entries.front().is_some_and(|entry| entry.at + MINUTE <= now) {
            self.entries.pop_front();
        }
        let mut counted = self.entries.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.tokens));
        let mut room = now;
        for entry in &self.entries {
            if counted.saturating_add(tokens) <= self.per_minute {
                break;
            }
            counted = counted.saturating_sub(entry.tokens);
            room = entry.at + MINUTE;
        }
        room
    }

    /// Whether nothing counts any more.
    pub fn is_empty(&self, now: Duration) -> bool {
        self.entries.iter().all(|entry| entry.at + MINUTE <= now)
    }

    /// A call goes that may use so many tokens.
    pub fn reserve(&mut self, id: u64, tokens: u64, now: Duration) {
        if tokens > 0 {
            self.entries.push_back(Entry { id: Some(id), at: now, tokens });
        }
    }

    /// A call has used so many tokens; 0 where it was refused.
    pub fn settle(&mut self, id: u64, used: u64) {
        let Some(index) = self.entries.iter().rposition(|entry| entry.id == Some(id)) else { return };
        let Some(mut entry) = self.entries.remove(index) else { return };
        if used == 0 {
            return;
        }
        (entry.id, entry.tokens) = (None, used);
        let span = |entry: &Entry| entry.at.as_millis() / SPAN;
        let same = self.entries.iter_mut().find(|other| other.id.is_none() && span(other) == span(&entry));
        match same {
            Some(other) => {
                (other.at, other.tokens) = (other.at.max(entry.at), other.tokens.saturating_add(used));
            }
            None => self.entries.insert(index, entry),
        }
    }

    /// The clock was set back to `now`: what was used in the last minute of the former time counts from now on.
    pub fn set_back(&mut self, now: Duration) {
        for entry in &mut self.entries {
            entry.at = entry.at.min(now);
        }
    }

    /// Takes over the entries of another, which is to say what several processes have used together.
    pub fn replace(&mut self, other: Self) {
        self.entries = other.entries;
    }

    /// The entries as text, for processes that share one quota. How large it is, each is told for itself.
    pub fn save(&self) -> String {
        let mut out = Writer::default();
        out.word(self.entries.len());
        for entry in &self.entries {
            out.option(entry.id);
            out.word(entry.at.as_micros());
            out.word(entry.tokens);
        }
        out.into_text()
    }

    /// The entries that were saved, without a bound; `None` where the text is none.
    pub fn load(text: &str) -> Option<Self> {
        let mut saved = Reader::new(text);
        let mut ledger = Self::unbounded();
        for _ in 0..saved.count(MOST)? {
            let (id, at) = (saved.option()?, Duration::from_micros(saved.word()?));
            ledger.entries.push_back(Entry { id, at, tokens: saved.word()? });
        }
        Some(ledger)
    }
}
