//! An ordered list of routes to a model: where one is throttled for too long or unavailable, the next is tried. The list
//! is kept to: no region or profile is tried that it does not name.

use super::event_stream::EventStream;
#[cfg(feature = "gateway")]
use super::observer::Observer;
use super::state::Client;
use super::timeouts::after;
use crate::error::{Error, ErrorKind};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::{ModelId, serves, split_geography};
use crate::protocol::operation::{Operation, StreamOperation};
use crate::protocol::refusals::{RefusalKind, known};
use crate::protocol::retry::RetryMode;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const NO_ROUTE: &str = "a fallback needs at least one route: a region and a model";

/// Refusals of a route and not of a call: access, and which models there are, differ by region and model.
const OF_A_ROUTE: [RefusalKind; 8] = [
    RefusalKind::UseCaseForm,
    RefusalKind::ModelAccess,
    RefusalKind::PolicyDenied,
    RefusalKind::AccessDenied,
    RefusalKind::OnDemandThroughput,
    RefusalKind::EndOfLife,
    RefusalKind::InvalidModel,
    RefusalKind::NotFound,
];

/// One way to a model: a region, and the id, profile or ARN that works there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where the call goes.
    pub region: String,
    /// What is called there.
    pub model_id: ModelId,
}

/// Routes in the order in which they are tried. Calls stay with the one that answered last, since prompts are cached
/// per region. Clones share which one that is.
#[derive(Clone, Debug)]
pub struct Fallback {
    client: Client,
    routes: Arc<[Route]>,
    bound: Duration,
    /// The route that answered last.
    current: Arc<AtomicUsize>,
    /// Whether it was said that a route cannot be used.
    has_warned: Arc<AtomicBool>,
}

impl Route {
    /// A route, checked: its model must belong to its region, so that no call leaves what is listed.
    ///
    /// # Errors
    /// The id is that of a profile which does not serve the region (`eu.…` from `us-west-2`), or an ARN of another
    /// region.
    pub fn new(region: impl Into<String>, model_id: ModelId) -> Result<Self, InvalidInput> {
        let route = Self { region: region.into(), model_id };
        route.check()?;
        Ok(route)
    }

    fn check(&self) -> Result<(), InvalidInput> {
        let Self { region, model_id } = self;
        let refuse = |why: String| Err(InvalidInput::new("route", format!("{self} {why}")));
        if let Some(other) = model_id.arn_region().filter(|other| other != region) {
            return refuse(format!("leaves its region: the ARN is of {other}"));
        }
        let id = match model_id.as_str() {
            arn if arn.starts_with("arn:") => arn.rsplit('/').next().unwrap_or(arn),
            id => id,
        };
        match split_geography(id) {
            (Some(geography), _) if !serves(geography, region) => {
                refuse(format!("leaves its geography: {geography}. profiles do not serve {region}"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.model_id, self.region)
    }
}

impl Fallback {
    /// Routes for calls of this client. A call that has waited `bound` for a quota goes on by the next route. After
    /// the last comes the first again, as long as the client's calls may wait.
    ///
    /// # Errors
    /// `InvalidInput`: there is no route, or one leaves its region or geography.
    pub fn new(
        client: &Client,
        routes: impl IntoIterator<Item = Route>,
        bound: Duration,
    ) -> Result<Self, Error> {
        let routes: Arc<[Route]> = routes.into_iter().collect();
        if routes.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, NO_ROUTE));
        }
        for route in routes.iter() {
            route.check()?;
        }
        Ok(Self {
            client: client.clone(),
            routes,
            bound,
            current: Arc::default(),
            has_warned: Arc::default(),
        })
    }

    /// One model where this client calls it: nothing to fall back to.
    pub(crate) fn none(client: &Client, model_id: ModelId) -> Self {
        let routes = Arc::new([Route { region: client.region().to_owned(), model_id }]);
        let (current, has_warned) = (Arc::default(), Arc::default());
        Self { client: client.clone(), routes, bound: Duration::MAX, current, has_warned }
    }

    /// The routes, in order.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The same routes, of whose calls this observer hears beside those before it.
    #[cfg(feature = "gateway")]
    pub(crate) fn also_observed_by(&self, observer: Arc<dyn Observer>) -> Self {
        Self { client: self.client.also_observed_by(observer), ..self.clone() }
    }

    /// The route that the next call takes first.
    pub fn current(&self) -> Option<&Route> {
        self.routes.get(self.start())
    }

    /// The same routes, for calls that begin with the first of them and are told nothing of, nor tell, which one works.
    #[cfg(feature = "gateway")]
    pub(crate) fn at_first_route(&self) -> Self {
        Self { current: Arc::default(), ..self.clone() }
    }

    /// Makes a call by the first route that lets it through, beginning with the one that answered last. `call` makes it
    /// with the client of a route, for its model. Where all fail, the error of the last is returned; an error that
    /// every route would give (bad input, refused credentials) at once, and so is what the first route refuses. A later
    /// one that has no access, or not its model, counts as unavailable.
    pub async fn call<T, F>(&self, call: impl Fn(Client, ModelId) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let call = &call;
        let answered =
            self.call_or_pass(|client, model_id| async move { call(client, model_id).await.map(Some) });
        answered.await?.ok_or_else(|| Error::new(ErrorKind::InvalidInput, NO_ROUTE))
    }

