//! Credentials are kept, and refreshed before they expire: one refresh at a time, however many calls wait.

use super::{ProvideAuth, Wanted};
use crate::client::clock::Now;
use crate::client::shared_task::SharedTask;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::transport::BoxFuture;
use futures_util::FutureExt as _;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// How long before the expiry a refresh begins behind the calls' backs, which go on with the old credentials.
const ADVISORY: Duration = Duration::from_mins(15);
/// How long before the expiry calls wait for a refresh.
const MANDATORY: Duration = Duration::from_mins(10);
/// How long after a refresh that failed the next one is tried, while the old credentials are valid.
const PAUSE: Duration = Duration::from_secs(10);

/// Something that can find credentials, now.
pub trait Lookup: Send + Sync + 'static {
    /// Finds them, and asks nobody who may not be asked.
    fn look(&self, may_ask: MayAsk) -> BoxFuture<'_, Result<Auth, Error>>;
}

/// Which people may be asked for something, such as the code of an MFA device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MayAsk {
    /// Nobody: the last credentials are still valid, and others are looked for early.
    Nobody,
    /// Whoever is at hand.
    Anybody,
}

/// Keeps what a [`Lookup`] finds. Credentials that expire are refreshed in the background from 15 minutes before, and
/// calls wait for it from 10 minutes before; of those that live less than half an hour, half and a third of their life
/// take the place of these. A refresh that fails, or panics, leaves what is still valid in use, and is tried again
/// after 10 s. Needs a tokio runtime.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
pub struct Cached(Arc<Keeper>);

struct Keeper {
    lookup: Box<dyn Lookup>,
    now: Now,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    running: Option<Running>,
    /// Nothing is refreshed before, unless it must be.
    not_before: Option<SystemTime>,
    /// When the last refresh ended.
    reckoned_at: Option<SystemTime>,
    /// How many refreshes were begun: tells them apart.
    begun: u64,
}

struct Kept {
    auth: Auth,
    life: Option<Life>,
}

struct Life {
    advisory: SystemTime,
    mandatory: SystemTime,
    end: SystemTime,
}

#[derive(Clone)]
struct Running {
    number: u64,
    may_ask: MayAsk,
    task: SharedTask<Result<Auth, Arc<Error>>>,
}

/// What to do for a call.
enum Step {
    Use(Auth),
    Wait(Joined),
}

/// A refresh, and whether it was begun for this call, in whose runtime it is then.
struct Joined {
    running: Running,
    is_own: bool,
}

impl Cached {
    /// Keeps what this finds.
    pub fn new(lookup: impl Lookup) -> Self {
        Self::with_clock(lookup, SystemTime::now)
    }

    /// The same, with a clock that says when.
    pub fn with_clock(lookup: impl Lookup, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(Keeper { lookup: Box::new(lookup), now: Arc::new(now), state: Mutex::default() }))
    }

    /// Takes what was found by another way than a call.
    pub(super) fn keep(&self, auth: &Auth) {
        let mut state = self.0.state();
        let now = (self.0.now)();
        state.keep(auth, now);
    }

    async fn find(&self, refused: Option<&Auth>) -> Result<Auth, Error> {
        loop {
            let Joined { running, is_own } = match self.0.step(refused) {
                Step::Use(auth) => return Ok(auth),
                Step::Wait(joined) => joined,
            };
            match running.task.result().await {
                Some(Ok(auth)) => return Ok(auth),
                Some(Err(error)) => {
                    if let Some(auth) = self.0.still_valid(refused) {
                        return Ok(auth);
                    }
                    // Of a refresh that was begun early nobody was asked for anything; now somebody may be.
                    if running.may_ask == MayAsk::Anybody {
                        return Err(error.copied().because(error));
                    }
                }
                // One that another call began was in another runtime.
                None if is_own => {
                    return Err(unfinished("ended before it was done, with the runtime of this call"));
                }
                None => {}
            }
        }
    }
}

impl ProvideAuth for Cached {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        Box::pin(self.find(wanted.refused))
    }
}

