//! The one public error: opaque outside, precise inside. It says what failed, where, and what to do.

use crate::protocol::endpoint::Service;
use crate::protocol::eventstream::DecodeError;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::Unresolved;
use crate::protocol::operation::Undecodable;
use crate::protocol::outcome::{Outcome, WireFailure, classify};
use crate::protocol::retry::{Attempt, AttemptOutcome};
use crate::protocol::service_error::{RetryAfter, ServiceError};
use crate::protocol::sigv4::SignError;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// What kind of failure. The doc of each kind says whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Input that cannot be right; nothing was sent. Trying again does not help.
    InvalidInput,
    /// No credentials, or credentials that the service refused. Trying again does not help. Where the service that
    /// gives them throttles, is out of reach or out of order, it is one of the kinds that say so.
    Credentials,
    /// The service refused. Trying again does not help, but for its own failures, which the retry loop has tried.
    Service,
    /// Still throttled when the bound on time or attempts was reached. Trying again later helps.
    Throttled,
    /// The network failed, or on the way to credentials the service that gives them. Trying again may help, but not
    /// where a proxy wants another password.
    Network,
    /// No answer in the time allowed. Trying again may help.
    Timeout,
    /// An answer that is not what the operation answers.
    Undecodable,
    /// An event stream that broke in the middle. What was delivered cannot be taken back, so it was not retried.
    BrokenStream,
    /// An async invocation that ended as `Failed`.
    InvocationFailed,
    /// A file that cannot be read or written.
    File,
    /// The person at the terminal stopped it. A job goes on without us.
    Interrupted,
}

impl ErrorKind {
    /// The name in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::Credentials => "credentials",
            Self::Service => "service",
            Self::Throttled => "throttled",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Undecodable => "undecodable",
            Self::BrokenStream => "broken_stream",
            Self::InvocationFailed => "invocation_failed",
            Self::File => "file",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A setting that another value of would have made a difference. A hint speaks of it in plain words; who has a name for
/// it (a builder's method, a command's option) adds that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Setting {
    /// How long one call may take, with all its attempts and waits: `Timeouts::call`.
    CallTimeout,
    /// The most attempts of one call: `RetryPolicy::max_attempts`.
    MaxAttempts,
    /// The region: `ClientBuilder::region`.
    Region,
    /// What calls are signed with: `ClientBuilder::credentials`.
    Credentials,
}

/// Any failure of bedwire.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    setting: Option<Setting>,
    service_error: Option<ServiceError>,
    attempts: Vec<Attempt>,
    search: Option<Search>,
    next_turn: Option<Duration>,
    may_have_run: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What the call came to that was to get credentials. The call that needs them was not sent, so that nothing of this is
/// an answer to it.
#[derive(Clone)]
struct Search {
    /// Where it says nothing about the credentials.
    refusal: Option<ServiceError>,
    attempts: Vec<Attempt>,
}

