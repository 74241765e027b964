//! Who asks, and whether the signature holds: the server's view alone, never the code that signs.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use super::host::Host;
use super::options::EmulatorOptions;
use super::query;
use super::refused::{Dialect, Refused};
use super::sts;
use crate::protocol::api_key::presigned;
use crate::protocol::sigv4::verify::{Refusal, Verifier};
use crate::protocol::sigv4::{Claim, SignatureLocation, tolerance};
use crate::protocol::timestamp::{iso_8601, parse_amz_date};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use std::time::{Duration, SystemTime};

/// The services that answer, by their names in a credential scope.
const SERVICES: [&str; 3] = ["bedrock", "s3", "sts"];

/// The region of a caller with a long-term key, where neither the host nor an option names one.
const REGION: &str = "us-west-2";

const ONLY_VERSION_4: &str =
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";

/// Who was let in: for which service and region.
pub(super) struct Caller {
    pub(super) service: String,
    pub(super) region: String,
}

/// Lets in whose signature is right, and who has an API key.
pub(super) fn authenticate(
    request: &Request<Bytes>,
    host: &Host,
    options: &EmulatorOptions,
    now: SystemTime,
) -> Result<Caller, Refused> {
    let dialect = dialect(request, host);
    if is_of_version_2(request) {
        return Err(Refused::at_the_door(StatusCode::BAD_REQUEST, "InvalidRequest", ONLY_VERSION_4));
    }
    if let (Some(key), Dialect::Bedrock) = (bearer_key(request), dialect) {
        return by_api_key(key, host, options, now);
    }
    if dialect == Dialect::Sts && Claim::read(request).is_err() {
        sts::check_action(request.body())?;
    }
    let host_service = host.service.map(|service| [service]);
    let services = host_service.as_ref().map_or(&SERVICES[..], |service| &service[..]);
    let verified = verified(request, services, host, options, now);
    verified.map_err(|refusal| refused(&refusal, dialect, presigned_for(request)))
}

fn verified(
    request: &Request<Bytes>,
    services: &[&str],
    host: &Host,
    options: &EmulatorOptions,
    now: SystemTime,
) -> Result<Caller, Refusal> {
    let credentials =
        |key: &str| options.credentials.iter().find(|known| known.access_key_id() == key).cloned();
    let region = host.region.as_deref().or(options.only_region.as_deref());
    let claim = Verifier { now, credentials: &credentials, region, services }.verify(request)?.claim;
    match &options.only_region {
        Some(only) if *only != claim.region => {
            Err(Refusal::WrongRegion { got: claim.region, expected: only.clone() })
        }
        _ => Ok(Caller { service: claim.service, region: claim.region }),
    }
}

/// Whether a request for S3 has a signature of the version before: boto3 presigns so where it is told no version.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingAWSSDK.html#UsingAWSSDK-sig2-deprecation>
fn is_of_version_2(request: &Request<Bytes>) -> bool {
    let in_header = || request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("AWS ");
    let pairs = query::pairs(request.uri().query().unwrap_or_default());
    let has = |name| query::value(&pairs, name).is_some();
    in_header().is_some() || has("AWSAccessKeyId") && has("Signature")
}

fn bearer_key(request: &Request<Bytes>) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// A long-term key is known or not; a short-term one has the signature of its maker in it, and holds in its region.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html>
fn by_api_key(key: &str, host: &Host, options: &EmulatorOptions, now: SystemTime) -> Result<Caller, Refused> {
    if options.api_keys.iter().any(|known| known.reveal() == key) {
        let region = host.region.as_deref().or(options.only_region.as_deref()).unwrap_or(REGION);
        return Ok(Caller { service: "bedrock".to_owned(), region: region.to_owned() });
    }
    let refuse = |message| Refused::at_the_door(StatusCode::FORBIDDEN, "AccessDeniedException", message);
    let unknown = "Authentication failed: Please make sure your API Key is valid.";
    let request = presigned(key).map_err(|_| refuse(unknown))?;
    verified(&request, &["bedrock"], host, options, now).map_err(|refusal| match refusal {
        Refusal::Expired { .. } => refuse("Bearer Token has expired"),
        _ => refuse(unknown),
    })
}

