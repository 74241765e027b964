//! What one attempt came to. Every variant's doc says what retry does with it.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>

use super::service_error::ServiceError;
use http::StatusCode;
use std::fmt;
use std::time::SystemTime;

/// What one attempt came to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The service answered. The loop ends.
    Success,
    /// Too many requests or tokens a minute: retried with delays from 1 s, until the call's time is up.
    Throttled,
    /// A limit per day: not retried, since waiting for tomorrow is no retry.
    DayLimit,
    /// ModelNotReadyException, a model that is being loaded: retried with short delays, at most 5 attempts.
    NotReady,
    /// The service failed on its side (5xx, RequestTimeout), or the model in its stream, of which nothing was delivered
    /// yet: retried with delays from 50 ms, paid from the quota.
    Transient,
    /// The exchange failed on the way: retried like `Transient`, if the request may be repeated or surely was not
    /// answered.
    Wire(WireFailure),
    /// The model took longer than the service waits: retried once, since the same request mostly takes as long.
    ModelTimeout,
    /// The date was refused: retried once, at once, with the server's clock.
    ClockSkew {
        /// The server's clock.
        server_time: SystemTime,
    },
    /// The session token has expired: retried once, at once, with fresh credentials.
    ExpiredCredentials,
    /// Credentials that the service does not know or accept: not retried.
    BadCredentials,
    /// Everything else that the service refuses (validation, access, not found, conflict): not retried.
    Refused,
}

/// How an exchange failed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireFailure {
    /// No connection: a name that does not resolve, a port that is closed. Nothing was sent.
    Connect,
    /// TLS refused: retrying would not change the certificate.
    Tls,
    /// The proxy wants a password, or another one, or its own certificate is refused: retrying would change neither,
    /// and a wrong password that is sent again and again locks an account. Nothing was sent.
    Proxy,
    /// The connection broke before a response began.
    NoResponse,
    /// The body ended before its announced length, or the connection broke in it.
    CutBody,
    /// No response, or no next byte, in the time allowed.
    Timeout,
    /// The body is longer than what is kept in memory.
    TooLarge,
    /// The request was refused before it was sent.
    NotSent,
    /// A replay has no such exchange.
    NoFixture,
}

impl WireFailure {
    /// Whether sending once more can help.
    fn is_transient(self) -> bool {
        match self {
            Self::Connect | Self::NoResponse | Self::CutBody | Self::Timeout => true,
            Self::Tls | Self::Proxy | Self::TooLarge | Self::NotSent | Self::NoFixture => false,
        }
    }

    /// Whether the request surely did not reach the service, or no byte of an answer came.
    fn before_any_answer(self) -> bool {
        matches!(self, Self::Connect | Self::NoResponse)
    }

    /// Whether a request that must not run twice may be sent again after it, too.
    pub(crate) fn allows_retry(self, repeatable: bool) -> bool {
        self.is_transient() && (repeatable || self.before_any_answer())
    }
}

impl fmt::Display for WireFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection",
            Self::Tls => "TLS refused",
            Self::Proxy => "refused by the proxy",
            Self::NoResponse => "connection broken before a response",
            Self::CutBody => "body cut",
            Self::Timeout => "timeout",
            Self::TooLarge => "body too large",
            Self::NotSent => "not sent",
            Self::NoFixture => "no such fixture",
        })
    }
}

/// Codes that mean throttling at any status, as botocore lists them.
const THROTTLING: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

/// Classifies a refusal: by code first, then by status, and by text only where neither tells. An API key is refused
/// with the code of one who may not do it.
pub fn classify(error: &ServiceError) -> Outcome {
    let code = error.code().unwrap_or("");
    match code {
        "ModelNotReadyException" => return Outcome::NotReady,
        "ModelTimeoutException" => return Outcome::ModelTimeout,
        // The latter two are STS's, with status 400: the identity provider did not answer it. "Retry the request."
        "RequestTimeout"
        | "RequestTimeoutException"
        | "IDPCommunicationError"
        | "IDPCommunicationErrorException" => return Outcome::Transient,
        // The date was refused, or the signature was: the former has the server's clock in its message.
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "RequestInTheFuture"
        | "SignatureExpired" => return refused_signature(code, error),
        "ExpiredTokenException" | "ExpiredToken" => return Outcome::ExpiredCredentials,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "IncompleteSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationTokenException"
        | "MissingAuthenticationToken" => return Outcome::BadCredentials,
        "AccessDeniedException" if error.message().contains("make sure your API Key is valid") => {
            return Outcome::BadCredentials;
        }
        "AccessDeniedException" if error.message().contains("Bearer Token has expired") => {
            return Outcome::ExpiredCredentials;
        }
        // The model behind the service failed; its own status says whether it may recover.
        "ModelErrorException" if error.original_status().is_some_and(|status| status >= 500) => {
            return Outcome::Transient;
        }
        // So the documentation: "Retry your request." Where the model says that the request is at fault, it stays so.
        "ModelStreamErrorException" if error.original_status().is_none_or(|status| status >= 500) => {
            return Outcome::Transient;
        }
        _ => {}
    }
    let throttled = error.status() == StatusCode::TOO_MANY_REQUESTS
        || THROTTLING.contains(&code)
        // Seen on real Bedrock: 503 ServiceUnavailableException "Model is getting throttled. Try your request again."
        || (error.status() == StatusCode::SERVICE_UNAVAILABLE && error.message().contains("throttled"));
    if throttled {
        let per_day = error.message().to_ascii_lowercase().contains("per day");
        return if per_day { Outcome::DayLimit } else { Outcome::Throttled };
    }
    match error.status().as_u16() {
        500 | 502 | 503 | 504 => Outcome::Transient,
        _ => Outcome::Refused,
    }
}

fn refused_signature(code: &str, error: &ServiceError) -> Outcome {
    let about_the_date =
        matches!(code, "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" | "SignatureExpired")
            || error.message().starts_with("Signature expired")
            || error.message().starts_with("Signature not yet current");
    match error.server_time() {
        Some(server_time) if about_the_date => Outcome::ClockSkew { server_time },
        _ => Outcome::BadCredentials,
    }
}
