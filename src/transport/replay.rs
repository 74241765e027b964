//! Answers from fixtures instead of the network.

use super::{Body, BoxFuture, Transport, TransportError};
use crate::error::{Error, ErrorKind};
use crate::fixture::redaction::KnownSecrets;
use crate::fixture::{Case, FixtureError, Store, matching};
use crate::protocol::auth::Auth;
use crate::protocol::outcome::WireFailure;
use bytes::Bytes;
use http::{Request, Response};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The longest request that is compared: Bedrock takes 25,000,000 bytes.
const MAX_REQUEST: usize = 32 * 1024 * 1024;

/// A transport that answers from fixtures. What matches is told in [`matching`]. Where a case has several answers, or
/// several cases hold the same request, they are given in turn, and the last one from then on: so a recorded 429 is
/// followed by the 200 that came after it, and a job that was polled ends.
///
/// A request that matches nothing fails with [`WireFailure::NoFixture`], the nearest case and the first difference.
#[derive(Debug)]
pub struct Replay {
    store: Store,
    /// How many answers were given, by the name of the first case that matched.
    given: Mutex<HashMap<String, usize>>,
    known: Mutex<KnownSecrets>,
}

impl Replay {
    /// Answers from the fixtures below a folder. A folder without any is refused: nothing could be answered.
    pub fn open(directory: &Path) -> Result<Self, FixtureError> {
        let store = Store::open(directory)?;
        if store.cases().is_empty() {
            return Err(FixtureError::new(directory, "holds no fixtures; record some into it first"));
        }
        Ok(Self::new(store))
    }

    /// Answers from these.
    pub fn new(store: Store) -> Self {
        Self { store, given: Mutex::default(), known: Mutex::default() }
    }

    /// Takes what this signs with for what a recorder makes of it ([`super::Record::keep_out`]), and shows it in no
    /// message: a prompt may quote it.
    pub fn keep_out(&self, auth: &Auth) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).add_auth(auth);
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let cases = matching::find(self.store.cases(), request, &known)
            .map_err(|no_match| TransportError::new(WireFailure::NoFixture, no_match.to_string()))?;
        let turn = self.next_turn(&cases);
        let mut answers = cases.iter().flat_map(|case| &case.responses);
        let last = || cases.last()?.responses.last();
        let answer = answers.nth(turn).or_else(last).cloned().ok_or_else(|| {
            TransportError::new(WireFailure::NoFixture, "the fixture that matches has no response")
        })?;
        Ok(answer.map(Body::from))
    }

    fn next_turn(&self, cases: &[&Case]) -> usize {
        let first = cases.first().map_or_else(String::new, |case| case.name.clone());
        // A count is whole at any time, so a panic elsewhere spoils nothing.
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let count = given.entry(first).or_default();
        let turn = *count;
        *count = count.saturating_add(1);
        turn
    }
}

/// A folder of fixtures that cannot be used is bad input: nothing was sent.
impl From<FixtureError> for Error {
    fn from(error: FixtureError) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

impl Transport for Replay {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect(MAX_REQUEST).await.map_err(|e| match e.failure() {
                // It is the request that is too large, not an answer.
                WireFailure::TooLarge => TransportError::new(
                    WireFailure::NotSent,
                    format!("the request is longer than {MAX_REQUEST} bytes, more than any fixture has"),
                ),
                _ => e,
            })?;
            self.answer(&Request::from_parts(parts, body))
        })
    }
}
