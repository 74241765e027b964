//! THE LOOP: sign · send · classify · decide · wait. One for every call; each attempt is signed afresh.

use super::credentials::Wanted;
use super::delay::jittered;
use super::pacing::Place;
use super::state::Client;
use super::timeouts::send_within;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::protocol::diagnosis::refusals;
use crate::protocol::endpoint::{Service, SigningScope};
use crate::protocol::eventstream::Decoder;
use crate::protocol::operation::refusal_in;
use crate::protocol::outcome::{Outcome, WireFailure, classify};
use crate::protocol::retry::pacing::used_tokens;
use crate::protocol::retry::{Attempt, AttemptOutcome, Decision, History, RetryMode, StopReason};
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

/// Said once where a call is throttled.
const UNBOUNDED: &str = "throttled, and the request sets no max_tokens: Bedrock then reserves the most that the model can \
     write from the quota of tokens; set it to what is needed";

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
        // Until when the call may go out; its answer may come later.
        let last_turn = self.patience.map_or(deadline, |patience| deadline.min(started + patience));
        let mut history = History::default();
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut refused: Option<Auth> = None;
        let may_wait = self.policy().mode != RetryMode::FailFast;
        let mut place = self.place(&call);
        // Before a request is signed, so that its date is not stale.
        if let Err(reason) = place.admit(last_turn, may_wait).await {
            return Err(never_sent(&call, reason, started.elapsed(), place.learned_rate()));
        }
        loop {
            let auth = self
                .auth(&call, refused.as_ref())
                .await
                .map_err(|e| if attempts.is_empty() { e } else { e.after(attempts.clone()) })?;
            let signed = sign(call.request.clone(), &auth, &call.scope, self.now())
                .map_err(|e| Error::from(e).after(attempts.clone()))?;
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
                    place.admitted(|| used(&call, &response));
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
            let room_in = verdict(&mut place, &outcome);
            if room_in.is_some() && place.is_first_unbounded(call.request.body()) {
                self.observer().on_warning(call.operation, UNBOUNDED);
            }
            let server = failure.retry_after();
            let decision =
                self.policy().decide(&mut history, &outcome, call.repeatable, server, &mut self.quota());
            let mut pause = Duration::ZERO;
            let mut attempt = Attempt { number, outcome: failure.summary(), took, wait: None };
            let stop = match decision {
                Decision::Retry(delay) => {
                    pause = match room_in {
                        Some(_) => delay.at_least(Duration::ZERO), // what the server asked for; the turn comes after it
                        None => jittered(&delay),
                    };
                    let wait = pause.max(room_in.unwrap_or_default());
                    let until = if room_in.is_some() { last_turn } else { deadline };
                    if Instant::now() + wait < until {
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
                    refused = Some(auth);
                    attempt.wait = Some(Duration::ZERO);
                    None
                }
                Decision::Stop(reason) => Some(reason),
            };
            self.observer().on_attempt(call.operation, &attempt);
            attempts.push(attempt);
            let stop = if stop.is_none() {
                tokio::time::sleep(pause).await;
                place.admit(last_turn, may_wait).await.err()
            } else {
                stop
            };
            if let Some(reason) = stop {
                let learned = place.learned_rate();
                let error = failure.into_error(&call, &outcome, reason, attempts);
                return Err(match (reason, learned) {
                    (StopReason::TimeUsed | StopReason::WouldWait, Some(_)) => {
                        let hint = waited_in_vain(reason, error.attempts().len(), started.elapsed(), learned);
                        error.with_hint(hint)
                    }
                    _ => error,
                });
            }
        }
    }

    /// A place among the calls to the same endpoint and model. Only the runtime's calls are paced, and not in AWS's
    /// standard mode.
    fn place(&self, call: &Call<'_>) -> Place {
        if call.service == Service::BedrockRuntime && self.policy().mode != RetryMode::Standard {
            self.pacing().arrive(lane(&call.request), call.request.body())
        } else {
            Place::free()
        }
    }

    /// Signs a call as its first attempt would.
    pub(super) async fn sign(&self, call: &Call<'_>) -> Result<SignedRequest, Error> {
        let auth = self.auth(call, None).await?;
        Ok(sign(call.request.clone(), &auth, &call.scope, self.now())?)
    }

    async fn auth(&self, call: &Call<'_>, refused: Option<&Auth>) -> Result<Auth, Error> {
        self.credentials().auth(Wanted::new(&call.service).instead_of(refused)).await
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

/// What shares a quota: the calls that run one model at one endpoint; of all others, those of one kind.
fn lane(request: &http::Request<Bytes>) -> String {
    let host = request.uri().authority().map_or("", |authority| authority.as_str());
    let mut segments = request.uri().path().trim_start_matches('/').split('/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some("model"), Some(model), Some("count-tokens")) => format!("{host} count-tokens {model}"),
        (Some("model"), Some(model), _) => format!("{host} model {model}"),
        (kind, ..) => format!("{host} {} {}", request.method(), kind.unwrap_or("")),
    }
}

/// What an answer has used of the quota of tokens.
fn used(call: &Call<'_>, response: &http::Response<Body>) -> Option<u64> {
    let body = match response.body() {
        Body::Whole(bytes) => bytes.as_ref(),
        Body::Stream { .. } => &[],
    };
    used_tokens(call.request.uri().path(), response.headers(), body)
}

/// Tells the pacing what came of an attempt. Returns how long it takes at least until a call may go, where the pacing
/// decides that.
fn verdict(place: &mut Place, outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Throttled => {
            let room_in = place.throttled();
            return place.is_paced().then_some(room_in);
        }
        Outcome::Wire(_) => place.lost(),
        _ => place.admitted(|| Some(0)),
    }
    None
}

/// The error of a call that never had its turn.
fn never_sent(call: &Call<'_>, reason: StopReason, waited: Duration, learned: Option<f64>) -> Error {
    let message = format!(
        "{} was not sent: other calls of this client have used up the quota of {}",
        call.operation,
        call.service.host_prefix()
    );
    Error::new(ErrorKind::Throttled, message).with_hint(waited_in_vain(reason, 0, waited, learned))
}

/// How long a call waited for a quota, how often it tried, and what rate the client had learned by then.
fn waited_in_vain(reason: StopReason, made: usize, waited: Duration, learned: Option<f64>) -> String {
    let attempts = if made == 1 { "1 attempt".to_owned() } else { format!("{made} attempts") };
    let rate =
        learned.map_or(String::new(), |rate| format!("; the quota gives about {rate:.2} calls a second"));
    let what = match reason {
        StopReason::WouldWait => "it would have to wait, and was told not to",
        _ => "the call's time is up; --timeout gives it more",
    };
    format!("given up after {attempts} in {:.1} s{rate}; {what}", waited.as_secs_f64())
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
