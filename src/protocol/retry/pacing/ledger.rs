//! The tokens of the last minute, where the quota of tokens is known: what a call may use is reserved when it goes, and
//! settled to what it used when it is answered. Counted over every span of a minute, which keeps to a quota that is
//! refilled by the minute and to one that is refilled steadily.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html>

use std::collections::VecDeque;
use std::time::Duration;

/// A minute, and a moment for the way to the service.
const MINUTE: Duration = Duration::from_millis(60_250);

/// What was reserved and used in the last minute.
#[derive(Debug)]
pub struct Ledger {
    per_minute: u64,
    /// Oldest first.
    entries: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    at: Duration,
    tokens: u64,
}

impl Ledger {
    /// A ledger for so many tokens a minute.
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute, entries: VecDeque::new() }
    }

    /// When a call that may use so many tokens has room: `now`, or later. A call for more than a whole minute's goes
    /// when nothing else counts: the service will say what it makes of it.
    pub fn room_for(&mut self, tokens: u64, now: Duration) -> Duration {
        while self.entries.front().is_some_and(|entry| entry.at + MINUTE <= now) {
            self.entries.pop_front();
        }
        let mut counted: u64 = self.entries.iter().map(|entry| entry.tokens).sum();
        let mut room = now;
        for entry in &self.entries {
            if counted.saturating_add(tokens) <= self.per_minute {
                break;
            }
            counted -= entry.tokens;
            room = entry.at + MINUTE;
        }
        room
    }

    /// A call goes that may use so many tokens.
    pub fn reserve(&mut self, id: u64, tokens: u64, now: Duration) {
        self.entries.push_back(Entry { id, at: now, tokens });
    }

    /// A call has used so many tokens; 0 where it was refused.
    pub fn settle(&mut self, id: u64, used: u64) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.id == id) {
            entry.tokens = used;
        }
    }
}
