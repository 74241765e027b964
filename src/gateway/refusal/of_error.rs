//! What a call came to → what its client is told.

use super::{NO_ROOM_FOR_ANSWER, Refusal, RefusalKind, TOO_LONG};
use crate::error::{Error, ErrorKind};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::service_error::ServiceError;
use std::time::Duration;

/// How long to leave a limit per day alone. AWS does not say when its day begins, so nobody is told to wait for all of
/// it.
const DAY_LIMIT: Duration = Duration::from_hours(1);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::InvalidInput => RefusalKind::Invalid,
            ErrorKind::Credentials => RefusalKind::Forbidden,
            ErrorKind::Throttled => RefusalKind::Throttled,
            ErrorKind::Timeout => RefusalKind::Timeout,
            ErrorKind::Network | ErrorKind::Undecodable | ErrorKind::BrokenStream => RefusalKind::Upstream,
            ErrorKind::Service | ErrorKind::InvocationFailed => refused_with(error.status()),
            ErrorKind::File | ErrorKind::Interrupted => RefusalKind::Internal,
        };
        let mut refusal = Self::new(kind, error.to_string());
        refusal.0.request_id = error.request_id().map(str::to_owned);
        refusal.0.retry_after = error.retry_after().filter(|_| error.is_retryable());
        match kind {
            RefusalKind::Invalid if error.service_error().is_some_and(is_too_long) => refusal.code(TOO_LONG),
            RefusalKind::NotFound => refusal.code("model_not_found"),
            RefusalKind::Throttled => refusal.code("rate_limit_exceeded").retry_after(room_in(&error)),
            _ => refusal,
        }
    }
}

impl From<InvalidInput> for Refusal {
    fn from(error: InvalidInput) -> Self {
        Error::from(error).into()
    }
}

/// Whether a model has no room for a prompt. Bedrock has one code for all that is wrong with a request, and each family
/// its own words.
///
/// - <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>
/// - <https://github.com/langchain-ai/langchain/issues/35099>
fn is_too_long(error: &ServiceError) -> bool {
    const WORDS: [&str; 7] = [
        "input is too long",
        "prompt is too long",
        "too many input tokens",
        "input tokens exceed",
        "maximum context length",
        "context length exceeded",
        NO_ROOM_FOR_ANSWER,
    ];
    let message = error.message().to_ascii_lowercase();
    WORDS.iter().any(|words| message.contains(words))
}

/// When there may be room again. The pacing has already waited as long as it may.
fn room_in(error: &Error) -> Duration {
    let least = if error.is_day_limit() { DAY_LIMIT } else { Duration::from_secs(1) };
    error.retry_after().unwrap_or_default().max(least)
}

fn refused_with(status: Option<u16>) -> RefusalKind {
    match status {
        Some(401 | 403) => RefusalKind::Forbidden,
        Some(404) => RefusalKind::NotFound,
        Some(408 | 504) => RefusalKind::Timeout,
        Some(413) => RefusalKind::TooLarge,
        Some(416) => RefusalKind::OutOfRange,
        Some(429) => RefusalKind::Throttled,
        Some(500) => RefusalKind::UpstreamInternal,
        Some(503) => RefusalKind::Unavailable,
        Some(400..=423 | 425..=499) => RefusalKind::Invalid,
        // A model that failed (424), or a redirect, which is a proxy's or a sign-in page's: not the client's mistake.
        _ => RefusalKind::Upstream,
    }
}
