//! An ordered list of routes to a model: where one is throttled for too long or unavailable, the next is tried. The list
//! is kept to: no region or profile is tried that it does not name.

use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::model::ModelId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const NO_ROUTE: &str = "a fallback needs at least one route: a region and a model";

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
    /// The route that answered last.
    current: Arc<AtomicUsize>,
}

impl Fallback {
    /// Routes for calls of this client. A call that has waited `bound` for a quota counts as throttled, and goes on by
    /// the next route.
    pub fn new(
        client: &Client,
        routes: impl IntoIterator<Item = Route>,
        bound: Duration,
    ) -> Result<Self, Error> {
        let routes: Arc<[Route]> = routes.into_iter().collect();
        if routes.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, NO_ROUTE));
        }
        Ok(Self { client: client.waiting_at_most(bound), routes, current: Arc::default() })
    }

    /// The route that the next call takes first.
    pub fn current(&self) -> Option<&Route> {
        self.routes.get(self.start())
    }

    /// Makes a call by the first route that lets it through, beginning with the one that answered last. `call` makes it
    /// with the client of a route, for its model. Where all fail, the error of the last is returned; an error that
    /// every route would give (bad input, no access), at once.
    pub async fn call<T, F>(&self, call: impl Fn(Client, ModelId) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let start = self.start();
        let mut last = None;
        for index in (start..self.routes.len()).chain(0..start) {
            let Some(route) = self.routes.get(index) else { continue };
            match call(self.client.in_region(&route.region), route.model_id.clone()).await {
                Ok(answer) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) if error.is_retryable() => last = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| Error::new(ErrorKind::InvalidInput, NO_ROUTE)))
    }

    fn start(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }
}
