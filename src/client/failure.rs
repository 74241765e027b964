//! What an attempt ended with when it did not succeed, and the error that a call ends with: what failed, and what to do.

use super::call::Call;
use super::pacing::Place;
use super::timeouts::CallTime;
use crate::error::{Error, ErrorKind, Setting};
use crate::protocol::auth::Auth;
use crate::protocol::decimals::{fixed, short};
use crate::protocol::endpoint::Service;
use crate::protocol::outcome::{Outcome, WireFailure, classify};
use crate::protocol::refusals::{self, RefusalKind};
use crate::protocol::retry::{Attempt, AttemptOutcome, StopReason};
use crate::protocol::service_error::{RetryAfter, ServiceError};
use crate::transport::TransportError;

/// What one attempt ended with, when it did not succeed.
pub(super) enum Failure {
    Refused(ServiceError),
    Wire(TransportError),
}

impl Failure {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Refused(error) => classify(error),
            Self::Wire(error) => Outcome::Wire(error.failure()),
        }
    }

    /// A refusal that came as an event: its request id stands in the headers before it.
    pub(super) fn answered_as(self, request_id: Option<String>) -> Self {
        match self {
            Self::Refused(error) => Self::Refused(error.with_request_id(request_id)),
            wire @ Self::Wire(_) => wire,
        }
    }

    pub(super) fn retry_after(&self) -> Option<RetryAfter> {
        match self {
            Self::Refused(error) => error.retry_after(),
            Self::Wire(_) => None,
        }
    }

    pub(super) fn summary(&self) -> AttemptOutcome {
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
}

/// An attempt that failed.
pub(super) struct Failed {
    failure: Failure,
    outcome: Outcome,
    /// What it was signed with.
    auth: Auth,
}

impl Failed {
    pub(super) fn new(failure: Failure, auth: Auth) -> Self {
        Self { outcome: failure.outcome(), failure, auth }
    }

    pub(super) fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    pub(super) fn auth(&self) -> &Auth {
        &self.auth
    }

    pub(super) fn retry_after(&self) -> Option<RetryAfter> {
        self.failure.retry_after()
    }

    pub(super) fn summary(&self) -> AttemptOutcome {
        self.failure.summary()
    }

    /// The error of a call that this attempt ended.
    fn into_error(self, call: &Call<'_>, reason: StopReason, attempts: Vec<Attempt>) -> Error {
        let refusal = match &self.failure {
            Failure::Refused(error) => Some(error),
            Failure::Wire(_) => None,
        };
        let hint = hint(&self.outcome, reason, self.auth.is_api_key(), attempts.len(), refusal);
        let error = match self.failure {
            Failure::Refused(error) => {
                Error::refused(refusal_kind(&self.outcome), call.operation, &call.service, error)
            }
            Failure::Wire(error) => {
                Error::new(wire_kind(error.failure()), format!("{} failed: {error}", call.operation))
                    .because(error)
            }
        };
        let error = error.after(attempts);
        match hint {
            Some(hint) => error.with_hint(hint).with_setting(setting(reason)),
            None => error,
        }
    }
}