impl Error {
    /// An error with one sentence: what failed, and where.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            setting: None,
            service_error: None,
            attempts: Vec::new(),
            search: None,
            next_turn: None,
            may_have_run: false,
            source: None,
        }))
    }

    /// What kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The code that the service gave: `ThrottlingException`.
    pub fn code(&self) -> Option<&str> {
        self.refusal()?.code()
    }

    /// The HTTP status of the refusal.
    pub fn status(&self) -> Option<u16> {
        Some(self.refusal()?.status().as_u16())
    }

    /// The message, without the hint.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The setting that the hint speaks of, where it speaks of one.
    pub fn setting(&self) -> Option<Setting> {
        self.0.setting
    }

    /// What AWS's support asks for: the id of the refusal, or of the answer that was no good.
    pub fn request_id(&self) -> Option<&str> {
        if let Some(refusal) = self.refusal() {
            return refusal.request_id();
        }
        match &self.attempts().last()?.outcome {
            AttemptOutcome::Answered { request_id, .. } => request_id.as_deref(),
            AttemptOutcome::Failed { .. } => None,
        }
    }

    /// Every attempt that was made, with its outcome and the wait after it. Where there were no credentials to make one
    /// with, those of the call that was to get them.
    pub fn attempts(&self) -> &[Attempt] {
        match &self.0.search {
            Some(search) if self.0.attempts.is_empty() => &search.attempts,
            _ => &self.0.attempts,
        }
    }

    /// The refusal itself, of this call and not of one that was to get its credentials.
    pub fn service_error(&self) -> Option<&ServiceError> {
        self.0.service_error.as_ref()
    }

    /// Whether the same call may succeed later. Not so for a job that may have been started: nobody should pay for two.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            _ if self.0.may_have_run => false,
            ErrorKind::Network => !self.is_of_a_proxy(),
            ErrorKind::Throttled | ErrorKind::Timeout => true,
            ErrorKind::Service => self.service_error().is_some_and(|refusal| {
                let outcome = classify(refusal);
                refusal.status().is_server_error()
                    || matches!(outcome, Outcome::Transient | Outcome::NotReady)
            }),
            _ => false,
        }
    }

    /// Whether a proxy lets no call through: by another route, too, it would only be sent a wrong password again.
    fn is_of_a_proxy(&self) -> bool {
        let last = self.attempts().last().map(|attempt| &attempt.outcome);
        matches!(last, Some(AttemptOutcome::Failed { failure: WireFailure::Proxy, .. }))
    }

    /// How long to wait before the same call is made again: what the service asked for, and not before the pacing lets
    /// a call go. `None` where neither is known.
    pub fn retry_after(&self) -> Option<Duration> {
        let asked = self.refusal().and_then(ServiceError::retry_after);
        asked.map(RetryAfter::duration).max(self.0.next_turn)
    }

    /// Adds what to do, in the place of what was said before.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self.0.setting = None;
        self
    }

    /// Adds the setting that the hint speaks of.
    #[must_use]
    pub fn with_setting(mut self, setting: impl Into<Option<Setting>>) -> Self {
        self.0.setting = setting.into();
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the attempts that were made.
    #[must_use]
    pub fn after(mut self, attempts: Vec<Attempt>) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Adds how long it takes at least until the pacing lets a call go.
    #[cfg(feature = "client-core")]
    pub(crate) fn with_next_turn(mut self, wait: Option<Duration>) -> Self {
        self.0.next_turn = wait;
        self
    }

    /// The error of a call that starts a job: by no route is it started once more where it may have been started.
    #[cfg(feature = "gateway")]
    pub(crate) fn of_a_start(mut self) -> Self {
        const LOOK: &str = "it may have been started all the same: list the jobs before it is started again";
        self.0.may_have_run = self.is_retryable() && self.0.attempts.iter().any(may_have_run);
        if !self.0.may_have_run {
            return self;
        }
        let hint = self.hint().map_or_else(|| LOOK.to_owned(), |hint| format!("{LOOK}; {hint}"));
        let setting = self.setting();
        self.with_hint(hint).with_setting(setting)
    }

    /// Whether a limit per day is used up, which nobody waits for.
    #[cfg(feature = "client-core")]
    pub(crate) fn is_day_limit(&self) -> bool {
        self.service_error().is_some_and(|error| matches!(classify(error), Outcome::DayLimit))
    }

    /// The same error once more, for one more of those who waited for the same thing. Its cause stays behind.
    #[cfg(feature = "client-core")]
    pub(crate) fn copied(&self) -> Self {
        let inner = &self.0;
        Self(Box::new(Inner {
            kind: inner.kind,
            message: inner.message.clone(),
            hint: inner.hint.clone(),
            setting: inner.setting,
            service_error: inner.service_error.clone(),
            attempts: inner.attempts.clone(),
            search: inner.search.clone(),
            next_turn: inner.next_turn,
            may_have_run: inner.may_have_run,
            source: None,
        }))
    }

    /// The same failure, of a call that was to get credentials, told as that of the search for them. It is one of
    /// credentials only where trying again does not help: a network that is out says nothing about them.
    #[cfg(feature = "client-core")]
    pub(crate) fn of_search(self, message: String) -> Self {
        let is_about_them = !self.is_retryable() && !self.is_of_a_proxy();
        let kind = match self.kind() {
            _ if is_about_them => ErrorKind::Credentials,
            // Not the one that is called refuses, so that no other call need fail by itself.
            ErrorKind::Service => ErrorKind::Network,
            kind => kind,
        };
        let mut error = Self::new(kind, message);
        error.0.hint.clone_from(&self.0.hint);
        error.0.setting = self.0.setting;
        error.0.search = Some(Search {
            refusal: self.0.service_error.clone().filter(|_| !is_about_them),
            attempts: self.0.attempts.clone(),
        });
        error.because(self)
    }

    /// The service's refusal of a call.
    pub fn refused(kind: ErrorKind, operation: &str, service: &Service, error: ServiceError) -> Self {
        let mut refused =
            Self::new(kind, format!("{operation} was refused by {}: {error}", service.host_prefix()));
        refused.0.service_error = Some(error);
        refused
    }

    fn refusal(&self) -> Option<&ServiceError> {
        let of_search = self.0.search.as_ref().and_then(|search| search.refusal.as_ref());
        self.0.service_error.as_ref().or(of_search)
    }
}

/// Whether the service may have done what an attempt asked for, and only its answer is lost.
#[cfg(feature = "gateway")]
fn may_have_run(attempt: &Attempt) -> bool {
    match &attempt.outcome {
        AttemptOutcome::Answered { status, .. } => *status >= 500 && *status != 503,
        AttemptOutcome::Failed { failure, .. } => {
            !matches!(failure, WireFailure::Connect | WireFailure::Proxy)
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("hint", &self.0.hint)
            .field("attempts", &self.attempts())
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<InvalidInput> for Error {
    fn from(error: InvalidInput) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

impl From<Undecodable> for Error {
    fn from(error: Undecodable) -> Self {
        Self::new(ErrorKind::Undecodable, error.to_string())
    }
}

impl From<Unresolved> for Error {
    fn from(error: Unresolved) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

impl From<SignError> for Error {
    fn from(error: SignError) -> Self {
        Self::new(ErrorKind::InvalidInput, error.to_string())
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorKind::Undecodable, error.to_string()).because(error)
    }
}

#[cfg(all(test, feature = "gateway"))]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_not_started_by_the_search_for_credentials() {
        let outcome = AttemptOutcome::Failed { failure: WireFailure::NoResponse, message: "cut".to_owned() };
        let attempts = vec![Attempt { number: 1, outcome, took: Duration::ZERO, wait: None }];
        let failed = || Error::new(ErrorKind::Network, "no answer").after(attempts.clone());
        assert!(!failed().of_a_start().is_retryable());
        let searched = failed().of_search("no credentials".to_owned()).of_a_start();
        assert!(searched.is_retryable() && searched.hint().is_none(), "{searched}");
        assert_eq!(searched.attempts(), attempts);
    }
}
