//! THE LOOP: sign · send · classify · decide · wait. One for every call; each attempt is signed afresh.

use super::delay::jittered;
use super::state::Client;
use super::timeouts::send_within;
use crate::error::{Error, ErrorKind};
use crate::protocol::diagnosis::refusals;
use crate::protocol::endpoint::{Service, SigningScope};
use crate::protocol::eventstream::Decoder;
use crate::protocol::operation::refusal_in;
use crate::protocol::outcome::{Outcome, WireFailure, classify};
use crate::protocol::retry::{Attempt, AttemptOutcome, Decision, History, StopReason};
use crate::protocol::service_error::ServiceError;
use crate::protocol::sigv4::{SignedRequest, sign};
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::Instant;

/// The longest answer that is kept in memory: what InvokeModel answers at most, and room for its JSON.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// The longest error document.
const MAX_ERROR: usize = 1024 * 1024;

/// One call, before its first attempt.
pub(super) struct Call<'a> {
    /// `InvokeModel`
    pub(super) operation: &'a str,
    pub(super) service: Service,
    pub(super) scope: SigningScope,
    /// Complete but for its signature.
    pub(super) request: http::Request<Bytes>,
    /// Whether running it twice does no more than running it once.
    pub(super) repeatable: bool,
    pub(super) answer: Answer,
}

/// What belongs to the attempt; the rest of the body is handed to the caller as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The whole body.
    Whole,
    /// The headers.
    Headers,
    /// The headers and the first event, since a refusal may come as that.
    Events,
}

/// What one attempt ended with, when it did not succeed.
enum Failure {
    Refused(ServiceError),
    Wire(TransportError),
}

impl Client {
    /// Runs one call to its end.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<http::Response<Body>, Error> {
        let started = Instant::now();
        let deadline = started + self.timeouts().call;
        let mut history = History::default();
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut fresh_credentials = false;
        loop {
            // The pacing of concurrent calls goes here: before a request is signed, so that its date is not stale.
            let signed = self.sign(&call, fresh_credentials).await.map_err(|e| e.after(attempts.clone()))?;
            self.observer().on_request(call.operation, &signed);
            let sent = Instant::now();
            let result = match tokio::time::timeout_at(deadline, self.attempt(&call, signed)).await {
                Ok(result) => result,
                Err(_) => Err(Failure::Wire(self.call_time_is_up())),
            };
            let took = sent.elapsed();
            let number = u32::try_from(attempts.len()).unwrap_or(u32::MAX).saturating_add(1);
            let failure = match result {
                Ok(response) => {
                    self.quota().succeeded(history.last_cost);
                    let outcome = AttemptOutcome::Answered {
                        status: response.status().as_u16(),
                        code: None,
                        request_id: request_id(response.headers()),
                    };
                    self.observer()
                        .on_attempt(call.operation, &Attempt { number, outcome, took, wait: None });
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            let outcome = failure.outcome();
            let server = failure.retry_after();
            let decision =
                self.policy().decide(&mut history, &outcome, call.repeatable, server, &mut self.quota());
            let mut attempt = Attempt { number, outcome: failure.summary(), took, wait: None };
            let stop = match decision {
                Decision::Retry(delay) => {
                    let wait = jittered(&delay);
                    if Instant::now() + wait < deadline {
                        attempt.wait = Some(wait);
                        None
                    } else {
                        Some(StopReason::TimeUsed)
                    }
                }
                Decision::CorrectClock(server_time) => {
                    self.correct_clock(server_time);
                    attempt.wait = Some(Duration::ZERO);
                    None
                }
                Decision::RefreshCredentials => {
                    fresh_credentials = true;
                    attempt.wait = Some(Duration::ZERO);
                    None
                }
                Decision::Stop(reason) => Some(reason),
            };
            self.observer().on_attempt(call.operation, &attempt);
            let wait = attempt.wait;
            attempts.push(attempt);
            if let Some(reason) = stop {
                return Err(failure.into_error(&call, &outcome, reason, attempts));
            }
            tokio::time::sleep(wait.unwrap_or_default()).await;
        }
    }

    /// Signs a call as the next attempt would.
    pub(super) async fn sign(
        &self,
        call: &Call<'_>,
        fresh_credentials: bool,
    ) -> Result<SignedRequest, Error> {
        let auth = self.credentials().auth(fresh_credentials).await?;
        Ok(sign(call.request.clone(), &auth, &call.scope, self.now())?)
    }

    async fn attempt(&self, call: &Call<'_>, signed: SignedRequest) -> Result<http::Response<Body>, Failure> {
        let request = signed.into_request().map(Body::from);
        let response =
            send_within(self.transport(), request, self.timeouts()).await.map_err(Failure::Wire)?;
        self.observer().on_response(call.operation, response.status(), response.headers());
        let (parts, body) = response.into_parts();
        if !parts.status.is_success() {
            // A refusal whose body is cut is a refusal all the same.
            let body = body.collect(MAX_ERROR).await.unwrap_or_default();
            return Err(Failure::Refused(ServiceError::decode(parts.status, &parts.headers, &body)));
        }
        let body = match call.answer {
            Answer::Whole => Body::Whole(body.collect(MAX_ANSWER).await.map_err(Failure::Wire)?),
            Answer::Headers => body,
            Answer::Events => after_first_event(body).await?,
        };
        Ok(http::Response::from_parts(parts, body))
    }

    fn call_time_is_up(&self) -> TransportError {
        let seconds = self.timeouts().call.as_secs_f64();
        TransportError::new(
            WireFailure::Timeout,
            format!("the call's {seconds} s were up before an answer came"),
        )
    }
}

impl Failure {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Refused(error) => classify(error),
            Self::Wire(error) => Outcome::Wire(error.failure()),
        }
    }

    fn retry_after(&self) -> Option<crate::protocol::service_error::RetryAfter> {
        match self {
            Self::Refused(error) => error.retry_after(),
            Self::Wire(_) => None,
        }
    }

    fn summary(&self) -> AttemptOutcome {
        match self {
            Self::Refused(error) => AttemptOutcome::Answered {
                status: error.status().as_u16(),
                code: error.code().map(str::to_owned),
                request_id: error.request_id().map(str::to_owned),
            },
            Self::Wire(error) => {
                AttemptOutcome::Failed { failure: error.failure(), message: error.to_string() }
            }
        }
    }

    fn into_error(
        self,
        call: &Call<'_>,
        outcome: &Outcome,
        reason: StopReason,
        attempts: Vec<Attempt>,
    ) -> Error {
        let made = attempts.len();
        let known = match &self {
            Self::Refused(error) => refusals::hint(error),
            Self::Wire(_) => None,
        };
        let error = match self {
            Self::Refused(error) => {
                Error::refused(refusal_kind(outcome), call.operation, &call.service, error)
            }
            Self::Wire(error) => {
                let kind = match error.failure() {
                    WireFailure::Timeout => ErrorKind::Timeout,
                    WireFailure::NotSent => ErrorKind::InvalidInput,
                    WireFailure::NoFixture => ErrorKind::File,
                    WireFailure::TooLarge => ErrorKind::Undecodable,
                    _ => ErrorKind::Network,
                };
                Error::new(kind, format!("{} failed: {error}", call.operation)).because(error)
            }
        };
        let error = error.after(attempts);
        match hint(outcome, reason, made).or(known) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

/// Waits for the first frame. Nothing has been delivered yet, so an exception in it is a refusal like any other.
async fn after_first_event(mut body: Body) -> Result<Body, Failure> {
    let mut decoder = Decoder::new();
    let mut read = Vec::new();
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => match refusal_in(&frame) {
                Some(refusal) => return Err(Failure::Refused(refusal)),
                None => break,
            },
            Ok(None) => {}
            // The stream itself will say what is wrong with it, and where.
            Err(_) => break,
        }
        match body.chunk().await {
            Some(chunk) => {
                let chunk = chunk.map_err(Failure::Wire)?;
                decoder.push(chunk.clone());
                read.push(Ok(chunk));
            }
            None if read.is_empty() => {
                return Err(Failure::Wire(TransportError::new(
                    WireFailure::CutBody,
                    "the stream ended before its first event",
                )));
            }
            None => break,
        }
    }
    let length = body.length();
    let rest =
        futures_util::stream::unfold(body, |mut body| async move { Some((body.chunk().await?, body)) });
    Ok(Body::stream(futures_util::stream::iter(read).chain(rest), length))
}

