//! Who answered, and how much that is worth as evidence.

use crate::fixture::Provenance;
use crate::protocol::sigv4::Claim;
use http::Request;
use http::header::HOST;

/// How the hosts of AWS's partitions end.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
const AWS_HOST_ENDINGS: [&str; 10] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".csp.hci.ic.gov",
    ".cloud.adc-e.uk",
    ".on.aws",
];

/// Provenance and source of the answer to a request. Only AWS's own hosts, asked over TLS, give evidence.
pub(super) fn of<B>(request: &Request<B>, synthetic: Option<&str>) -> (Provenance, String) {
    if let Some(source) = synthetic {
        return (Provenance::Synthetic, source.to_owned());
    }
    let scheme = request.uri().scheme_str().unwrap_or("http");
    let server = format!("{scheme}://{}", authority(request));
    let is_aws = AWS_HOST_ENDINGS.iter().any(|ending| host(request).ends_with(ending));
    if is_aws && scheme == "https" {
        return (Provenance::Recorded, server);
    }
    (Provenance::Synthetic, format!("a server at {server}, which is no AWS host"))
}

/// The region that the request was signed for, else the one in its host's name.
pub(super) fn region<B>(request: &Request<B>) -> String {
    if let Ok(claim) = Claim::read(request) {
        return claim.region;
    }
    let host = host(request);
    let is_region =
        |label: &&str| label.split('-').count() >= 3 && label.ends_with(|c: char| c.is_ascii_digit());
    host.split('.').skip(1).find(is_region).unwrap_or("unknown").to_owned()
}

/// The service that the request was signed for, else the one in its host's name.
pub(super) fn service<B>(request: &Request<B>) -> String {
    if let Ok(claim) = Claim::read(request) {
        return claim.service;
    }
    let host = host(request);
    if host.starts_with("s3.") || host.starts_with("s3-") || host.contains(".s3.") || host.contains(".s3-") {
        return "s3".to_owned();
    }
    match host.split('.').next() {
        Some(label) if label.starts_with("bedrock") => "bedrock".to_owned(),
        _ if is_bedrock_path(request.uri().path()) => "bedrock".to_owned(),
        Some(label) if host.ends_with(".amazonaws.com") => label.to_owned(),
        _ => "other".to_owned(),
    }
}

fn is_bedrock_path(path: &str) -> bool {
    ["/model/", "/async-invoke", "/guardrail"].iter().any(|start| path.starts_with(start))
}

fn host<B>(request: &Request<B>) -> String {
    let authority = authority(request);
    let host = authority.rsplit_once(':').map_or(authority.as_str(), |(host, _port)| host);
    host.to_ascii_lowercase()
}

fn authority<B>(request: &Request<B>) -> String {
    let of_uri = request.uri().authority().map(ToString::to_string);
    let of_header = || request.headers().get(HOST)?.to_str().ok().map(str::to_owned);
    of_uri.or_else(of_header).unwrap_or_else(|| "an unknown host".to_owned())
}
