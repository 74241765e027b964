//! What an attempt ended with when it did not succeed, and the error that a call ends with: what failed, and what to do.

use super::call::Call;
use super::timeouts::CallTime;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::protocol::decimals::{fixed, short};
use crate::protocol::outcome::{Outcome, WireFailure, classify};
use crate::protocol::refusals;
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

    pub(super) fn into_error(
        self,
        call: &Call<'_>,
        outcome: &Outcome,
        reason: StopReason,
        auth: &Auth,
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
                Error::new(wire_kind(error.failure()), format!("{} failed: {error}", call.operation))
                    .because(error)
            }
        };
        let error = error.after(attempts);
        match hint(outcome, reason, auth, made).or(known) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
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
pub(super) fn never_sent(
    call: &Call<'_>,
    reason: StopReason,
    time: &CallTime,
    learned: Option<f64>,
) -> Error {
    let message = format!(
        "{} was not sent: it waited in vain for its turn, since calls to {} are held back to their quota",
        call.operation,
        call.service.host_prefix()
    );
    Error::new(ErrorKind::Throttled, message).with_hint(waited_in_vain(reason, 0, time, learned))
}

/// The error of a call whose time was up before there was anything to sign it with.
pub(super) fn never_signed(late: TransportError) -> Error {
    let error = Error::new(ErrorKind::Timeout, late.to_string()).because(late);
    error.with_hint("a credential_process or a service that gives them is slow; --timeout gives it more time")
}

/// How long a call waited, how often it tried, and what rate the client had learned by then.
pub(super) fn waited_in_vain(
    reason: StopReason,
    made: usize,
    time: &CallTime,
    learned: Option<f64>,
) -> String {
    let attempts = attempts_of(made);
    let rate = learned
        .map_or(String::new(), |rate| format!("; the quota gives about {} calls a second", fixed(rate, 2)));
    let what = match reason {
        StopReason::WouldWait => "it would have to wait, and was told not to".to_owned(),
        _ => {
            format!(
                "the next would come after the {} s that it may wait; --timeout gives it more",
                short(time.bound().as_secs_f64())
            )
        }
    };
    format!("given up after {attempts} in {} s{rate}; {what}", fixed(time.passed().as_secs_f64(), 1))
}

/// What to do about it.
fn hint(outcome: &Outcome, reason: StopReason, auth: &Auth, made: usize) -> Option<String> {
    let attempts = attempts_of(made);
    Some(match (outcome, reason) {
        (Outcome::DayLimit, _) => {
            "a limit per day is not retried: wait for tomorrow, use another region or model, or ask AWS for more".to_owned()
        }
        (_, StopReason::AttemptsUsed) => {
            format!("given up after {attempts}; --max-attempts allows more")
        }
        (_, StopReason::QuotaUsed) => format!(
            "given up after {attempts}: the calls of this client have used up their retries, as in an outage; try again later"
        ),
        (_, StopReason::WaitTooLong) => {
            format!("given up after {attempts}: the server asks for a wait of more than 5 minutes")
        }
        (Outcome::ExpiredCredentials | Outcome::BadCredentials, _) if matches!(auth, Auth::Bearer(_)) => {
            "the API key (AWS_BEARER_TOKEN_BEDROCK) is a wrong one, has expired or is for another region; `bedwire api-key inspect` reads it".to_owned()
        }
        (Outcome::ExpiredCredentials, _) => "the credentials have expired: get new ones, then run it again".to_owned(),
        (Outcome::ClockSkew { .. }, _) => "this machine's clock is wrong: set it".to_owned(),
        (Outcome::BadCredentials, _) => {
            "the access key, its secret and its session token must belong together; check all three".to_owned()
        }
        _ => return None,
    })
}

fn attempts_of(made: usize) -> String {
    if made == 1 { "1 attempt".to_owned() } else { format!("{made} attempts") }
}