impl Keeper {
    fn step(self: &Arc<Self>, refused: Option<&Auth>) -> Step {
        let mut state = self.state();
        // Read once nobody else is at it: a moment that was read before would look like a clock that was set back.
        let now = (self.now)();
        state.reckon_if_set_back(now);
        let may_try = state.not_before.is_none_or(|moment| now >= moment);
        let kept = match &state.kept {
            Some(kept) if refused != Some(&kept.auth) => kept,
            _ => return Step::Wait(self.join(&mut state, MayAsk::Anybody)),
        };
        let auth = kept.auth.clone();
        let Some(life) = &kept.life else { return Step::Use(auth) };
        if now < life.advisory {
            return Step::Use(auth);
        }
        if now < life.mandatory {
            if may_try {
                self.join(&mut state, MayAsk::Nobody);
            }
            return Step::Use(auth);
        }
        // What was given out expired is used for a moment: the service may know better than our clock.
        let given_expired = life.mandatory == life.end;
        if !may_try && (now < life.end || given_expired) {
            return Step::Use(auth);
        }
        let may_ask = if now < life.end { MayAsk::Nobody } else { MayAsk::Anybody };
        Step::Wait(self.join(&mut state, may_ask))
    }

    /// The refresh that runs, or a new one.
    fn join(self: &Arc<Self>, state: &mut State, may_ask: MayAsk) -> Joined {
        if let Some(running) = state.running.as_ref().filter(|running| !running.task.is_lost()) {
            return Joined { running: running.clone(), is_own: false };
        }
        state.begun += 1;
        let number = state.begun;
        let keeper = Arc::clone(self);
        let task = SharedTask::spawn(async move {
            let search = AssertUnwindSafe(async { keeper.lookup.look(may_ask).await });
            let found = search.catch_unwind().await.unwrap_or_else(|_| Err(unfinished("panicked")));
            let found = found.map_err(Arc::new);
            keeper.finish(number, &found);
            found
        });
        let running = Running { number, may_ask, task };
        state.running = Some(running.clone());
        Joined { running, is_own: true }
    }

    fn finish(&self, number: u64, found: &Result<Auth, Arc<Error>>) {
        let mut state = self.state();
        let now = (self.now)();
        if state.running.as_ref().is_none_or(|running| running.number != number) {
            // It was given up for lost, and a later one has found, or will find, what is newer.
            return;
        }
        state.running = None;
        match found {
            Ok(auth) => state.keep(auth, now),
            Err(_) => state.pause(now),
        }
    }

    fn still_valid(&self, refused: Option<&Auth>) -> Option<Auth> {
        let now = (self.now)();
        let state = self.state();
        let kept = state.kept.as_ref().filter(|kept| refused != Some(&kept.auth))?;
        kept.life.as_ref().is_none_or(|life| now < life.end).then(|| kept.auth.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, auth: &Auth, now: SystemTime) {
        self.pause(now);
        let life = Life::of(auth, now);
        if life.as_ref().is_none_or(|life| life.end > now) {
            self.not_before = None;
        }
        self.kept = Some(Kept { auth: auth.clone(), life });
    }

    fn pause(&mut self, now: SystemTime) {
        self.reckoned_at = Some(now);
        self.not_before = now.checked_add(PAUSE);
    }

    /// A clock that was set back, by a server that knows the time, was ahead before: so are all moments that were
    /// reckoned by it, and what seemed to have expired may have not.
    fn reckon_if_set_back(&mut self, now: SystemTime) {
        if self.reckoned_at.is_none_or(|moment| moment <= now) {
            return;
        }
        self.reckoned_at = Some(now);
        self.not_before = None;
        if let Some(kept) = &mut self.kept {
            kept.life = Life::of(&kept.auth, now);
        }
    }
}

fn unfinished(how: &str) -> Error {
    Error::new(ErrorKind::Credentials, format!("the search for credentials {how}"))
}

impl Life {
    fn of(auth: &Auth, now: SystemTime) -> Option<Self> {
        let Auth::SigV4(credentials) = auth else { return None };
        let end = credentials.expiry()?;
        let length = end.duration_since(now).unwrap_or_default();
        let before = |window: Duration| end.checked_sub(window).unwrap_or(now);
        Some(Self {
            advisory: before(ADVISORY.min(length / 2)),
            mandatory: before(MANDATORY.min(length / 3)),
            end,
        })
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cached")
    }
}
