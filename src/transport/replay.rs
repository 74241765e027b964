//! Answers from fixtures instead of the network.

use super::{Body, BoxFuture, Transport, TransportError};
use crate::error::{Error, ErrorKind};
use crate::fixture::redaction::KnownSecrets;
use crate::fixture::{FixtureError, Store, Turns, matching};
use crate::protocol::auth::Auth;
use crate::protocol::outcome::WireFailure;
use bytes::Bytes;
use http::{Request, Response};
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
    turns: Turns,
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
        Self { store, turns: Turns::default(), known: Mutex::default() }
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
        let answer = self.turns.next(&cases).cloned().ok_or_else(|| {
            TransportError::new(WireFailure::NoFixture, "the fixture that matches has no response")
        })?;
        Ok(answer.map(Body::from))
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
