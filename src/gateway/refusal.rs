//! What is refused, and how each API says so.

mod of_error;

use super::response;
use super::shape::Shape;
use crate::protocol::outcome::WireFailure;
use crate::protocol::request_id::REQUEST_ID;
use crate::transport::{Body, TransportError};
use http::header::{ALLOW, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::time::Duration;

/// The code for a prompt that a model has no room for. OpenAI's clients compact their chats where they see it.
const TOO_LONG: &str = "context_length_exceeded";
/// How the message of such a refusal begins for Anthropic's, which have no code to look at.
const TOO_LONG_FOR_ANTHROPIC: &str = "prompt is too long";
/// What these do something else about: they ask for a shorter answer.
const NO_ROOM_FOR_ANSWER: &str = "exceed context limit";

/// Why there is no answer, in no API's words.
#[derive(Clone, Debug)]
pub(super) struct Refusal(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: RefusalKind,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
    details: Option<Value>,
    retry_after: Option<Duration>,
    /// Bedrock's.
    request_id: Option<String>,
    /// The gateway's own, of the request that is refused.
    own_id: Option<String>,
    /// A header that belongs to the status.
    header: Option<(HeaderName, String)>,
}

/// What kind of refusal: it decides status and type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// 400: the request itself.
    Invalid,
    /// 401: no key, or a wrong one.
    Unauthenticated,
    /// 403: the key, or the gateway's own credentials, may not.
    Forbidden,
    /// 404: no such model, job or path.
    NotFound,
    /// 405: no such method on this path.
    WrongMethod,
    /// 408: the body did not arrive in time.
    TooSlow,
    /// 413: the body is too long.
    TooLarge,
    /// 415: the body is of another type.
    WrongType,
    /// 416: no byte of the range that is asked for is there.
    OutOfRange,
    /// 429: too much at once, or Bedrock's quota.
    Throttled,
    /// 500: the gateway's own fault.
    Internal,
    /// 500: Bedrock's own fault, as Bedrock says.
    UpstreamInternal,
    /// 502: no answer of Bedrock, or one that cannot be read.
    Upstream,
    /// 503: Bedrock is not available, or the server has no room for more.
    Unavailable,
    /// 503: the gateway stops.
    Shutdown,
    /// 504: no answer in time.
    Timeout,
}

impl RefusalKind {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Invalid => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OutOfRange => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal | Self::UpstreamInternal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Upstream => StatusCode::BAD_GATEWAY,
            Self::Unavailable | Self::Shutdown => StatusCode::SERVICE_UNAVAILABLE,
            Self::Timeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The name in log and metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::WrongMethod => "wrong_method",
            Self::TooSlow => "too_slow",
            Self::TooLarge => "too_large",
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::Throttled => "throttled",
            Self::Internal => "internal",
            // Who reads the log looks for the difference between the gateway and what is behind it.
            Self::Upstream | Self::UpstreamInternal => "upstream",
            Self::Unavailable => "unavailable",
            Self::Shutdown => "shutdown",
            Self::Timeout => "timeout",
        }
    }

    /// <https://platform.openai.com/docs/guides/error-codes>
    fn openai_type(self) -> &'static str {
        match self {
            Self::Unauthenticated => "authentication_error",
            Self::Forbidden => "permission_error",
            Self::Throttled => "rate_limit_error",
            Self::Internal | Self::UpstreamInternal | Self::Upstream | Self::Unavailable | Self::Shutdown => {
                "server_error"
            }
            Self::Timeout => "timeout_error",
            _ => "invalid_request_error",
        }
    }

    /// <https://docs.anthropic.com/en/api/errors>
    fn anthropic_type(self) -> &'static str {
        match self {
            Self::Unauthenticated => "authentication_error",
            Self::Forbidden => "permission_error",
            Self::NotFound => "not_found_error",
            Self::TooLarge => "request_too_large",
            Self::Throttled => "rate_limit_error",
            Self::Unavailable | Self::Shutdown => "overloaded_error",
            Self::Timeout => "timeout_error",
            Self::Internal | Self::UpstreamInternal | Self::Upstream => "api_error",
            _ => "invalid_request_error",
        }
    }

    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>
    fn bedrock_type(self) -> &'static str {
        match self {
            Self::Unauthenticated | Self::Forbidden => "AccessDeniedException",
            Self::NotFound => "ResourceNotFoundException",
            Self::Throttled => "ThrottlingException",
            Self::Internal | Self::UpstreamInternal | Self::Upstream => "InternalServerException",
            Self::Unavailable | Self::Shutdown => "ServiceUnavailableException",
            Self::Timeout => "ModelTimeoutException",
            _ => "ValidationException",
        }
    }
}

