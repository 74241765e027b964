//! Drives the pure machine of [`crate::protocol::retry::pacing`]: the calls of one client to one endpoint and model
//! wait in one lane, in arrival order, and a throttled call goes back to where it stood.

use super::shared_pacer::SharedPacer;
use super::token::random_bytes;
use crate::protocol::retry::StopReason;
use crate::protocol::retry::pacing::{Admission, Ledger, Pacer, PacingOptions, Queue, Reservation, Ticket};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Lanes that are kept; beyond these, those without a call are forgotten.
const LANES: usize = 64;

/// How often a call looks at a pacer that other processes tell things, too.
const SHARED_LOOK: Duration = Duration::from_millis(20);

/// How much later than the others a process looks that has just sent a call, so that they take turns.
const COURTESY: Duration = Duration::from_millis(2);

/// How a client paces its calls.
#[derive(Debug, Default)]
pub(super) struct PacingSettings {
    pub(super) options: PacingOptions,
    pub(super) tokens_per_minute: Option<u64>,
    /// Where processes share their pacers.
    pub(super) folder: Option<PathBuf>,
}

/// The lanes of one client.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    settings: PacingSettings,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
}

/// The calls to one endpoint and model.
#[derive(Debug)]
struct Lane {
    started: Instant,
    /// Added to the tickets, so that those of processes that share a pacer differ.
    first_id: u64,
    is_shared: bool,
    state: Mutex<LaneState>,
}

#[derive(Debug)]
struct LaneState {
    /// As this process knows it, where it is shared.
    pacer: Pacer,
    shared: Option<SharedPacer>,
    /// Whether this process sent the last call, as far as it knows, and when the turn after that is.
    sent_last: bool,
    next_turn: Option<Duration>,
    queue: Queue,
    /// Where the quota of tokens is known.
    ledger: Option<Ledger>,
    /// Whether someone was told that a call sets no `max_tokens`.
    warned: bool,
    /// Rung for the first in the queue, when something has changed. Only calls that had to wait have one.
    bells: BTreeMap<Ticket, Arc<Notify>>,
}

/// A call's place in its lane, until the call is over. Dropping it gives the place up.
#[derive(Debug)]
pub(super) struct Place(Option<Held>);

#[derive(Debug)]
struct Held {
    lane: Arc<Lane>,
    ticket: Ticket,
    stands: Stands,
    /// What the call may use; counted only where there is a ledger.
    tokens: u64,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stands {
    InQueue,
    /// Sent at this time, and without a verdict.
    Sent(Duration),
    /// Neither: it may come back.
    Aside,
}

impl Pacing {
    pub(super) fn new(settings: PacingSettings) -> Self {
        Self { settings, lanes: Mutex::default() }
    }

    /// A place at the end of the lane of this name, for a call with this body.
    pub(super) fn arrive(&self, lane: String, body: &[u8]) -> Place {
        let lane = self.lane(lane);
        let tokens = self.settings.tokens_per_minute.map_or(0, |_| Reservation::of(body).tokens());
        let ticket = lane.lock().queue.arrive();
        Place(Some(Held { lane, ticket, stands: Stands::InQueue, tokens }))
    }

    fn new_lane(&self, name: &str) -> Lane {
        let shared = self.settings.folder.as_ref().and_then(|folder| SharedPacer::open(folder, name).ok());
        // Without random bytes nothing could be signed for TLS either; two processes may then mix up a verdict.
        let first_id = shared
            .as_ref()
            .and_then(|_| random_bytes().ok())
            .map_or(0, |bytes| u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default()));
        let is_shared = shared.is_some();
        let state = LaneState {
            pacer: Pacer::new(self.settings.options),
            shared,
            sent_last: false,
            next_turn: None,
            queue: Queue::default(),
            ledger: self.settings.tokens_per_minute.map(Ledger::new),
            warned: false,
            bells: BTreeMap::new(),
        };
        Lane { started: Instant::now(), first_id, is_shared, state: Mutex::new(state) }
    }

    fn lane(&self, name: String) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= LANES && !lanes.contains_key(&name) {
            lanes.retain(|_, lane| Arc::strong_count(lane) > 1);
        }
        if let Some(lane) = lanes.get(&name) {
            return Arc::clone(lane);
        }
        let lane = Arc::new(self.new_lane(&name));
        lanes.insert(name, Arc::clone(&lane));
        lane
    }
}

impl Lane {
    fn lock(&self) -> MutexGuard<'_, LaneState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pacer's time: since the lane began, or what the processes of a machine agree on.
    fn now(&self) -> Duration {
        if self.is_shared {
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
        } else {
            self.started.elapsed()
        }
    }
}

impl LaneState {
    /// Asks the pacer, or tells it something; where it is shared, the file is locked meanwhile.
    fn pacer<R>(&mut self, now: Duration, act: impl FnOnce(&mut Pacer) -> R) -> R {
        match &mut self.shared {
            Some(shared) => shared.update(&mut self.pacer, now, act),
            None => act(&mut self.pacer),
        }
    }

    /// When to look again at a shared pacer, whose next turn is at `at`: who sent the last call lets others go first.
    fn shared_wait(&mut self, at: Duration, wait: Duration) -> Duration {
        let turn = *self.next_turn.get_or_insert(at);
        if at > turn + COURTESY {
            self.sent_last = false; // another process has taken that turn
        }
        let courtesy = if self.sent_last { COURTESY } else { Duration::ZERO };
        (wait + courtesy).min(SHARED_LOOK)
    }

    /// Something has changed: whoever is first looks again.
    fn ring(&self) {
        if let Some(bell) = self.queue.first().and_then(|first| self.bells.get(&first)) {
            bell.notify_one();
        }
    }
}

