//! The server's verdict on a signature: it rebuilds what was signed and computes the signature again.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use super::canonical::{AUTHORITY, canonical_request};
use super::claim::{Claim, SignatureLocation};
use super::hash::{sha256_hex, signature};
use super::query::query_pairs;
use super::refusal::tolerance;
use crate::protocol::timestamp::parse_amz_date;
use aws_credential_types::Credentials;
use http::Request;
use std::time::{Duration, SystemTime};

pub use super::refusal::Refusal;

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
#[non_exhaustive]
pub struct Verified {
    /// What it claims.
    pub claim: Claim,
    /// The canonical request that it signs.
    pub canonical_request: String,
    /// The string that was signed.
    pub string_to_sign: String,
}

impl Verifier<'_> {
    /// Verifies header and query signatures alike.
    pub fn verify<B: AsRef<[u8]>>(&self, request: &Request<B>) -> Result<Verified, Refusal> {
        let claim = Claim::read(request)?;
        let credentials = (self.credentials)(&claim.access_key_id).ok_or(Refusal::UnknownKey)?;
        check_token(request, &credentials)?;
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
            SignatureLocation::Header => tolerance(&claim.service),
            SignatureLocation::Query { expires_seconds } => Duration::from_secs(expires_seconds.into()),
        };
        if now.duration_since(date).is_ok_and(|age| age > lifetime) {
            return Err(Refusal::Expired { signed, now });
        }
        if date.duration_since(now).is_ok_and(|ahead| ahead > tolerance(&claim.service)) {
            return Err(Refusal::NotYetCurrent { signed, now });
        }
        Ok(())
    }
}

/// The session token, in its header or in the query, is the one that belongs to the key.
fn check_token<B>(request: &Request<B>, credentials: &Credentials) -> Result<(), Refusal> {
    let in_header =
        request.headers().get("x-amz-security-token").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let given = in_header.or_else(|| {
        let query = request.uri().query().unwrap_or_default();
        let mut pairs = query_pairs(query).into_iter();
        pairs.find(|(name, _)| name == "X-Amz-Security-Token").map(|(_, value)| value)
    });
    if given.as_deref().map(str::trim) == credentials.session_token() {
        return Ok(());
    }
    Err(Refusal::WrongToken)
}

/// The host, under either of its names, and every `x-amz-*` header must be signed.
fn check_signed_headers<B>(request: &Request<B>, claim: &Claim) -> Result<(), Refusal> {
    let is_signed = |name: &str| claim.signed_headers.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    if !is_signed("host") && !is_signed(AUTHORITY) {
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
