//! Who asks, and whether the signature holds: the server's view alone, never the code that signs.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use super::host::Host;
use super::options::EmulatorOptions;
use super::refused::{Dialect, Refused};
use crate::protocol::sigv4::verify::{Refusal, Verifier};
use crate::protocol::sigv4::{Claim, SignatureLocation};
use bytes::Bytes;
use http::{Request, StatusCode};
use std::time::SystemTime;

/// The services that answer, by their names in a credential scope.
const SERVICES: [&str; 2] = ["bedrock", "s3"];

/// The claim of a request whose signature is right.
pub(super) fn authenticate(
    request: &Request<Bytes>,
    host: &Host,
    options: &EmulatorOptions,
    now: SystemTime,
) -> Result<Claim, Refused> {
    let credentials =
        |key: &str| options.credentials.iter().find(|known| known.access_key_id() == key).cloned();
    let host_service = host.service.map(|service| [service]);
    let verifier = Verifier {
        now,
        credentials: &credentials,
        region: host.region.as_deref().or(options.only_region.as_deref()),
        services: host_service.as_ref().map_or(&SERVICES[..], |service| &service[..]),
    };
    let refuse = |refusal: &Refusal| refused(refusal, dialect(request, host), is_presigned(request));
    let verified = verifier.verify(request).map_err(|refusal| refuse(&refusal))?;
    let claim = verified.claim;
    match &options.only_region {
        Some(only) if *only != claim.region => {
            Err(refuse(&Refusal::WrongRegion { got: claim.region, expected: only.clone() }))
        }
        _ => Ok(claim),
    }
}

/// Whose words a refusal is written in: the host decides where it is AWS's, else the scope as it is claimed.
pub(super) fn dialect(request: &Request<Bytes>, host: &Host) -> Dialect {
    let claimed = || Claim::read(request).ok().map(|claim| claim.service);
    let is_s3 = match host.service {
        Some(service) => service == "s3",
        None => host.bucket.is_some() || claimed().is_some_and(|service| service == "s3"),
    };
    if is_s3 { Dialect::S3 } else { Dialect::Bedrock }
}

fn is_presigned(request: &Request<Bytes>) -> bool {
    Claim::read(request).is_ok_and(|claim| matches!(claim.location, SignatureLocation::Query { .. }))
}

fn refused(refusal: &Refusal, dialect: Dialect, presigned: bool) -> Refused {
    if dialect == Dialect::Bedrock {
        return Refused::at_the_door(refusal.status(), refusal.code(), refusal.to_string());
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    match refusal {
        Refusal::Expired { .. } if presigned => {
            Refused::at_the_door(StatusCode::FORBIDDEN, "AccessDenied", "Request has expired")
        }
        Refusal::WrongRegion { .. } | Refusal::WrongService { .. } | Refusal::WrongDay { .. } => {
            let message = format!("The authorization header is malformed; {refusal}");
            Refused::at_the_door(StatusCode::BAD_REQUEST, refusal.s3_code(), message)
        }
        Refusal::WrongToken => Refused::at_the_door(
            StatusCode::BAD_REQUEST,
            refusal.s3_code(),
            "The provided token is malformed or otherwise invalid.",
        ),
        Refusal::UnknownKey => Refused::at_the_door(
            StatusCode::FORBIDDEN,
            refusal.s3_code(),
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        other => Refused::at_the_door(other.status(), other.s3_code(), other.to_string()),
    }
}
