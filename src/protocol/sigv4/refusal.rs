//! Why a server refuses a signature, in AWS's own words.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use crate::protocol::timestamp::amz_date;
use http::StatusCode;
use std::fmt;
use std::time::{Duration, SystemTime};

/// How far a date may be off.
const TOLERANCE: Duration = Duration::from_mins(5);
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
const TOLERANCE_OF_S3: Duration = Duration::from_mins(15);

/// How far a date may be off for a service.
pub(crate) fn tolerance(service: &str) -> Duration {
    if service == "s3" { TOLERANCE_OF_S3 } else { TOLERANCE }
}

/// Why a signature is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// There is none.
    Missing,
    /// It cannot be read.
    Incomplete(String),
    /// The access key id is not known.
    UnknownKey,
    /// The session token is missing or not the one that belongs to the key.
    WrongToken,
    /// The scope names another region.
    WrongRegion {
        /// What the signature is for.
        got: String,
        /// What it should be for.
        expected: String,
    },
    /// The scope names another service.
    WrongService {
        /// What the signature is for.
        got: String,
        /// What it should be for.
        expected: String,
    },
    /// The scope's day is not that of the date.
    WrongDay {
        /// The day in the scope.
        got: String,
        /// The day of the date.
        expected: String,
    },
    /// The date lies too far back.
    Expired {
        /// `x-amz-date` of the request.
        signed: String,
        /// The server's clock.
        now: SystemTime,
    },
    /// The date lies in the future.
    NotYetCurrent {
        /// `x-amz-date` of the request.
        signed: String,
        /// The server's clock.
        now: SystemTime,
    },
    /// A header that must be signed is not.
    UnsignedHeader(String),
    /// The header `x-amz-content-sha256` is not the hash of the body.
    PayloadMismatch,
    /// The signature is not the one that belongs to what arrived.
    Mismatch {
        /// The canonical request that the server made.
        canonical_request: String,
        /// The string to sign that the server made.
        string_to_sign: String,
    },
}

impl Refusal {
    pub(super) fn incomplete(message: impl Into<String>) -> Self {
        Self::Incomplete(message.into())
    }

    /// The HTTP status that AWS answers.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Incomplete(_) | Self::PayloadMismatch => StatusCode::BAD_REQUEST,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// The code, as services with JSON bodies name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::UnknownKey | Self::WrongToken => "UnrecognizedClientException",
            _ => "InvalidSignatureException",
        }
    }

    /// The code, as S3 names it.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
    pub fn s3_code(&self) -> &'static str {
        match self {
            Self::Incomplete(_)
            | Self::WrongRegion { .. }
            | Self::WrongService { .. }
            | Self::WrongDay { .. } => "AuthorizationHeaderMalformed",
            Self::UnknownKey => "InvalidAccessKeyId",
            Self::WrongToken => "InvalidToken",
            Self::Expired { .. } | Self::NotYetCurrent { .. } => "RequestTimeTooSkewed",
            Self::Missing | Self::UnsignedHeader(_) => "AccessDenied",
            Self::PayloadMismatch => "XAmzContentSHA256Mismatch",
            Self::Mismatch { .. } => "SignatureDoesNotMatch",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("Missing Authentication Token"),
            Self::Incomplete(what) => f.write_str(what),
            Self::UnknownKey | Self::WrongToken => {
                f.write_str("The security token included in the request is invalid.")
            }
            Self::WrongRegion { got, expected } => write!(
                f,
                "Credential should be scoped to a valid region. (got '{got}', this endpoint is in '{expected}')"
            ),
            Self::WrongService { got, expected } => {
                write!(f, "Credential should be scoped to correct service: '{expected}'. (got '{got}')")
            }
            Self::WrongDay { got, expected } => write!(
                f,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{got}' != '{expected}'."
            ),
            Self::Expired { signed, now } => write!(
                f,
                "Signature expired: {signed} is now earlier than {} ({} - 5 min.)",
                amz_date(*now - TOLERANCE),
                amz_date(*now)
            ),
            Self::NotYetCurrent { signed, now } => write!(
                f,
                "Signature not yet current: {signed} is still later than {} ({} + 5 min.)",
                amz_date(*now + TOLERANCE),
                amz_date(*now)
            ),
            Self::UnsignedHeader(name) if name == "host" => {
                f.write_str("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
            }
            Self::UnsignedHeader(name) => {
                write!(f, "There were headers present in the request which were not signed: '{name}'.")
            }
            Self::PayloadMismatch => {
                f.write_str("The provided 'x-amz-content-sha256' header does not match what was computed.")
            }
            Self::Mismatch { canonical_request, string_to_sign } => write!(
                f,
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details.\n\nThe \
                 Canonical String for this request should have been\n'{canonical_request}'\n\nThe String-to-Sign \
                 should have been\n'{string_to_sign}'\n"
            ),
        }
    }
}

impl std::error::Error for Refusal {}
