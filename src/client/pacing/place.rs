//! One call's place in its lane, from its arrival to its verdict.

use super::charge::Charge;
use super::lane::{Lane, LaneState};
use super::question::Question;
use crate::protocol::retry::StopReason;
use crate::protocol::retry::pacing::{Admission, Reservation, Ticket};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// Said once in a lane.
const UNBOUNDED: &str = "the request sets no max_tokens: Bedrock then reserves the most that the model can write from \
     the quota of tokens; set it to what is needed";

/// A call's place in its lane, until the call is over. Dropping it gives the place up.
#[derive(Debug)]
pub(in crate::client) struct Place(Option<Held>);

#[derive(Debug)]
struct Held {
    lane: Arc<Lane>,
    ticket: Ticket,
    stands: Stands,
    /// What the call may use, where the quota of tokens is known.
    reservation: Option<Reservation>,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stands {
    InQueue,
    /// Sent at this time, and without a verdict.
    Sent(Duration),
    /// Neither: it may come, or come back.
    Aside,
}

impl Place {
    /// The place of a call that is not paced: it may always go.
    pub(in crate::client) fn free() -> Self {
        Self(None)
    }

    pub(super) fn at_the_end_of(lane: Arc<Lane>, reservation: Option<Reservation>) -> Self {
        let ticket = lane.lock().queue.reserve();
        Self(Some(Held { lane, ticket, stands: Stands::Aside, reservation }))
    }

    /// Waits for the call's turn, and takes it: the call goes now. `may_wait` says whether it waits for a quota.
    pub(in crate::client) async fn admit(
        &mut self,
        deadline: Instant,
        may_wait: bool,
    ) -> Result<(), StopReason> {
        let Some(held) = &mut self.0 else { return Ok(()) };
        loop {
            let Some((bell, again)) = held.look() else { return Ok(()) };
            if !may_wait && held.lane.lock().is_used_up(held.tokens(), held.lane.now()) {
                return Err(StopReason::WouldWait);
            }
            let until = again.map_or(deadline, |again| deadline.min(again));
            let rung = timeout_at(until, bell.notified()).await.is_ok();
            if !rung && until == deadline {
                return Err(StopReason::TimeUsed);
            }
        }
    }

    /// The call was let through. `used` says what it used of the quota of tokens, where that matters, and output counts
    /// so many times.
    pub(in crate::client) fn admitted(&mut self, used: impl FnOnce(u64) -> Option<u64>) {
        let counts = self.0.as_ref().filter(|held| held.reservation.is_some());
        let used = counts.and_then(|held| used(held.lane.burndown.times()));
        self.verdict(|state, id, _, now| {
            state.known(now, |known| {
                known.pacer.on_admitted(id, now);
                if let Some(used) = used {
                    known.ledger.settle(id, used);
                }
            });
        });
    }

    /// What a call that was let through goes on to use, where that matters.
    pub(in crate::client) fn charge(&self) -> Option<Charge> {
        let held = self.0.as_ref()?;
        Some(Charge::new(Arc::clone(&held.lane), held.id(), held.reservation?))
    }

    /// The call was throttled. Returns how long it takes at least until the next may go.
    pub(in crate::client) fn throttled(&mut self) -> Duration {
        let mut room_in = Duration::ZERO;
        self.verdict(|state, id, sent, now| {
            let admission = state.known(now, |known| {
                known.pacer.on_throttled(id, sent, now);
                known.ledger.settle(id, 0);
                known.pacer.admit(now)
            });
            if let Admission::At(at) = admission {
                room_in = at.saturating_sub(now);
            }
        });
        room_in
    }

    /// What is to be found out about the model of this lane, where the quota of tokens is known.
    pub(in crate::client) fn question(&self) -> Option<Question> {
        let held = self.0.as_ref()?;
        held.reservation.and_then(|_| Question::of(&held.lane))
    }

    /// How long it takes at least until a call like this one may go, where it is paced.
    pub(in crate::client) fn room_in(&self) -> Option<Duration> {
        let held = self.0.as_ref()?;
        let now = held.lane.now();
        Some(held.lane.lock().room_in(held.tokens(), now))
    }

    /// The call ended on the way. What it reserved counts for its minute: the service may have taken it.
    pub(in crate::client) fn lost(&mut self) {
        self.verdict(|state, id, _, now| state.known(now, |known| known.pacer.on_lost(id)));
    }

    /// The call had its turn and did not go: what it took is not used.
    pub(in crate::client) fn give_back(&mut self) {
        self.verdict(|state, id, _, now| {
            state.known(now, |known| {
                known.pacer.on_unsent(id);
                known.ledger.settle(id, 0);
            });
        });
    }

    /// What people should be told of this lane, each once. That a call with this body sets no `max_tokens` matters
    /// where calls are throttled, or the quota of tokens is given.
    pub(in crate::client) fn warnings(&self, body: &[u8], is_throttled: bool) -> Vec<String> {
        let Some(held) = &self.0 else { return Vec::new() };
        let mut state = held.lane.lock();
        let mut warnings = std::mem::take(&mut state.warnings);
        if state.warned_of_unbounded {
            return warnings;
        }
        let is_unbounded = match held.reservation {
            Some(reservation) => reservation.is_unbounded,
            None => is_throttled && Reservation::of(body).is_unbounded,
        };
        if is_unbounded {
            state.warned_of_unbounded = true;
            warnings.push(UNBOUNDED.to_owned());
        }
        warnings
    }

    /// Whether the call is paced.
    pub(in crate::client) fn is_paced(&self) -> bool {
        self.0.is_some()
    }

    /// Calls a second that the lane has learned to make.
    pub(in crate::client) fn learned_rate(&self) -> Option<f64> {
        self.0.as_ref()?.lane.lock().pacer().learned_rate()
    }

    fn verdict(&mut self, tell: impl FnOnce(&mut LaneState, u64, Duration, Duration)) {
        let Some(held) = &mut self.0 else { return };
        if let Stands::Sent(sent) = held.stands {
            let now = held.lane.now();
            let mut state = held.lane.lock();
            // The clock that processes share may have been set back since.
            tell(&mut state, held.id(), sent.min(now), now);
            state.ring();
            held.stands = Stands::Aside;
        }
    }
}

impl Held {
    fn id(&self) -> u64 {
        self.lane.id(self.ticket)
    }

    fn tokens(&self) -> u64 {
        self.reservation.map_or(0, |reservation| reservation.tokens())
    }

    /// Goes if it is this call's turn: `None`. Otherwise what to listen to, and when to look again.
    fn look(&mut self) -> Option<(Arc<Notify>, Option<Instant>)> {
        let mut guard = self.lane.lock();
        let state = &mut *guard;
        if self.stands == Stands::Aside {
            state.queue.come_back(self.ticket);
            self.stands = Stands::InQueue;
        }
        let now = self.lane.now();
        let mut again = None;
        if state.queue.first() == Some(self.ticket) {
            match state.take_turn(self.id(), self.tokens(), now) {
                Admission::Now => {
                    state.queue.leave(self.ticket);
                    state.bells.remove(&self.ticket);
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
        Some((Arc::clone(state.bells.or_default(&self.ticket)), again))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(held) = &mut self.0 else { return };
        if held.stands == Stands::Aside {
            return;
        }
        let (id, now) = (held.id(), held.lane.now());
        let mut state = held.lane.lock();
        if let Stands::Sent(_) = held.stands {
            state.known(now, |known| known.pacer.on_lost(id));
        } else {
            state.queue.leave(held.ticket);
            state.bells.remove(&held.ticket);
        }
        state.ring();
    }
}
