//! Requests that carry no signature of Signature Version 4: what they carry instead.

use super::verification::Verification;
use crate::protocol::capture::CapturedRequest;
use crate::protocol::sigv4::query_pairs;

/// How a signature of Signature Version 4A begins.
const ASYMMETRIC: &str = "AWS4-ECDSA-P256-SHA256";

/// What is to be said of it.
pub(super) fn unsigned(request: &CapturedRequest) -> Verification {
    let authorization = request.header("authorization").unwrap_or_default().trim();
    let scheme = authorization.split_whitespace().next().unwrap_or_default();
    let pairs = query_pairs(request.query());
    let parameter = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if scheme == ASYMMETRIC || parameter("X-Amz-Algorithm") == Some(ASYMMETRIC) {
        return with_fix(
            "the request is signed with AWS4-ECDSA-P256-SHA256 (Signature Version 4A), which is not checked here",
            "sign with AWS4-HMAC-SHA256 for one region: Bedrock asks for that, and only S3's access points of several \
             regions and few other services for the other",
        );
    }
    let in_query = parameter("AWSAccessKeyId").is_some() && parameter("Signature").is_some();
    if scheme == "AWS" || in_query {
        return with_fix(
            "the request is signed with Signature Version 2, which Bedrock never took and S3 takes in its oldest regions \
             only",
            "sign with AWS4-HMAC-SHA256; boto3 does so for S3's URLs with Config(signature_version=\"s3v4\")",
        );
    }
    match scheme {
        "Bearer" => Verification::unknown("the request carries a bearer key: nothing in it is signed"),
        "" => Verification::unknown(
            "the request is not signed: it has neither an AWS4-HMAC-SHA256 authorization nor a signature in its query",
        ),
        // Anything else may be a key that somebody put there without a scheme.
        "Basic" | "Digest" | "Negotiate" | "NTLM" => Verification::unknown(format!(
            "the request is not signed: its authorization is of the kind {scheme}, not AWS4-HMAC-SHA256"
        )),
        _ => Verification::unknown(
            "the request is not signed: its authorization begins with neither AWS4-HMAC-SHA256 nor Bearer",
        ),
    }
}

fn with_fix(explanation: &str, fix: &str) -> Verification {
    Verification { fix: Some(fix.to_owned()), ..Verification::unknown(explanation) }
}
