//! The calls to one endpoint and model: who waits, and what is known of the quota.

use super::burndown::Burndown;
use super::settings::PacingSettings;
use super::shared_file::{Known, SharedFile};
use crate::client::token::random_bytes;
use crate::protocol::by_key::ByKey;
use crate::protocol::retry::pacing::{Admission, Ledger, Pacer, Queue, Ticket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How often a call looks at what other processes know, too.
const SHARED_LOOK: Duration = Duration::from_millis(20);

/// How much later than the others a process looks that has just sent a call, so that they take turns.
const COURTESY: Duration = Duration::from_millis(2);

/// The calls to one endpoint and model.
#[derive(Debug)]
pub(super) struct Lane {
    started: Instant,
    /// Added to the tickets, so that those of processes that share a quota differ.
    first_id: u64,
    pub(super) is_shared: bool,
    pub(super) burndown: Burndown,
    state: Mutex<LaneState>,
}

#[derive(Debug)]
pub(super) struct LaneState {
    /// As this process knows it, where it is shared.
    known: Known,
    shared: Option<SharedFile>,
    /// Whether this process sent the last call, as far as it knows, and when the turn after that is.
    sent_last: bool,
    next_turn: Option<Duration>,
    pub(super) queue: Queue,
    /// What people should be told once, and have not been yet.
    pub(super) warnings: Vec<String>,
    /// Whether someone was told that a call sets no `max_tokens`.
    pub(super) warned_of_unbounded: bool,
    /// Rung for the first in the queue, when something has changed. Only calls that had to wait have one.
    pub(super) bells: ByKey<Ticket, Arc<Notify>>,
}

impl Lane {
    pub(super) fn new(name: &str, settings: &PacingSettings) -> Self {
        let mut warnings = Vec::new();
        let shared = settings.folder.as_ref().and_then(|folder| {
            match SharedFile::open(folder, name, settings.options) {
                Ok(shared) => Some(shared),
                Err(problem) => {
                    warnings.push(format!("what is learned of the quota is not shared: {problem}"));
                    None
                }
            }
        });
        // Without random bytes nothing could be signed for TLS either; two processes may then mix up a verdict.
        let first_id = shared
            .as_ref()
            .and_then(|_| random_bytes().ok())
            .map_or(0, |bytes| u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default()));
        let known = Known {
            pacer: Pacer::new(settings.options),
            ledger: settings.tokens_per_minute.map_or_else(Ledger::unbounded, Ledger::new),
        };
        let is_shared = shared.is_some();
        let state = LaneState {
            known,
            shared,
            sent_last: false,
            next_turn: None,
            queue: Queue::default(),
            warnings,
            warned_of_unbounded: false,
            bells: ByKey::default(),
        };
        Self {
            started: Instant::now(),
            first_id,
            is_shared,
            burndown: Burndown::of(name),
            state: Mutex::new(state),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the pacer knows a call by.
    pub(super) fn id(&self, ticket: Ticket) -> u64 {
        self.first_id.wrapping_add(ticket.id())
    }

    /// Whether a new lane would know as much of the quota: nothing was used in the last minute, throttled or given, or
    /// it stands in a file.
    pub(super) fn knows_nothing(&self) -> bool {
        if self.is_shared {
            return true;
        }
        let now = self.now();
        let state = self.lock();
        !state.pacer().is_throttled()
            && state.pacer().learned_rate().is_none()
            && state.known.ledger.is_empty(now)
    }

    /// Whether tokens of the last minute count, as this process knows it.
    pub(super) fn has_tokens(&self) -> bool {
        let now = self.now();
        !self.lock().known.ledger.is_empty(now)
    }

    /// The pacer's time: since the lane began, or what the processes of a machine agree on.
    pub(super) fn now(&self) -> Duration {
        if self.is_shared {
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
        } else {
            self.started.elapsed()
        }
    }
}

impl LaneState {
    /// Asks what is known, or adds to it; where it is shared, the file is locked meanwhile.
    pub(super) fn known<R>(&mut self, now: Duration, act: impl FnOnce(&mut Known) -> R) -> R {
        match &mut self.shared {
            Some(shared) => shared.update(&mut self.known, now, act),
            None => act(&mut self.known),
        }
    }

    /// What this process knows, without a look at the file.
    pub(super) fn pacer(&self) -> &Pacer {
        &self.known.pacer
    }

    /// Whether a call that may use so many tokens waits for a quota, and not only for the verdicts of others. As this
    /// process knows it: the call has just looked at what others know.
    pub(super) fn is_used_up(&mut self, tokens: u64, now: Duration) -> bool {
        self.known.pacer.is_throttled() || self.known.ledger.room_for(tokens, now) > now
    }

    /// Lets a call go now, if there is room for it. In one go, so that no other process takes the same turn.
    pub(super) fn take_turn(&mut self, id: u64, tokens: u64, now: Duration) -> Admission {
        let admission = self.known(now, |known| {
            let has_tokens = known.ledger.room_for(tokens, now);
            if has_tokens > now {
                return Admission::At(has_tokens);
            }
            let admission = known.pacer.admit(now);
            if admission == Admission::Now {
                known.pacer.on_sent(id, now);
                known.ledger.reserve(id, tokens, now);
            }
            admission
        });
        if admission == Admission::Now {
            (self.sent_last, self.next_turn) = (true, None);
        }
        admission
    }

    /// How long it takes at least until a call that may use so many tokens may go.
    pub(super) fn room_in(&mut self, tokens: u64, now: Duration) -> Duration {
        let at = self.known(now, |known| {
            let has_tokens = known.ledger.room_for(tokens, now);
            match known.pacer.admit(now) {
                Admission::At(at) => at.max(has_tokens),
                Admission::Now => has_tokens,
            }
        });
        at.saturating_sub(now)
    }

    /// When to look again at what is shared, where the next turn is at `at`: who sent the last call lets others go
    /// first.
    pub(super) fn shared_wait(&mut self, at: Duration, wait: Duration) -> Duration {
        let turn = *self.next_turn.get_or_insert(at);
        if at > turn + COURTESY {
            self.sent_last = false; // another process has taken that turn
        }
        match wait {
            long if long > SHARED_LOOK => SHARED_LOOK,
            wait if self.sent_last => wait + COURTESY,
            wait => wait,
        }
    }

    /// Something has changed: whoever is first looks again.
    pub(super) fn ring(&self) {
        if let Some(bell) = self.queue.first().and_then(|first| self.bells.get(&first)) {
            bell.notify_one();
        }
    }
}
