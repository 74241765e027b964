//! Requests that carry no signature of Signature Version 4: what they carry instead.

use super::judgement::Reason;
use crate::protocol::capture::CapturedRequest;
use crate::protocol::sigv4::query_pairs;

/// How a signature of Signature Version 4A begins.
const ASYMMETRIC: &str = "AWS4-ECDSA-P256-SHA256";
/// Authorizations of other kinds. Anything else may be a key that somebody put there without a scheme.
const OTHER_SCHEMES: [&str; 4] = ["Basic", "Digest", "Negotiate", "NTLM"];

/// What is to be said of it.
pub(super) fn unsigned(request: &CapturedRequest) -> Reason<'static> {
    let authorization = request.header("authorization").unwrap_or_default().trim();
    let scheme = authorization.split_whitespace().next().unwrap_or_default();
    let pairs = query_pairs(request.query());
    let parameter = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if scheme == ASYMMETRIC || parameter("X-Amz-Algorithm") == Some(ASYMMETRIC) {
        return Reason::Asymmetric;
    }
    let in_query = parameter("AWSAccessKeyId").is_some() && parameter("Signature").is_some();
    if scheme == "AWS" || in_query {
        return Reason::Version2;
    }
    match scheme {
        "Bearer" => Reason::BearerKey,
        "" => Reason::Unsigned,
        _ => Reason::OtherScheme(OTHER_SCHEMES.into_iter().find(|known| *known == scheme)),
    }
}