    /// The same where a call may find that a route is not for it: with `None` it goes on by the next one. Where no route
    /// answers, and none fails, nor does this; where one fails, its error is returned.
    pub(crate) async fn call_or_pass<T, F>(
        &self,
        call: impl Fn(Client, ModelId) -> F,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<Option<T>, Error>>,
    {
        if let [only] = &*self.routes {
            return call(self.client.in_region(&only.region), only.model_id.clone()).await;
        }
        // In a box: most models have one route, and need no room for more.
        Box::pin(self.call_by_turns(call)).await
    }

    /// The same with several routes, one after the other.
    async fn call_by_turns<T, F>(&self, call: impl Fn(Client, ModelId) -> F) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<Option<T>, Error>>,
    {
        let begin = Instant::now();
        let whole = self.client.whole_call();
        // The time of a route that is passed is not the others'.
        let until = |passed: u32| {
            let waiting = self.client.waiting().saturating_sub(self.bound.saturating_mul(passed));
            let waited = after(begin, waiting);
            whole.map_or(waited, |whole| whole.end.min(waited))
        };
        let client = whole.map_or_else(|| self.client.clone(), |whole| self.client.within(whole));
        let mut passed = 0;
        loop {
            let round = Instant::now();
            let failed = match self.round(&client, until(passed), &call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            passed = failed.passed;
            let until = until(passed);
            // A route that says at once that it has no room is not asked all the time.
            let next = after(round, self.bound);
            if !failed.is_throttled || !self.is_patient() || next.max(Instant::now()) >= until {
                return Err(self.with_routes(failed.error));
            }
            sleep_until(next).await;
        }
    }

    /// Runs an operation by the first route that lets it through. Its model is that of the route.
    pub async fn run<O: Operation>(&self, operation: &O) -> Result<O::Output, Error> {
        self.call(|client, model_id| async move { client.call(&routed(operation, model_id)?).await }).await
    }

    /// Opens a stream by the first route that lets it through.
    pub async fn stream<O: StreamOperation>(&self, operation: &O) -> Result<EventStream<O>, Error> {
        self.call(|client, model_id| async move { client.stream(routed(operation, model_id)?).await }).await
    }

    /// Tries each route once.
    async fn round<T, F>(
        &self,
        client: &Client,
        until: Instant,
        call: &impl Fn(Client, ModelId) -> F,
    ) -> Result<Option<T>, Failed>
    where
        F: Future<Output = Result<Option<T>, Error>>,
    {
        let (mut is_throttled, mut passed) = (false, 0);
        let mut last: Option<(&Route, Error)> = None;
        let start = self.start();
        for index in (start..self.routes.len()).chain(0..start) {
            let Some(route) = self.routes.get(index) else { continue };
            let patience = self.bound.min(until.saturating_duration_since(Instant::now()));
            if let Some((left, error)) = &last {
                // Who waits nowhere still tries each route.
                if patience.is_zero() && !self.bound.is_zero() {
                    break;
                }
                let warning = format!("{left} failed with {}; trying {route}", error.kind().as_str());
                client.observer().on_warning("fallback", &warning);
            }
            let client = client.in_region(&route.region).waiting_at_most(patience);
            match call(client, route.model_id.clone()).await {
                Ok(Some(answer)) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(Some(answer));
                }
                Ok(None) => passed += 1,
                Err(error) if index > 0 && is_of_the_route(&error) => {
                    passed += 1;
                    self.warn_of(route, &error);
                }
                Err(error) if error.is_retryable() => {
                    is_throttled |= waits_for_a_quota(&error);
                    last = Some((route, error));
                }
                Err(error) => return Err(Failed { error, is_throttled: false, passed }),
            }
        }
        last.map_or(Ok(None), |(_, error)| Err(Failed { error, is_throttled, passed }))
    }

    /// Says once that a route is of no use: it is not tried in vain for hours without a word.
    fn warn_of(&self, route: &Route, error: &Error) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            let warning = format!("{route} cannot be used, and the other routes are: {error}");
            self.client.observer().on_warning("fallback", &warning);
        }
    }

    /// Whether throttling is bounded by time alone.
    fn is_patient(&self) -> bool {
        let policy = self.client.policy();
        policy.mode == RetryMode::Patient && policy.max_attempts.is_none()
    }

    fn with_routes(&self, error: Error) -> Error {
        if !error.is_retryable() {
            return error;
        }
        let routes: Vec<String> = self.routes.iter().map(ToString::to_string).collect();
        let tried = format!("no route let it through: {}", routes.join(", "));
        let hint = error.hint().map_or_else(|| tried.clone(), |hint| format!("{tried}; {hint}"));
        let setting = error.setting();
        error.with_hint(hint).with_setting(setting)
    }

    fn start(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }
}

fn routed<O: Operation>(operation: &O, model_id: ModelId) -> Result<O, Error> {
    operation.with_model_id(model_id).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("{} names no model that could be routed", operation.name()),
        )
    })
}

/// What a round ended with.
struct Failed {
    error: Error,
    /// Whether a route may let the call through a little later.
    is_throttled: bool,
    /// How many routes were not for the call.
    passed: u32,
}

fn is_of_the_route(error: &Error) -> bool {
    let refusal = error.service_error().filter(|_| error.kind() == ErrorKind::Service).and_then(known);
    refusal.is_some_and(|refusal| OF_A_ROUTE.contains(&refusal.kind))
}

/// A limit per day is not waited for.
fn waits_for_a_quota(error: &Error) -> bool {
    error.kind() == ErrorKind::Throttled && !error.is_day_limit()
}
