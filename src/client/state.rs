//! What a client is made of; the rest of the folder works on it.

use super::clock::Clock;
use super::credentials::ProvideAuth;
use super::found_endpoints::FoundEndpoints;
use super::model_state::Models;
use super::observer::{Both, Observer};
use super::pacing::Pacing;
use super::timeouts::{Timeouts, WholeCall};
use crate::protocol::retry::{RetryPolicy, RetryQuota};
use crate::protocol::sigv4::Signer;
use crate::transport::Transport;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// A client: region, credentials, endpoints, retries and a transport. Cloning it is cheap, and clones share one
/// connection pool, one retry quota and one pacing. They may be used in several runtimes, one after the other or at
/// the same time, where each of these is driven: a connection of `transport::reqwest` lives in the runtime that opened
/// it, and a call that takes it from the pool waits for that runtime. A thread that enters its runtime from time to time
/// (`block_on` for each call) wants a client of its own.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
    pub(super) models: Arc<Models>,
    /// Where it is another one than that of `inner`.
    pub(super) region: Option<Arc<str>>,
    /// How long its calls wait, where that is not what the timeouts say.
    pub(super) patience: Option<Duration>,
    /// Where it is another one than that of `inner`.
    pub(super) observer: Option<Arc<dyn Observer>>,
    /// What its calls are pieces of, and end with: a call that is tried in several ways has one end.
    pub(super) whole: Option<WholeCall>,
    /// Whether its calls send nothing more.
    pub(super) is_halted: Option<Arc<AtomicBool>>,
}

pub(super) struct Inner {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) credentials: Arc<dyn ProvideAuth>,
    pub(super) signer: Signer,
    pub(super) region: Arc<str>,
    pub(super) endpoints: FoundEndpoints,
    pub(super) policy: RetryPolicy,
    pub(super) quota: Mutex<RetryQuota>,
    pub(super) pacing: Pacing,
    pub(super) timeouts: Timeouts,
    pub(super) clock: Clock,
    pub(super) observer: Arc<dyn Observer>,
}

impl Client {
    /// As it is, before anything of it is changed.
    pub(super) fn of(inner: Inner, models: Models) -> Self {
        Self {
            inner: Arc::new(inner),
            models: Arc::new(models),
            region: None,
            patience: None,
            observer: None,
            whole: None,
            is_halted: None,
        }
    }

    /// The region that calls go to, unless an ARN names another.
    pub fn region(&self) -> &str {
        self.region.as_deref().unwrap_or(&self.inner.region)
    }

    /// The same, to be kept.
    #[cfg(feature = "gateway")]
    pub(crate) fn shared_region(&self) -> Arc<str> {
        Arc::clone(self.region.as_ref().unwrap_or(&self.inner.region))
    }

    /// The same client for another region.
    pub(super) fn in_region(&self, region: &str) -> Self {
        let mut client = self.clone();
        if client.region() != region {
            client.region = Some(region.into());
        }
        client
    }

    /// The same client, whose calls wait so long for their turn and between their attempts, instead of
    /// [`Timeouts::waiting`]; an answer may take longer.
    #[must_use]
    pub fn waiting_at_most(&self, patience: Duration) -> Self {
        Self { patience: Some(patience), ..self.clone() }
    }

    /// The same client, of whose calls this observer hears beside those before it.
    #[must_use]
    pub fn also_observed_by(&self, observer: Arc<dyn Observer>) -> Self {
        let before = self.observer.as_ref().unwrap_or(&self.inner.observer);
        let both = Both(Arc::clone(before), observer);
        Self { observer: Some(Arc::new(both)), ..self.clone() }
    }

    /// The same client, whose calls are pieces of this one, and end with it at the latest.
    pub(super) fn within(&self, whole: WholeCall) -> Self {
        Self { whole: Some(self.whole.map_or(whole, |own| own.or_earlier(whole))), ..self.clone() }
    }

    /// The same client, whose calls send nothing more once this is set: each waits, before it would, to be dropped.
    pub(super) fn halted_by(&self, is_halted: Arc<AtomicBool>) -> Self {
        Self { is_halted: Some(is_halted), ..self.clone() }
    }

    /// The same client, for a task that other calls wait for or learn from, too: it is no piece of the call that began
    /// it, and does not end or halt with it.
    pub(super) fn for_all(&self) -> Self {
        Self { patience: None, whole: None, is_halted: None, ..self.clone() }
    }

    /// Goes on where something may be sent.
    pub(super) async fn unless_halted(&self) {
        if self.is_halted.as_ref().is_some_and(|is_halted| is_halted.load(Ordering::Relaxed)) {
            std::future::pending::<()>().await;
        }
    }

    /// How long a call may wait.
    pub(super) fn waiting(&self) -> Duration {
        self.patience.unwrap_or(self.timeouts().waiting)
    }

    /// The bounds of a call that begins now, or of what it is a piece of.
    pub(super) fn whole_call(&self) -> Option<WholeCall> {
        let own = self.timeouts().call.map(WholeCall::lasting);
        match (self.whole, own) {
            (Some(one), Some(other)) => Some(one.or_earlier(other)),
            (one, other) => one.or(other),
        }
    }

    pub(super) fn transport(&self) -> &dyn Transport {
        &*self.inner.transport
    }

    pub(super) fn credentials(&self) -> &dyn ProvideAuth {
        &*self.inner.credentials
    }

    pub(super) fn policy(&self) -> &RetryPolicy {
        &self.inner.policy
    }

    pub(super) fn timeouts(&self) -> &Timeouts {
        &self.inner.timeouts
    }

    pub(super) fn observer(&self) -> &dyn Observer {
        &**self.observer.as_ref().unwrap_or(&self.inner.observer)
    }

    pub(super) fn quota(&self) -> MutexGuard<'_, RetryQuota> {
        self.inner.quota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pacing(&self) -> &Pacing {
        &self.inner.pacing
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.inner.signer
    }

    pub(super) fn now(&self) -> SystemTime {
        self.inner.clock.now()
    }

    pub(super) fn correct_clock(&self, server_time: SystemTime) {
        self.inner.clock.correct(server_time);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("region", &self.region()).finish_non_exhaustive()
    }
}
