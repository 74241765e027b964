//! Which service and region a request is for, and what of it goes on.

use crate::protocol::aws_chunked;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::arn_region;
use crate::protocol::operation::paths::half_of_bedrock;
use crate::protocol::sigv4::{Claim, is_signature_parameter};
use crate::transport::drop_hop_by_hop;
use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;

/// What the client's own authorization, its way here, and a browser add: it is made anew, or is nobody's business.
const LEFT_OUT: [&str; 20] = [
    "accept-encoding",
    "api-key",
    "apikey",
    "authorization",
    "content-length",
    "cookie",
    "dnt",
    "expect",
    "forwarded",
    "host",
    "origin",
    "priority",
    "proxy-authorization",
    "referer",
    "via",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-api-key",
    "x-real-ip",
];
const LEFT_OUT_STARTS: [&str; 2] = ["x-forwarded-", "sec-"];

/// The service that was chosen by option; else S3, STS or mantle where the client's own signature says so; else what
/// the path tells.
pub(super) fn service<B>(request: &Request<B>, chosen: Option<&Service>) -> Service {
    if let Some(service) = chosen {
        return service.clone();
    }
    if let Ok(claim) = Claim::read(request)
        && matches!(claim.service.as_str(), "s3" | "sts" | "bedrock-mantle")
    {
        return Service::named(&claim.service);
    }
    match half_of_bedrock(request.uri().path()) {
        Some(half) => half,
        // Others have such paths, too, but nobody else is asked here.
        None if request.uri().path().starts_with("/openai/") => Service::BedrockRuntime,
        None => Service::Bedrock,
    }
}

/// The region of the first ARN in the path: what it names is known nowhere else. A bucket's keys may be called anything.
pub(super) fn region<B>(request: &Request<B>, service: &Service) -> Option<String> {
    if *service == Service::S3 {
        return None;
    }
    let of_segment = |segment: &str| {
        let decoded = percent_decode_str(segment).decode_utf8().ok()?;
        arn_region(&decoded).map(str::to_owned)
    };
    request.uri().path().split('/').find_map(of_segment)
}

/// The request as it goes on, unsigned: path and query byte for byte, the host the endpoint's. An upload in chunks, of
/// which each has a signature of its own or none, goes on as the object that it carries.
pub(super) fn request(request: Request<Bytes>, endpoint: &Endpoint) -> Result<Request<Bytes>, InvalidInput> {
    let (parts, body) = request.into_parts();
    let target = match parts.uri.query().map(without_signature) {
        Some(query) if !query.is_empty() => format!("{}?{query}", parts.uri.path()),
        _ => parts.uri.path().to_owned(),
    };
    let upload = match aws_chunked::open(&parts.headers, &body).filter(|_| *endpoint.service() == Service::S3)
    {
        Some(opened) => Some(opened.map_err(|problem| InvalidInput::new("body", problem))?),
        None => None,
    };
    let mut forwarded = Request::new(upload.as_ref().map_or(body, |upload| upload.object.clone()));
    *forwarded.method_mut() = parts.method;
    *forwarded.uri_mut() = endpoint.uri(&target)?;
    *forwarded.headers_mut() = parts.headers;
    let headers = forwarded.headers_mut();
    drop_hop_by_hop(headers);
    let names: Vec<_> = headers.keys().filter(|name| is_left_out(name.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
    if let Some(upload) = upload {
        upload.put_into(headers);
    }
    Ok(forwarded)
}

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.contains(&name) || LEFT_OUT_STARTS.iter().any(|start| name.starts_with(start))
}

fn without_signature(query: &str) -> String {
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !is_signature_parameter(&percent_decode_str(name).decode_utf8_lossy())
    };
    query.split('&').filter(is_kept).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::EndpointOptions;

    #[test]
    fn the_path_tells_the_service() {
        let of = |path: &str| service(&Request::get(path).body(()).unwrap(), None);
        for path in ["/model/a/invoke", "/async-invoke", "/guardrail/g/version/1/apply", "/openai/v1/chat"] {
            assert_eq!(of(path), Service::BedrockRuntime, "{path}");
        }
        for path in ["/foundation-models", "/inference-profiles/p", "/guardrails", "/"] {
            assert_eq!(of(path), Service::Bedrock, "{path}");
        }
        let chosen = Service::named("bedrock-agent-runtime");
        assert_eq!(service(&Request::get("/model/a").body(()).unwrap(), Some(&chosen)), chosen);
    }

    #[test]
    fn an_arn_tells_the_region() {
        let of = |path: &str, service| region(&Request::get(path).body(()).unwrap(), &service);
        let profile =
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.x/converse";
        assert_eq!(of(profile, Service::BedrockRuntime).as_deref(), Some("eu-west-1"));
        let raw = "/model/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x/converse";
        assert_eq!(of(raw, Service::BedrockRuntime).as_deref(), Some("eu-west-1"));
        assert_eq!(
            of("/guardrails/arn:aws:bedrock:us-east-1:1:guardrail%2Fg", Service::Bedrock).as_deref(),
            Some("us-east-1")
        );
        assert_eq!(of("/bucket/arn:aws:bedrock:eu-west-1:1:x", Service::S3), None);
        assert_eq!(of("/model/us.amazon.nova-lite-v1%3A0/converse", Service::BedrockRuntime), None);
    }

    #[test]
    fn an_upload_in_chunks_goes_on_as_its_object() {
        let s3 = Endpoint::resolve(Service::S3, "us-west-2", &EndpointOptions::default()).unwrap();
        let given = |length: &str| {
            Request::put("http://127.0.0.1:1/bucket/key")
                .header("content-encoding", "aws-chunked,gzip")
                .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
                .header("x-amz-decoded-content-length", length)
                .header("x-amz-trailer", "x-amz-checksum-crc32")
                .body(Bytes::from_static(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"))
                .unwrap()
        };
        let forwarded = request(given("5"), &s3).unwrap();
        assert_eq!(forwarded.body(), "hello");
        let mut headers: Vec<_> = forwarded
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort_unstable();
        assert_eq!(headers, ["content-encoding: gzip", "x-amz-checksum-crc32: NhCmhg=="]);
        let refused = request(given("6"), &s3).unwrap_err();
        assert!(refused.to_string().contains("x-amz-decoded-content-length says 6"), "{refused}");
    }

    #[test]
    fn what_goes_on_is_the_request_and_nothing_of_its_way() {
        let endpoint =
            Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &EndpointOptions::default()).unwrap();
        let given = Request::post("http://127.0.0.1:1/model/a%3A0/invoke?b=2&X-Amz-Signature=f&a=%2F")
            .header("host", "127.0.0.1:1")
            .header("authorization", "Bearer x")
            .header("x-amz-date", "20200101T000000Z")
            .header("x-forwarded-for", "10.0.0.1")
            .header("connection", "close, x-hop")
            .header("x-hop", "1")
            .header("content-type", "application/json")
            .header("x-amzn-bedrock-trace", "ENABLED")
            .body(Bytes::from_static(b"{ }"))
            .unwrap();
        let forwarded = request(given, &endpoint).unwrap();
        assert_eq!(
            forwarded.uri(),
            "https://bedrock-runtime.us-west-2.amazonaws.com/model/a%3A0/invoke?b=2&a=%2F"
        );
        let mut names: Vec<_> = forwarded.headers().keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "x-amzn-bedrock-trace"]);
        assert_eq!(forwarded.body(), "{ }");
    }
}