impl Refusal {
    pub(super) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            param: None,
            code: None,
            details: None,
            retry_after: None,
            request_id: None,
            own_id: None,
            header: None,
        }))
    }

    /// A request that cannot be served as it is.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, message)
    }

    /// A field that cannot be served as it is: `messages[2].content[0].image_url`. The message names it, too.
    pub(super) fn field(param: impl Into<String>, problem: &str) -> Self {
        let param = param.into();
        Self::invalid(format!("{param} {problem}")).at(param)
    }

    pub(super) fn wrong_method(method: &Method, path: &str, allowed: &[Method]) -> Self {
        let allowed: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        let allowed = allowed.join(", ");
        let message = format!("{path} takes {allowed}, not {method}");
        Self::new(RefusalKind::WrongMethod, message).header(ALLOW, allowed)
    }

    /// A request that was under way when the gateway's time was over.
    pub(super) fn cut() -> Self {
        let message = "the gateway is shutting down and did not wait for this answer; ask again";
        Self::new(RefusalKind::Shutdown, message)
    }

    /// A request that could not even be read.
    pub(super) fn unread(status: StatusCode, message: &str) -> Self {
        let kind = match status {
            StatusCode::REQUEST_TIMEOUT => RefusalKind::TooSlow,
            StatusCode::PAYLOAD_TOO_LARGE => RefusalKind::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE => RefusalKind::Unavailable,
            _ => RefusalKind::Invalid,
        };
        Self::new(kind, message)
    }

    /// A body that did not come whole.
    pub(super) fn unreadable(error: &TransportError) -> Self {
        let kind = match error.failure() {
            WireFailure::TooLarge => RefusalKind::TooLarge,
            WireFailure::Timeout => RefusalKind::TooSlow,
            _ => RefusalKind::Invalid,
        };
        Self::new(kind, format!("the body cannot be read: {error}"))
    }

    /// The field that is wrong.
    #[must_use]
    pub(super) fn at(mut self, param: impl Into<String>) -> Self {
        self.0.param = Some(param.into());
        self
    }

    /// The code that OpenAI's clients look at: `model_not_found`.
    #[must_use]
    pub(super) fn code(mut self, code: &'static str) -> Self {
        self.0.code = Some(code);
        self
    }

    /// What Anthropic's clients act on by themselves: an object with an `error_code`.
    #[must_use]
    pub(super) fn details(mut self, details: Value) -> Self {
        self.0.details = Some(details);
        self
    }

    /// A header that belongs to the status.
    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// When to try again.
    #[must_use]
    pub(super) fn retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// The request that is refused.
    #[must_use]
    pub(super) fn of_request(mut self, id: &str) -> Self {
        self.0.own_id = Some(id.to_owned());
        self
    }

    pub(super) fn kind(&self) -> RefusalKind {
        self.0.kind
    }

    /// The code that OpenAI's clients look at.
    pub(super) fn error_code(&self) -> Option<&'static str> {
        self.0.code
    }

    pub(super) fn message(&self) -> &str {
        &self.0.message
    }

    /// The error document of an API: the body of a refusal, and the last event of a stream that breaks.
    pub(super) fn document(&self, shape: Shape) -> Value {
        match shape {
            Shape::OpenAi => json!({ "error": {
                "message": self.0.message,
                "type": self.0.kind.openai_type(),
                "param": self.0.param,
                "code": self.0.code,
            } }),
            Shape::Anthropic => {
                let mut error =
                    json!({ "type": self.0.kind.anthropic_type(), "message": self.anthropic_message() });
                if let Some(details) = &self.0.details {
                    error["details"] = details.clone();
                }
                // The id is the same as in the header: https://docs.claude.com/en/api/errors#request-id
                json!({ "type": "error", "error": error, "request_id": self.0.own_id })
            }
            Shape::Bedrock => json!({ "message": self.0.message }),
        }
    }

    fn anthropic_message(&self) -> Cow<'_, str> {
        let message = self.message();
        if self.0.code == Some(TOO_LONG) && !message.contains(NO_ROOM_FOR_ANSWER) {
            return format!("{TOO_LONG_FOR_ANTHROPIC}: {message}").into();
        }
        message.into()
    }

    /// The whole answer in the shape of an API.
    pub(super) fn answer(&self, shape: Shape) -> Response<Body> {
        let mut answer = response::json(self.document(shape).to_string());
        *answer.status_mut() = self.0.kind.status();
        let headers = answer.headers_mut();
        let mut insert = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        if let Some(after) = self.0.retry_after {
            // Whole seconds, and never 0: that would be at once.
            let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
            insert(RETRY_AFTER, &seconds.max(1).to_string());
        }
        if let Some((name, value)) = &self.0.header {
            insert(name.clone(), value);
        }
        if let Some(id) = &self.0.request_id {
            insert(REQUEST_ID, id);
        }
        match shape {
            Shape::Bedrock => insert(HeaderName::from_static("x-amzn-errortype"), self.0.kind.bedrock_type()),
            Shape::OpenAi | Shape::Anthropic => {}
        }
        answer
    }
}
