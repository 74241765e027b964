//! Sends what is signed already, once: what a program needs that stands between a client and the service.

use super::state::Client;
use super::timeouts::{NO_WHOLE_ANSWER, answer_within, in_time};
use crate::protocol::retry::{Attempt, AttemptOutcome};
use crate::protocol::sigv4::SignedRequest;
use crate::transport::{Body, TransportError};
use std::pin::pin;
use tokio::time::Instant;

impl Client {
    /// Sends a request of [`Client::prepare_request`], once. An answer of any status is an answer, its body is the
    /// caller's as it arrives, and nothing is retried: a 429 reaches whoever asked. It waits for the first byte,
    /// between two bytes and in all as long as [`super::Timeouts`] says.
    pub async fn send_once(&self, signed: SignedRequest) -> Result<http::Response<Body>, TransportError> {
        const OPERATION: &str = "request";
        self.observer().on_request(OPERATION, &signed);
        let time = self.time();
        let sent = Instant::now();
        let request = signed.into_request().map(Body::from);
        let sending = pin!(answer_within(self.transport().send(request), self.timeouts()));
        let result = time.within(NO_WHOLE_ANSWER, sending).await.flatten();
        let outcome = match &result {
            Ok(response) => {
                self.observer().on_response(OPERATION, response.status(), response.headers());
                AttemptOutcome::Answered { status: response.status().as_u16(), code: None, request_id: None }
            }
            Err(error) => AttemptOutcome::Failed { failure: error.failure(), message: error.to_string() },
        };
        self.observer()
            .on_attempt(OPERATION, &Attempt { number: 1, outcome, took: sent.elapsed(), wait: None });
        Ok(result?.map(|body| in_time(body, self.timeouts(), time)))
    }
}