impl Place {
    /// The place of a call that is not paced: it may always go.
    pub(super) fn free() -> Self {
        Self(None)
    }

    /// Waits for the call's turn, and takes it: the call goes now. `may_wait` says whether it waits for a quota.
    pub(super) async fn admit(&mut self, deadline: Instant, may_wait: bool) -> Result<(), StopReason> {
        let Some(held) = &mut self.0 else { return Ok(()) };
        loop {
            let Some((bell, again)) = held.look() else { return Ok(()) };
            if !may_wait && held.lane.lock().pacer.is_throttled() {
                return Err(StopReason::WouldWait);
            }
            let until = again.map_or(deadline, |again| deadline.min(again));
            let rung = timeout_at(until, bell.notified()).await.is_ok();
            if !rung && until == deadline {
                return Err(StopReason::TimeUsed);
            }
        }
    }

    /// The call was let through. `used` says what it used of the quota of tokens, and is asked only where that matters.
    pub(super) fn admitted(&mut self, used: impl FnOnce() -> Option<u64>) {
        self.verdict(|state, id, _, now| {
            state.pacer(now, |pacer| pacer.on_admitted(id, now));
            if let Some(ledger) = &mut state.ledger
                && let Some(used) = used()
            {
                ledger.settle(id, used);
            }
        });
    }

    /// The call was throttled. Returns how long it takes at least until the next may go.
    pub(super) fn throttled(&mut self) -> Duration {
        self.verdict(|state, id, sent, now| {
            state.pacer(now, |pacer| pacer.on_throttled(id, sent, now));
            if let Some(ledger) = &mut state.ledger {
                ledger.settle(id, 0);
            }
        });
        let Some(held) = &self.0 else { return Duration::ZERO };
        let now = held.lane.now();
        match held.lane.lock().pacer(now, |pacer| pacer.admit(now)) {
            Admission::Now => Duration::ZERO,
            Admission::At(at) => at.saturating_sub(now),
        }
    }

    /// The call ended on the way.
    pub(super) fn lost(&mut self) {
        self.verdict(|state, id, _, now| state.pacer(now, |pacer| pacer.on_lost(id)));
    }

    /// Whether this is the first call of its lane that was throttled without saying how much the model may write.
    pub(super) fn is_first_unbounded(&self, body: &[u8]) -> bool {
        let Some(held) = &self.0 else { return false };
        let mut state = held.lane.lock();
        if state.warned || !Reservation::of(body).is_unbounded {
            return false;
        }
        state.warned = true;
        true
    }

    /// Whether the call is paced.
    pub(super) fn is_paced(&self) -> bool {
        self.0.is_some()
    }

    /// Calls a second that the lane has learned to make.
    pub(super) fn learned_rate(&self) -> Option<f64> {
        self.0.as_ref()?.lane.lock().pacer.learned_rate()
    }

    fn verdict(&mut self, tell: impl FnOnce(&mut LaneState, u64, Duration, Duration)) {
        let Some(held) = &mut self.0 else { return };
        if let Stands::Sent(sent) = held.stands {
            let now = held.lane.now();
            let mut state = held.lane.lock();
            tell(&mut state, held.id(), sent, now);
            state.ring();
            held.stands = Stands::Aside;
        }
    }
}

impl Held {
    /// What the pacer knows the call by.
    fn id(&self) -> u64 {
        self.lane.first_id.wrapping_add(self.ticket.id())
    }

    /// Goes if it is this call's turn: `None`. Otherwise what to listen to, and when to look again.
    fn look(&mut self) -> Option<(Arc<Notify>, Option<Instant>)> {
        let mut guard = self.lane.lock();
        let state = &mut *guard;
        if self.stands == Stands::Aside {
            state.queue.come_back(self.ticket);
            self.stands = Stands::InQueue;
        }
        let (id, now) = (self.lane.first_id.wrapping_add(self.ticket.id()), self.lane.now());
        let mut again = None;
        if state.queue.first() == Some(self.ticket) {
            let has_tokens = state.ledger.as_mut().map_or(now, |ledger| ledger.room_for(self.tokens, now));
            let admission = if has_tokens > now {
                Admission::At(has_tokens)
            } else {
                // In one go, so that no other process takes the same turn.
                state.pacer(now, |pacer| {
                    let admission = pacer.admit(now);
                    if admission == Admission::Now {
                        pacer.on_sent(id, now);
                    }
                    admission
                })
            };
            match admission {
                Admission::Now => {
                    if let Some(ledger) = &mut state.ledger {
                        ledger.reserve(id, self.tokens, now);
                    }
                    state.queue.leave(self.ticket);
                    state.bells.remove(&self.ticket);
                    (state.sent_last, state.next_turn) = (true, None);
                    state.ring();
                    self.stands = Stands::Sent(now);
                    return None;
                }
                Admission::At(at) => {
                    let wait = at.saturating_sub(now);
                    let wait = if self.lane.is_shared { state.shared_wait(at, wait) } else { wait };
                    again = Instant::now().checked_add(wait);
                }
            }
        }
        Some((Arc::clone(state.bells.entry(self.ticket).or_default()), again))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(held) = &mut self.0 else { return };
        let (id, now) = (held.id(), held.lane.now());
        let mut state = held.lane.lock();
        match held.stands {
            Stands::InQueue => {
                state.queue.leave(held.ticket);
                state.bells.remove(&held.ticket);
            }
            Stands::Sent(_) => state.pacer(now, |pacer| pacer.on_lost(id)),
            Stands::Aside => return,
        }
        state.ring();
    }
}
