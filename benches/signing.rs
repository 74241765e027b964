//! What a signature costs, beside a bare call of `aws-sigv4` in the same run: `cargo bench --bench signing`.
//!
//! Rounds of all contenders alternate, so that a busy machine slows them alike; the median round counts. A harness of
//! 40 lines instead of a benchmark framework of 23 crates.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use aws_sigv4::sign::v4;
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::Operation;
use bedwire::protocol::operation::bedrock_runtime::InvokeModel;
use bedwire::protocol::sigv4::canonical::canonical_request;
use bedwire::protocol::sigv4::verify::Verifier;
use bedwire::protocol::sigv4::{Signer, sign};
use bytes::Bytes;
use http::Request;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

/// Calls of one round.
const CALLS: u32 = 500;
/// Rounds of each contender; `cargo test --benches` runs one.
const ROUNDS: usize = 101;

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rounds = if is_bench { ROUNDS } else { 1 };

    let endpoint = Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &EndpointOptions::default())
        .expect("endpoint");
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".repeat(60)), None, "bench");
    let auth = Auth::from(credentials.clone());
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
    let request = invoke_model(&endpoint);
    let signed = sign(request.clone(), &auth, endpoint.scope(), now).expect("signed");
    let claim = signed.claim().expect("claim");
    let verifier = Verifier {
        now,
        credentials: &|_| Some(credentials.clone()),
        region: Some("us-west-2"),
        services: &["bedrock"],
    };

    let signer = Signer::default();

    let contenders: [(&str, &dyn Fn()); 5] = [
        ("aws-sigv4, bare", &|| bare(&request, &credentials, now)),
        ("Signer::sign", &|| drop(black_box(signer.sign(request.clone(), &auth, endpoint.scope(), now)))),
        ("sign", &|| drop(black_box(sign(request.clone(), &auth, endpoint.scope(), now)))),
        ("verify", &|| drop(black_box(verifier.verify(signed.request())))),
        ("canonical_request", &|| drop(black_box(canonical_request(signed.request(), &claim)))),
    ];
    let mut times = contenders.map(|_| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for ((_, call), times) in contenders.iter().zip(&mut times) {
            let start = Instant::now();
            (0..CALLS).for_each(|_| call());
            times.push(start.elapsed() / CALLS);
        }
    }

    println!("one InvokeModel request with a body of 1 KB, median of {rounds} rounds of {CALLS} calls");
    let peer = median(&mut times[0]);
    for ((name, _), times) in contenders.iter().zip(&mut times) {
        let time = median(times);
        let ratio = time.as_secs_f64() / peer.as_secs_f64();
        println!("{name:20} {:8.2} µs   {ratio:5.2} × aws-sigv4", time.as_secs_f64() * 1e6);
    }
}

fn invoke_model(endpoint: &Endpoint) -> Request<Bytes> {
    let body = format!("{{\"inputText\":\"{}\"}}", "x".repeat(1024 - 16));
    let model: ModelId = ModelId::new("us.anthropic.claude-3-5-sonnet-20241022-v2:0").expect("model id");
    InvokeModel::new(model, body).and_then(|invoke| invoke.request(endpoint)).expect("request")
}

/// What anybody would write with the crate: the same signature, put on the same request.
fn bare(request: &Request<Bytes>, credentials: &Credentials, now: SystemTime) {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-west-2")
        .name("bedrock")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .expect("parameters")
        .into();
    let headers =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII")));
    let body = SignableBody::Bytes(request.body());
    let signable = SignableRequest::new(request.method().as_str(), request.uri().to_string(), headers, body);
    let signed = aws_sigv4::http_request::sign(signable.expect("signable"), &parameters);
    let (instructions, _) = signed.expect("signed").into_parts();
    let mut request = request.clone();
    instructions.apply_to_request_http1x(&mut request);
    black_box(request);
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
