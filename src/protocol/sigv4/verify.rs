//! The server's verdict on a signature, in AWS's own words.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv_troubleshooting.html>

use super::canonical::canonical_request;
use super::claim::{Claim, SignatureLocation};
use super::hash::{sha256_hex, signature};
use crate::protocol::timestamp::{amz_date, parse_amz_date};
use aws_credential_types::Credentials;
use http::{Request, StatusCode};
use std::fmt;
use std::time::{Duration, SystemTime};

/// How far a date may be off.
const TOLERANCE: Duration = Duration::from_secs(300);

/// What the server knows: the time, the keys, and what a signature must be for.
pub struct Verifier<'a> {
    /// The server's clock.
    pub now: SystemTime,
    /// The credentials of an access key id.
    pub credentials: &'a dyn Fn(&str) -> Option<Credentials>,
    /// The only region that is accepted, where there is one.
    pub region: Option<&'a str>,
    /// The only services that are accepted; empty accepts any.
    pub services: &'a [&'a str],
}

/// A signature that is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it claims.
    pub claim: Claim,
    /// The canonical request that it signs.
    pub canonical_request: String,
    /// The string that was signed.
    pub string_to_sign: String,
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

impl Verifier<'_> {
    /// Verifies header and query signatures alike.
    pub fn verify<B: AsRef<[u8]>>(&self, request: &Request<B>) -> Result<Verified, Refusal> {
        let claim = Claim::read(request)?;
        let credentials = (self.credentials)(&claim.access_key_id).ok_or(Refusal::UnknownKey)?;
        self.check_token(request, &credentials)?;
        self.check_scope(&claim)?;
        self.check_date(&claim)?;
        check_signed_headers(request, &claim)?;
        let canonical_request = canonical_request(request, &claim);
        let string_to_sign = claim.string_to_sign(&canonical_request);
        let expected = signature(
            credentials.secret_access_key(),
            &claim.date,
            &claim.region,
            &claim.service,
            &string_to_sign,
        );
        if expected != claim.signature {
            return Err(Refusal::Mismatch { canonical_request, string_to_sign });
        }
        check_payload(request, &claim)?;
        Ok(Verified { claim, canonical_request, string_to_sign })
    }

    fn check_token<B>(&self, request: &Request<B>, credentials: &Credentials) -> Result<(), Refusal> {
        let in_header =
            request.headers().get("x-amz-security-token").and_then(|v| v.to_str().ok()).map(str::to_owned);
        let given = in_header.or_else(|| {
            let query = request.uri().query().unwrap_or_default();
            let mut pairs = super::canonical::query_pairs(query).into_iter();
            pairs.find(|(name, _)| name == "X-Amz-Security-Token").map(|(_, value)| value)
        });
        if given.as_deref().map(str::trim) == credentials.session_token() {
            return Ok(());
        }
        Err(Refusal::WrongToken)
    }

    fn check_scope(&self, claim: &Claim) -> Result<(), Refusal> {
        if let Some(expected) = self.region.filter(|region| *region != claim.region) {
            return Err(Refusal::WrongRegion { got: claim.region.clone(), expected: expected.to_owned() });
        }
        if !self.services.is_empty() && !self.services.contains(&claim.service.as_str()) {
            let expected = self.services.join(" or ");
            return Err(Refusal::WrongService { got: claim.service.clone(), expected });
        }
        let day = &claim.amz_date[..8.min(claim.amz_date.len())];
        if day != claim.date {
            return Err(Refusal::WrongDay { got: claim.date.clone(), expected: day.to_owned() });
        }
        Ok(())
    }

    fn check_date(&self, claim: &Claim) -> Result<(), Refusal> {
        let signed = claim.amz_date.clone();
        let now = self.now;
        let Some(date) = parse_amz_date(&signed) else {
            return Err(Refusal::incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{signed}'."
            )));
        };
        let lifetime = match claim.location {
            SignatureLocation::Header => TOLERANCE,
            SignatureLocation::Query { expires_seconds } => Duration::from_secs(expires_seconds.into()),
        };
        if now.duration_since(date).is_ok_and(|age| age > lifetime) {
            return Err(Refusal::Expired { signed, now });
        }
        if date.duration_since(now).is_ok_and(|ahead| ahead > TOLERANCE) {
            return Err(Refusal::NotYetCurrent { signed, now });
        }
        Ok(())
    }
}

/// `host` and every `x-amz-*` header must be signed.
fn check_signed_headers<B>(request: &Request<B>, claim: &Claim) -> Result<(), Refusal> {
    let is_signed = |name: &str| claim.signed_headers.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    if !is_signed("host") {
        return Err(Refusal::UnsignedHeader("host".to_owned()));
    }
    let unsigned = request
        .headers()
        .keys()
        .find(|name| name.as_str().starts_with("x-amz-") && !is_signed(name.as_str()));
    unsigned.map_or(Ok(()), |name| Err(Refusal::UnsignedHeader(name.to_string())))
}

/// S3 signs a header with the hash; the body must have that hash.
fn check_payload<B: AsRef<[u8]>>(request: &Request<B>, claim: &Claim) -> Result<(), Refusal> {
    let Some(named) = request.headers().get("x-amz-content-sha256").and_then(|v| v.to_str().ok()) else {
        if claim.service == "s3" && claim.location == SignatureLocation::Header {
            return Err(Refusal::UnsignedHeader("x-amz-content-sha256".to_owned()));
        }
        return Ok(());
    };
    let is_hash = named.len() == 64 && named.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hash && named != sha256_hex(request.body().as_ref()) {
        return Err(Refusal::PayloadMismatch);
    }
    Ok(())
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
            Self::Missing => "AccessDenied",
            Self::Incomplete(_)
            | Self::WrongRegion { .. }
            | Self::WrongService { .. }
            | Self::WrongDay { .. } => "AuthorizationHeaderMalformed",
            Self::UnknownKey => "InvalidAccessKeyId",
            Self::WrongToken => "InvalidToken",
            Self::Expired { .. } | Self::NotYetCurrent { .. } => "RequestTimeTooSkewed",
            Self::UnsignedHeader(_) => "AccessDenied",
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