/// The kind of error that a refusal becomes.
pub(super) fn refusal_kind(outcome: &Outcome) -> ErrorKind {
    match outcome {
        Outcome::Throttled | Outcome::DayLimit => ErrorKind::Throttled,
        Outcome::ExpiredCredentials | Outcome::BadCredentials | Outcome::ClockSkew { .. } => {
            ErrorKind::Credentials
        }
        _ => ErrorKind::Service,
    }
}

/// What to do about it.
fn hint(outcome: &Outcome, reason: StopReason, made: usize) -> Option<String> {
    let attempts = if made == 1 { "1 attempt".to_owned() } else { format!("{made} attempts") };
    Some(match (outcome, reason) {
        (Outcome::DayLimit, _) => {
            "a limit per day is not retried: wait for tomorrow, use another region or model, or ask AWS for more".to_owned()
        }
        (_, StopReason::TimeUsed) => format!("given up after {attempts}: the call's time is up; --timeout gives it more"),
        (_, StopReason::AttemptsUsed) => {
            format!("given up after {attempts}; --max-attempts allows more")
        }
        (_, StopReason::QuotaUsed) => format!(
            "given up after {attempts}: the calls of this client have used up their retries, as in an outage; try again later"
        ),
        (_, StopReason::WaitTooLong) => {
            format!("given up after {attempts}: the server asks for a wait of more than 5 minutes")
        }
        (Outcome::ExpiredCredentials, _) => "the credentials have expired: get new ones, then run it again".to_owned(),
        (Outcome::ClockSkew { .. }, _) => "this machine's clock is wrong: set it".to_owned(),
        (Outcome::BadCredentials, _) => {
            "the access key, its secret and its session token must belong together; check all three".to_owned()
        }
        _ => return None,
    })
}

fn request_id(headers: &http::HeaderMap) -> Option<String> {
    let value = headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"))?;
    value.to_str().ok().map(str::to_owned)
}
