//! The server's view: the canonical request, rebuilt from what arrived on the wire.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request>

use super::claim::{Claim, SignatureLocation};
use super::hash::sha256_hex;
use super::query::query_bytes;
use http::header::HOST;
use http::{HeaderMap, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// What stays as it is in a query: the unreserved set of RFC 3986.
pub(crate) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// In a path the slash stays, too.
pub(crate) const UNRESERVED_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// What HTTP/2 calls the host: AWS's SDK for JavaScript signs it under this name.
pub(crate) const AUTHORITY: &str = ":authority";

/// The canonical request that a server makes of what arrived, for the headers that the claim names.
pub fn canonical_request<B: AsRef<[u8]>>(request: &Request<B>, claim: &Claim) -> String {
    let is_s3 = claim.service == "s3";
    let mut names: Vec<String> = claim.signed_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    let headers: Vec<String> =
        names.iter().map(|name| format!("{name}:{}\n", header_value(request.headers(), name))).collect();
    format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        request.method(),
        canonical_uri(request.uri().path(), is_s3),
        canonical_query(request.uri().query().unwrap_or_default(), claim.location),
        headers.concat(),
        names.join(";"),
        payload_hash(request, claim),
    )
}

/// The path, as a server encodes it: S3 decodes and encodes once; every other service resolves dot segments and
/// encodes what arrived, so that `%3A` becomes `%253A`.
pub fn canonical_uri(path: &str, is_s3: bool) -> String {
    if is_s3 {
        let decoded: Vec<u8> = percent_decode_str(path).collect();
        return percent_encode(&decoded, UNRESERVED_PATH).to_string();
    }
    percent_encode(without_dot_segments(path).as_bytes(), UNRESERVED_PATH).to_string()
}

/// The query, as a server encodes and sorts it. A presigned URL's own signature is not part of it.
pub fn canonical_query(query: &str, location: SignatureLocation) -> String {
    let presigned = matches!(location, SignatureLocation::Query { .. });
    let encode = |text: &[u8]| percent_encode(text, UNRESERVED).to_string();
    let mut pairs: Vec<(String, String)> = query_bytes(query)
        .iter()
        .filter(|(name, _)| !presigned || name != b"X-Amz-Signature")
        .map(|(name, value)| (encode(name), encode(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// What `x-amz-content-sha256` says of a body of events, each of which has a signature of its own.
const EVENTS: &str = "STREAMING-AWS4-HMAC-SHA256-EVENTS";

/// Whether the body is a stream of events that the signature of the request says nothing of, whatever the service.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithBidirectionalStream.html>
pub(crate) fn has_signed_events(headers: &HeaderMap) -> bool {
    headers.get("x-amz-content-sha256").is_some_and(|value| value.as_bytes() == EVENTS.as_bytes())
}

/// What stands in the last line: the hash that S3's header names, else the hash of the body that arrived.
pub fn payload_hash<B: AsRef<[u8]>>(request: &Request<B>, claim: &Claim) -> String {
    if has_signed_events(request.headers()) {
        return EVENTS.to_owned();
    }
    if claim.service == "s3" {
        if let Some(value) = request.headers().get("x-amz-content-sha256").and_then(|v| v.to_str().ok()) {
            return value.trim().to_owned();
        }
        if matches!(claim.location, SignatureLocation::Query { .. }) {
            return "UNSIGNED-PAYLOAD".to_owned();
        }
    }
    sha256_hex(request.body().as_ref())
}

/// All values of a header, trimmed, inner runs of spaces folded, joined by commas.
fn header_value(headers: &HeaderMap, name: &str) -> String {
    let name = if name == AUTHORITY { HOST.as_str() } else { name };
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| folded(&String::from_utf8_lossy(value.as_bytes())))
        .collect();
    values.join(",")
}

/// One value without the spaces around it, and one space for each run of them inside.
pub(crate) fn folded(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// RFC 3986, section 5.2.4, and double slashes folded.
fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut clean = format!("/{}", kept.join("/"));
    let ends_open = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if ends_open && !clean.ends_with('/') {
        clean.push('/');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_encoded_once_more() {
        assert_eq!(canonical_uri("/model/luma.ray-v2%3A0/invoke", false), "/model/luma.ray-v2%253A0/invoke");
        assert_eq!(canonical_uri("/model/luma.ray-v2:0/invoke", false), "/model/luma.ray-v2%3A0/invoke");
        assert_eq!(canonical_uri("/a//b/./c/../d/", false), "/a/b/d/");
        assert_eq!(canonical_uri("", false), "/");
    }

    #[test]
    fn s3_encodes_once_and_resolves_nothing() {
        assert_eq!(canonical_uri("/bucket/a%20b//./c+d", true), "/bucket/a%20b//./c%2Bd");
    }

    #[test]
    fn the_query_is_sorted_after_encoding() {
        let in_header = |query| canonical_query(query, SignatureLocation::Header);
        assert_eq!(in_header("b=2&a=%2F&a&A=x%20y"), "A=x%20y&a=&a=%2F&b=2");
        assert_eq!(in_header("a=%FF"), "a=%FF");
        assert_eq!(in_header("X-Amz-Signature=f00&a=1"), "X-Amz-Signature=f00&a=1");
        let presigned = SignatureLocation::Query { expires_seconds: 60 };
        assert_eq!(canonical_query("X-Amz-Signature=f00&a=1", presigned), "a=1");
    }
}
