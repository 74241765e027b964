//! Who answered, and how much that is worth as evidence.

use crate::fixture::Provenance;
use crate::protocol::host_name::{is_aws_host, region_in_host, service_in_host};
use crate::protocol::operation::paths::half_of_bedrock;
use crate::protocol::sigv4::Claim;
use http::Request;
use http::header::HOST;

/// Provenance and source of the answer to a request. Only AWS's own hosts, asked over TLS, give evidence.
pub(super) fn of<B>(request: &Request<B>, synthetic: Option<&str>) -> (Provenance, String) {
    if let Some(source) = synthetic {
        return (Provenance::Synthetic, source.to_owned());
    }
    let scheme = request.uri().scheme_str().unwrap_or("http");
    let server = format!("{scheme}://{}", authority(request));
    if is_aws_host(&host(request)) && scheme == "https" {
        return (Provenance::Recorded, server);
    }
    (Provenance::Synthetic, format!("a server at {server}, which is no AWS host"))
}

/// The region that the request was signed for, else the one in its host's name.
pub(super) fn region<B>(request: &Request<B>) -> String {
    if let Ok(claim) = Claim::read(request) {
        return claim.region;
    }
    region_in_host(&host(request)).unwrap_or("unknown").to_owned()
}

/// The service that the request was signed for, else the one in its host's name.
pub(super) fn service<B>(request: &Request<B>) -> String {
    if let Ok(claim) = Claim::read(request) {
        return claim.service;
    }
    let host = host(request);
    match (service_in_host(&host), host.split('.').next()) {
        (Some(service), _) => service.signing_name().to_owned(),
        (None, _) if half_of_bedrock(request.uri().path()).is_some() => "bedrock".to_owned(),
        (None, Some(label)) if is_aws_host(&host) => label.to_owned(),
        _ => "other".to_owned(),
    }
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