/// The error of a call that goes no further, after its last attempt or before its first.
pub(super) fn given_up(
    last: Option<Box<Failed>>,
    call: &Call<'_>,
    reason: StopReason,
    attempts: Vec<Attempt>,
    time: &CallTime,
    place: &Place,
) -> Error {
    let waited = |made| waited_in_vain(reason, made, time, place.learned_rate());
    match (last, reason) {
        (None, _) => never_sent(call)
            .with_hint(waited(0))
            .with_setting(setting(reason))
            .with_next_turn(place.room_in()),
        (Some(last), StopReason::TimeUsed | StopReason::WouldWait) => {
            let hint = waited(attempts.len());
            let error = last.into_error(call, reason, attempts).with_hint(hint);
            error.with_setting(setting(reason)).with_next_turn(place.room_in())
        }
        (Some(last), _) => last.into_error(call, reason, attempts),
    }
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

/// The error of a refusal that came within a stream.
pub(super) fn refused_within(
    operation: &str,
    service: &Service,
    refusal: ServiceError,
    carried_api_key: bool,
) -> Error {
    let outcome = classify(&refusal);
    let hint = hint(&outcome, StopReason::NotRetryable, carried_api_key, 1, Some(&refusal));
    let error = Error::refused(refusal_kind(&outcome), operation, service, refusal);
    match hint {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The kind of error that a failure on the way becomes.
pub(super) fn wire_kind(failure: WireFailure) -> ErrorKind {
    match failure {
        WireFailure::Timeout => ErrorKind::Timeout,
        WireFailure::NotSent => ErrorKind::InvalidInput,
        WireFailure::NoFixture => ErrorKind::File,
        WireFailure::TooLarge => ErrorKind::Undecodable,
        _ => ErrorKind::Network,
    }
}

/// The error of a call that never had its turn.
fn never_sent(call: &Call<'_>) -> Error {
    let message = format!(
        "{} was not sent: it waited in vain for its turn, since calls to {} are held back to their quota",
        call.operation,
        call.service.host_prefix()
    );
    Error::new(ErrorKind::Throttled, message)
}

/// The error of a call whose time was up before there was anything to sign it with.
pub(super) fn never_signed(late: TransportError) -> Error {
    let error = Error::new(ErrorKind::Timeout, late.to_string()).because(late);
    error
        .with_hint(
            "a credential_process or a service that gives them is slow; a longer timeout gives it more time",
        )
        .with_setting(Setting::CallTimeout)
}

/// How long a call waited, how often it tried, and what rate the client had learned by then.
fn waited_in_vain(reason: StopReason, made: usize, time: &CallTime, learned: Option<f64>) -> String {
    let attempts = attempts_of(made);
    let rate = learned
        .map_or(String::new(), |rate| format!("; the quota gives about {} calls a second", fixed(rate, 2)));
    let what = match reason {
        StopReason::WouldWait => "it would have to wait, and was told not to".to_owned(),
        _ => {
            format!(
                "the next would come after the {} s that it may wait; a longer timeout gives it more",
                short(time.bound().as_secs_f64())
            )
        }
    };
    format!("given up after {attempts} in {} s{rate}; {what}", fixed(time.passed().as_secs_f64(), 1))
}

/// The setting that ended a call.
fn setting(reason: StopReason) -> Option<Setting> {
    match reason {
        StopReason::AttemptsUsed => Some(Setting::MaxAttempts),
        StopReason::TimeUsed => Some(Setting::CallTimeout),
        _ => None,
    }
}

/// What to do about it.
fn hint(
    outcome: &Outcome,
    reason: StopReason,
    carried_api_key: bool,
    made: usize,
    refusal: Option<&ServiceError>,
) -> Option<String> {
    let known = || refusals::hint(refusal?);
    let attempts = attempts_of(made);
    Some(match (outcome, reason) {
        (Outcome::DayLimit, _) => {
            "a limit per day is not retried: wait for tomorrow, use another region or model, or ask AWS for more".to_owned()
        }
        (_, StopReason::AttemptsUsed) => {
            format!("given up after {attempts}; a higher limit allows more")
        }
        (_, StopReason::QuotaUsed) => format!(
            "given up after {attempts}: the calls of this client have used up their retries, as in an outage; try again later"
        ),
        (_, StopReason::WaitTooLong) => {
            format!("given up after {attempts}: the server asks for a wait of more than 5 minutes")
        }
        (Outcome::ExpiredCredentials | Outcome::BadCredentials, _) if carried_api_key => {
            "the API key (AWS_BEARER_TOKEN_BEDROCK) is a wrong one, has expired or is for another region; `bedwire api-key inspect` reads it".to_owned()
        }
        (Outcome::ExpiredCredentials, _) => "the credentials have expired: get new ones, then run it again".to_owned(),
        (Outcome::ClockSkew { .. }, _) => "this machine's clock is wrong: set it".to_owned(),
        (Outcome::BadCredentials, _) => known().filter(|_| !is_mismatch(refusal)).unwrap_or_else(|| {
            "the access key, its secret and its session token must belong together; check all three".to_owned()
        }),
        _ => return known(),
    })
}

/// Whether the signature is just another one: what is signed here is what is sent, so the keys are at fault.
fn is_mismatch(refusal: Option<&ServiceError>) -> bool {
    use RefusalKind::{IncompleteSignature, SignatureMismatch};
    let known = refusal.and_then(refusals::known);
    known.is_some_and(|known| matches!(known.kind, IncompleteSignature | SignatureMismatch))
}

fn attempts_of(made: usize) -> String {
    if made == 1 { "1 attempt".to_owned() } else { format!("{made} attempts") }
}