/// Whose words a refusal is written in: the host decides where it is AWS's, else the scope as it is claimed.
pub(super) fn dialect(request: &Request<Bytes>, host: &Host) -> Dialect {
    let claimed = || Claim::read(request).ok().map(|claim| claim.service);
    let unclaimed = || match bearer_key(request) {
        Some(_) => None,
        None if is_of_version_2(request) => Some("s3".to_owned()),
        None if sts::is_unsigned_call(request) => Some("sts".to_owned()),
        // A name below localhost may be a bucket's, or the emulator's own.
        None => host.bucket.as_ref().map(|_| "s3".to_owned()),
    };
    let service = host.service.map(str::to_owned).or_else(claimed).or_else(unclaimed);
    match service.as_deref() {
        Some("s3") => Dialect::S3,
        Some("sts") => Dialect::Sts,
        _ => Dialect::Bedrock,
    }
}

/// How long a presigned URL lives.
fn presigned_for(request: &Request<Bytes>) -> Option<Duration> {
    match Claim::read(request).ok()?.location {
        SignatureLocation::Query { expires_seconds } => Some(Duration::from_secs(expires_seconds.into())),
        SignatureLocation::Header => None,
    }
}

fn refused(refusal: &Refusal, dialect: Dialect, presigned_for: Option<Duration>) -> Refused {
    match dialect {
        Dialect::Bedrock => Refused::at_the_door(refusal.status(), refusal.code(), refusal.to_string()),
        Dialect::S3 => refused_by_s3(refusal, presigned_for),
        Dialect::Sts => Refused::at_the_door(refusal.status(), sts_code(refusal), refusal.to_string()),
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
fn sts_code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Missing => "MissingAuthenticationToken",
        Refusal::Incomplete(_) => "IncompleteSignature",
        Refusal::UnknownKey | Refusal::WrongToken => "InvalidClientTokenId",
        _ => "SignatureDoesNotMatch",
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
fn refused_by_s3(refusal: &Refusal, presigned_for: Option<Duration>) -> Refused {
    let refuse = |status: StatusCode, message: &str| Refused::at_the_door(status, refusal.s3_code(), message);
    match refusal {
        Refusal::Expired { signed, now } if presigned_for.is_some() => {
            let lifetime = presigned_for.unwrap_or_default();
            let end = parse_amz_date(signed).and_then(|signed| signed.checked_add(lifetime)).unwrap_or(*now);
            refuse(StatusCode::FORBIDDEN, "Request has expired")
                .with_code("AccessDenied", StatusCode::FORBIDDEN)
                .with_element("X-Amz-Expires", lifetime.as_secs().to_string())
                .with_element("Expires", iso_8601(end))
                .with_element("ServerTime", iso_8601(*now))
        }
        Refusal::Expired { signed, now } | Refusal::NotYetCurrent { signed, now } => refuse(
            StatusCode::FORBIDDEN,
            "The difference between the request time and the current time is too large.",
        )
        .with_element("RequestTime", signed)
        .with_element("ServerTime", iso_8601(*now))
        .with_element("MaxAllowedSkewMilliseconds", tolerance("s3").as_millis().to_string()),
        Refusal::WrongRegion { .. } | Refusal::WrongService { .. } | Refusal::WrongDay { .. } => {
            refuse(StatusCode::BAD_REQUEST, &format!("The authorization header is malformed; {refusal}"))
        }
        Refusal::WrongToken => {
            refuse(StatusCode::BAD_REQUEST, "The provided token is malformed or otherwise invalid.")
        }
        Refusal::UnknownKey => refuse(
            StatusCode::FORBIDDEN,
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Refusal::Mismatch { canonical_request, string_to_sign } => refuse(
            StatusCode::FORBIDDEN,
            "The request signature we calculated does not match the signature you provided. Check your key and \
             signing method.",
        )
        .with_element("StringToSign", string_to_sign)
        .with_element("CanonicalRequest", canonical_request),
        other => refuse(other.status(), &other.to_string()),
    }
}
