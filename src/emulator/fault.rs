//! Which fault hits a request: counted and drawn, one counter a fault.

use super::hits::Hits;
use super::options::Faults;
use super::random::Random;
use super::refused::{Dialect, Refused};
use super::stream_options::StreamFaults;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use http::StatusCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// The faults of one emulator, with their counters.
pub(super) struct FaultPlan {
    faults: Faults,
    expired_token: Counter,
    throttle: Counter,
    error: Counter,
    cut: Counter,
    truncate: Counter,
    stream: Counter,
}

#[derive(Default)]
struct Counter(AtomicU64);

impl Counter {
    fn hits(&self, hits: &Hits, random: &Random) -> bool {
        let seen = self.0.fetch_add(1, Ordering::Relaxed);
        let in_a_row = seen >= hits.after && seen - hits.after < hits.first;
        in_a_row || random.chance(hits.rate)
    }
}

impl FaultPlan {
    pub(super) fn new(faults: Faults) -> Self {
        Self {
            faults,
            expired_token: Counter::default(),
            throttle: Counter::default(),
            error: Counter::default(),
            cut: Counter::default(),
            truncate: Counter::default(),
            stream: Counter::default(),
        }
    }

    /// A refusal in place of an answer, for a request that is signed rightly, with the name of the fault.
    pub(super) fn refuse(&self, random: &Random, dialect: Dialect) -> Option<(&'static str, Refused)> {
        let faults = &self.faults;
        if self.expired_token.hits(&faults.expired_token, random) {
            let refused = Refused::at_the_door(
                StatusCode::FORBIDDEN,
                "ExpiredTokenException",
                "The security token included in the request is expired",
            );
            let refused = match dialect {
                Dialect::Bedrock => refused,
                Dialect::S3 => refused.with_code("ExpiredToken", StatusCode::BAD_REQUEST),
                Dialect::Sts => refused.with_code("ExpiredToken", StatusCode::FORBIDDEN),
            };
            return Some(("expired token", refused));
        }
        if self.throttle.hits(&faults.throttle, random) {
            return Some(("throttled", self.throttled(dialect)));
        }
        if self.error.hits(&faults.error, random) {
            let status = faults.error_status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return Some(("error", failed(status, dialect).with_retry_after(faults.retry_after)));
        }
        None
    }

    /// Too many requests, in the service's own words.
    pub(super) fn throttled(&self, dialect: Dialect) -> Refused {
        let (status, code, message) = match dialect {
            Dialect::Bedrock => (
                StatusCode::TOO_MANY_REQUESTS,
                "ThrottlingException",
                "Too many requests, please wait before trying again.",
            ),
            Dialect::S3 => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate."),
            Dialect::Sts => (StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
        };
        Refused::service(status, code, message).with_retry_after(self.faults.retry_after)
    }

    /// Whether the connection is cut in place of an answer.
    pub(super) fn cuts(&self, random: &Random) -> bool {
        self.cut.hits(&self.faults.cut, random)
    }

    /// What goes wrong inside the next stream, where anything does.
    pub(super) fn in_stream(&self, random: &Random) -> Option<StreamFaults> {
        let faults = &self.faults.stream;
        (faults.is_any() && self.stream.hits(&faults.hits, random)).then(|| faults.clone())
    }

    /// Whether the body of a successful answer is cut in the middle.
    pub(super) fn truncates(&self, random: &Random) -> bool {
        self.truncate.hits(&self.faults.truncate, random)
    }
}

/// The first half of a body that announces all of it; a stream never says how long it will be.
pub(super) fn half(whole: &Bytes, is_announced: bool) -> Body {
    let length = whole.len() as u64;
    let cut = TransportError::new(
        WireFailure::CutBody,
        format!("the emulator cut the body after {} of {length} bytes, as it was asked to", whole.len() / 2),
    );
    Body::stream(
        futures_util::stream::iter([Ok(whole.slice(..whole.len() / 2)), Err(cut)]),
        is_announced.then_some(length),
    )
}

/// The service's own failure, with the code that belongs to the status.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html#API_runtime_InvokeModel_Errors>
fn failed(status: StatusCode, dialect: Dialect) -> Refused {
    let (code, message) = match (status.as_u16(), dialect) {
        (502 | 504, _) => return Refused::on_the_way(status),
        (503, Dialect::S3) => ("ServiceUnavailable", "Please reduce your request rate."),
        (_, Dialect::S3) => ("InternalError", "We encountered an internal error. Please try again."),
        (503, Dialect::Sts) => {
            ("ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
        }
        (_, Dialect::Sts) => {
            let message = "The request processing has failed because of an unknown error.";
            let status = if status.is_server_error() { status } else { StatusCode::INTERNAL_SERVER_ERROR };
            return Refused::service(status, "InternalFailure", message);
        }
        (408, _) => ("ModelTimeoutException", "Model request timed out. Try your request again."),
        (424, _) => {
            ("ModelErrorException", "The model returned the following errors: the model failed on its side.")
        }
        (429, _) => ("ModelNotReadyException", "Model is not ready for inference. Please try again later."),
        (503, _) => ("ServiceUnavailableException", "Bedrock is unable to process your request."),
        _ => (
            "InternalServerException",
            "The system encountered an unexpected error during processing. Try your request again.",
        ),
    };
    Refused::service(status, code, message)
}
