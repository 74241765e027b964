//! What the emulator makes of signatures: each refusal, with AWS's status, code and words.
#![cfg(feature = "emulator")]

mod emulator_call;
mod signer;

use aws_credential_types::Credentials;
use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits};
use bedwire::protocol::auth::ApiKey;
use bedwire::protocol::endpoint::SigningScope;
use bedwire::protocol::sigv4;
use bedwire::transport::{Body, Transport as _, TransportError};
use bytes::Bytes;
use emulator_call::{Answer, Call, REGION, emulator, fixed_clock, luma, options, send, start};
use http::{HeaderValue, Method, Request};
use signer::Wire;
use std::time::Duration;

async fn refused(call: &Call, code: &str, part: &str) {
    call.to(&emulator()).await.expect_refusal(403, code, part);
}

#[tokio::test]
async fn a_right_signature_is_accepted_in_any_region() {
    for region in ["us-west-2", "eu-central-1", "mars-north-1"] {
        let mut call = Call::get("/async-invoke");
        call.scope.region = region.into();
        let answer = call.to(&emulator()).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.header("x-amzn-requestid").len(), 36);
        assert_eq!(answer.header("date"), "Fri, 02 Jan 2026 03:04:05 GMT");
    }
}

#[tokio::test]
async fn a_wrong_secret_gets_the_long_message() {
    let mut call = Call::get("/async-invoke/arn%3Aaws%3Ax?b=2&a=1");
    call.credentials = Credentials::new("AKIDEXAMPLE", "wrong", None, None, "test");
    let answer = call.to(&emulator()).await;
    answer.expect_refusal(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match",
    );
    assert_eq!(
        answer.header("x-amzn-errortype"),
        "InvalidSignatureException:http://internal.amazon.com/coral/com.amazon.coral.service/"
    );
    let message = answer.message();
    let canonical = "The Canonical String for this request should have been\n'GET\n/async-invoke/arn%253Aaws%253Ax\na=1&b=2\nhost:127.0.0.1:8099\nx-amz-date:20260102T030405Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'";
    assert!(message.contains(canonical), "{message}");
    let to_sign = "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-west-2/bedrock/aws4_request\n";
    assert!(message.contains(to_sign), "{message}");
}

#[tokio::test]
async fn what_changes_after_signing_is_noticed() {
    let signed = || Call::post("/async-invoke", &luma(None)).signed();
    let changes: [fn(&mut Request<Bytes>); 5] = [
        |request| *request.body_mut() = Bytes::from_static(b"{}"),
        |request| *request.method_mut() = Method::PUT,
        |request| *request.uri_mut() = "http://127.0.0.1:8099/async-invoke?x=1".parse().unwrap(),
        |request| *request.uri_mut() = "http://127.0.0.1:8099/async%2Dinvoke".parse().unwrap(),
        |request| {
            request.headers_mut().insert("content-type", HeaderValue::from_static("text/plain"));
        },
    ];
    for change in changes {
        let mut request = signed();
        change(&mut request);
        let answer = send(&emulator(), request).await.unwrap();
        answer.expect_refusal(403, "InvalidSignatureException", "does not match");
    }
}

#[tokio::test]
async fn headers_that_must_be_signed_are_asked_for() {
    let mut request = Call::get("/async-invoke").signed();
    request.headers_mut().insert("x-amz-meta", HeaderValue::from_static("1"));
    let answer = send(&emulator(), request).await.unwrap();
    answer.expect_refusal(403, "InvalidSignatureException", "'x-amz-meta'");

    let mut request = Call::get("/async-invoke").signed();
    let authorization = request.headers()["authorization"].to_str().unwrap();
    let without_host = authorization.replace("SignedHeaders=host;", "SignedHeaders=").parse().unwrap();
    request.headers_mut().insert("authorization", without_host);
    let answer = send(&emulator(), request).await.unwrap();
    answer.expect_refusal(403, "InvalidSignatureException", "'Host'");
}

#[tokio::test]
async fn a_date_may_be_five_minutes_off_and_no_more() {
    let at = |seconds: i64| {
        let mut call = Call::get("/async-invoke");
        let by = Duration::from_secs(seconds.unsigned_abs());
        call.signed_at = if seconds < 0 { fixed_clock() - by } else { fixed_clock() + by };
        call
    };
    for seconds in [-300, 0, 300] {
        assert_eq!(at(seconds).to(&emulator()).await.status, 200, "{seconds}");
    }
    let code = "InvalidSignatureException";
    let early = "Signature expired: 20260102T025904Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)";
    refused(&at(-301), code, early).await;
    let late = "Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)";
    refused(&at(301), code, late).await;
}

#[tokio::test]
async fn a_request_may_be_dated_by_its_date_header() {
    let dated = |date: &str| {
        let mut wire = Wire::post("/async-invoke", &luma(None).to_string());
        wire.headers.retain(|(name, _)| name != "X-Amz-Date");
        wire.set("Host", "127.0.0.1:8099");
        wire.set("Date", "Fri, 02 Jan 2026 03:04:05 GMT");
        let signing = wire.signing();
        wire.sign(&signing);
        wire.set("Date", date);
        let mut request = Request::post(format!("http://127.0.0.1:8099{}", wire.path));
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(wire.body)).unwrap()
    };
    let answer = send(&emulator(), dated("Fri, 02 Jan 2026 03:04:05 GMT")).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = send(&emulator(), dated("Fri, 02 Jan 2026 03:04:06 GMT")).await.unwrap();
    answer.expect_refusal(403, "InvalidSignatureException", "does not match");
    let answer = send(&emulator(), dated("Fri, 02 Jan 2026 02:04:05 GMT")).await.unwrap();
    answer.expect_refusal(403, "InvalidSignatureException", "Signature expired: 20260102T020405Z");
}

/// What boto3 presigns where it is told no version, and what old clients of S3 sign.
#[tokio::test]
async fn a_signature_of_version_2_is_refused_in_the_words_of_s3() {
    let query =
        Request::get("http://127.0.0.1:8099/demo/a?AWSAccessKeyId=AKIDEXAMPLE&Signature=c2ln&Expires=1");
    let header = Request::get("http://127.0.0.1:8099/demo/a").header("authorization", "AWS AKIDEXAMPLE:c2ln");
    for request in [query, header] {
        let answer = send(&emulator(), request.body(Bytes::new()).unwrap()).await.unwrap();
        answer.expect_s3_refusal(400, "InvalidRequest");
        assert!(answer.text().contains("Please use AWS4-HMAC-SHA256."), "{}", answer.text());
    }
}

/// `InvokeModelWithBidirectionalStream`: its events are signed one by one, and the client goes on sending until it has
/// an answer.
#[tokio::test]
async fn a_stream_of_signed_events_is_answered_before_its_end() {
    let path = "/model/amazon.nova-sonic-v1%3A0/invoke-with-bidirectional-stream";
    for (key, status, code) in
        [(signer::SECRET, 404, "UnknownOperationException"), ("other", 403, "InvalidSignatureException")]
    {
        let mut wire = Wire::post(path, "");
        wire.set("Host", "127.0.0.1:8099");
        wire.set("Content-Type", "application/vnd.amazon.eventstream");
        wire.set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS");
        let mut signing = wire.signing();
        signing.payload = "STREAMING-AWS4-HMAC-SHA256-EVENTS".into();
        signing.secret = key.into();
        wire.sign(&signing);
        let mut request = Request::post(format!("http://127.0.0.1:8099{path}"));
        for (name, value) in &wire.headers {
            request = request.header(name, value);
        }
        let endless = futures_util::stream::pending::<Result<Bytes, TransportError>>();
        let request = request.body(Body::stream(endless, None)).unwrap();
        let emulator = emulator();
        let answer = tokio::time::timeout(Duration::from_secs(20), emulator.send(request)).await;
        let answer = answer.expect("an answer, though the stream goes on").unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert!(answer.headers()["x-amzn-errortype"].to_str().unwrap().starts_with(code));
    }
}

#[tokio::test]
async fn the_scope_must_fit_the_host() {
    let at = |host: &str, region: &str, service: &str| {
        let mut call = Call::get("/async-invoke");
        call.url = format!("https://{host}/async-invoke");
        call.scope = SigningScope::new(region, service);
        call
    };
    let host = "bedrock-runtime.us-west-2.amazonaws.com";
    assert_eq!(at(host, "us-west-2", "bedrock").to(&emulator()).await.status, 200);
    let code = "InvalidSignatureException";
    refused(&at(host, "us-east-1", "bedrock"), code, "valid region").await;
    refused(&at(host, "us-west-2", "bedrock-runtime"), code, "correct service: 'bedrock'").await;
    refused(&at("127.0.0.1:80", "us-west-2", "bedrock-runtime"), code, "correct service").await;
    let s3 = at("s3.us-west-2.amazonaws.com", "us-east-1", "s3").to(&emulator()).await;
    s3.expect_s3_refusal(400, "AuthorizationHeaderMalformed");

    let only = Emulator::new(EmulatorOptions { only_region: Some("eu-west-1".into()), ..options() });
    at("127.0.0.1", "us-west-2", "bedrock").to(&only).await.expect_refusal(403, code, "'eu-west-1'");
    at(host, "us-west-2", "bedrock").to(&only).await.expect_refusal(403, code, "'eu-west-1'");
    assert_eq!(at("127.0.0.1", "eu-west-1", "bedrock").to(&only).await.status, 200);
}

/// Names below localhost lead to this machine: a bucket's, or one that the emulator was given.
#[tokio::test]
async fn below_localhost_the_scope_says_who_speaks() {
    let throttled = Faults { throttle: Hits { rate: 1.0, ..Hits::default() }, ..Faults::default() };
    let api_keys = vec![ApiKey::new("KEY123")];
    let emulator = Emulator::new(EmulatorOptions { api_keys, ..options() });
    let url = "http://emulator.localhost:8099/async-invoke";
    let mut call = Call::get("/async-invoke");
    call.url = url.into();
    assert_eq!(call.to(&emulator).await.status, 200);
    let faulty = Emulator::new(EmulatorOptions { faults: throttled, ..options() });
    call.to(&faulty).await.expect_refusal(429, "ThrottlingException", "Too many requests");
    call.credentials = Credentials::new("AKIDEXAMPLE", "wrong", None, None, "test");
    call.to(&emulator).await.expect_refusal(403, "InvalidSignatureException", "does not match");
    for (key, status) in [("KEY123", 200), ("other", 403)] {
        let request = Request::get(url).header("authorization", format!("Bearer {key}"));
        let answer = send(&emulator, request.body(Bytes::new()).unwrap()).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, "application/json"));
    }
    let anonymous = Request::get("http://bucket.localhost:8099/key").body(Bytes::new()).unwrap();
    send(&emulator, anonymous).await.unwrap().expect_s3_refusal(403, "AccessDenied");
}

#[tokio::test]
async fn a_day_in_the_scope_that_is_not_that_of_the_date_is_refused() {
    let mut request = Call::get("/async-invoke").signed();
    let authorization =
        request.headers()["authorization"].to_str().unwrap().replace("/20260102/", "/20260103/");
    request.headers_mut().insert("authorization", authorization.parse().unwrap());
    let answer = send(&emulator(), request).await.unwrap();
    answer.expect_refusal(403, "InvalidSignatureException", "'20260103' != '20260102'");
}

#[tokio::test]
async fn unknown_keys_and_tokens_are_refused() {
    let with = |key: &str, secret: &str, token: Option<&str>| {
        let mut call = Call::get("/async-invoke");
        call.credentials = Credentials::new(key, secret, token.map(Into::into), None, "test");
        call
    };
    let (code, text) =
        ("UnrecognizedClientException", "The security token included in the request is invalid.");
    refused(&with("AKIDOTHER", "x", None), code, text).await;
    let temporary = Credentials::new("ASIA", "secret", Some("token".into()), None, "test");
    let emulator = Emulator::new(EmulatorOptions { credentials: vec![temporary], ..options() });
    for token in [None, Some("other")] {
        with("ASIA", "secret", token).to(&emulator).await.expect_refusal(403, code, text);
    }
    assert_eq!(with("ASIA", "secret", Some("token")).to(&emulator).await.status, 200);
    let mut s3 = with("AKIDOTHER", "x", None);
    s3.scope.service = "s3".into();
    s3.to(&emulator).await.expect_s3_refusal(403, "InvalidAccessKeyId");
}

#[tokio::test]
async fn no_signature_and_half_a_one() {
    let bare = || Request::get("http://127.0.0.1:8099/async-invoke").header("host", "127.0.0.1:8099");
    let answer = send(&emulator(), bare().body(Bytes::new()).unwrap()).await.unwrap();
    answer.expect_refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    for authorization in [
        "",
        "Basic eDp5",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/bedrock/aws4_request",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/x, SignedHeaders=host, Signature=00",
    ] {
        for date in ["20260102T030405Z", "yesterday", ""] {
            let request = bare().header("authorization", authorization).header("x-amz-date", date);
            let answer = send(&emulator(), request.body(Bytes::new()).unwrap()).await.unwrap();
            answer.expect_refusal(400, "IncompleteSignatureException", "");
        }
    }
    let of_nobody = bare().header("authorization", "Bearer key").body(Bytes::new()).unwrap();
    let answer = send(&emulator(), of_nobody).await.unwrap();
    answer.expect_refusal(403, "AccessDeniedException", "make sure your API Key is valid");
}

async fn presigned(scope: &SigningScope, path: &str, expires: u64, age: u64) -> Answer {
    let emulator = emulator();
    start(&emulator, &luma(None)).await;
    let request = Request::get(format!("http://127.0.0.1:8099{path}")).body(Bytes::new()).unwrap();
    let credentials = bedwire::emulator::example_credentials();
    let signed_at = fixed_clock() - Duration::from_secs(age);
    let url = sigv4::presign(request, &credentials, scope, signed_at, Duration::from_secs(expires)).unwrap();
    let request = Request::get(url).header("host", "127.0.0.1:8099").body(Bytes::new()).unwrap();
    send(&emulator, request).await.unwrap()
}

#[tokio::test]
async fn a_presigned_url_lives_as_long_as_it_says() {
    let bedrock = SigningScope::new(REGION, "bedrock");
    assert_eq!(presigned(&bedrock, "/async-invoke?maxResults=5", 600, 599).await.status, 200);
    let expired = presigned(&bedrock, "/async-invoke", 600, 601).await;
    expired.expect_refusal(403, "InvalidSignatureException", "Signature expired");
    let s3 = SigningScope::new(REGION, "s3");
    presigned(&s3, "/demo/none", 600, 0).await.expect_s3_refusal(404, "NoSuchKey");
    let expired = presigned(&s3, "/demo/none", 600, 601).await;
    expired.expect_s3_refusal(403, "AccessDenied");
    assert!(expired.text().contains("Request has expired"));
    let elements = "<X-Amz-Expires>600</X-Amz-Expires><Expires>2026-01-02T03:04:04Z</Expires><ServerTime>2026-01-02T03:04:05Z</ServerTime>";
    assert!(expired.text().contains(elements), "{}", expired.text());
}

#[tokio::test]
async fn a_presigned_url_that_was_changed_is_refused() {
    let request = Request::get("http://127.0.0.1:8099/async-invoke?maxResults=5").body(Bytes::new()).unwrap();
    let scope = SigningScope::new(REGION, "bedrock");
    let credentials = bedwire::emulator::example_credentials();
    let url = sigv4::presign(request, &credentials, &scope, fixed_clock(), Duration::from_mins(1)).unwrap();
    for (from, to) in [("maxResults=5", "maxResults=6"), ("X-Amz-Expires=60", "X-Amz-Expires=600")] {
        let changed = url.to_string().replace(from, to);
        assert_ne!(changed, url.to_string());
        let request = Request::get(changed).header("host", "127.0.0.1:8099").body(Bytes::new()).unwrap();
        let answer = send(&emulator(), request).await.unwrap();
        answer.expect_refusal(403, "InvalidSignatureException", "does not match");
    }
}

#[tokio::test]
async fn s3_checks_the_hash_of_the_body() {
    let mut request = Call::s3(Method::GET, "/demo/key").signed();
    *request.body_mut() = Bytes::from_static(b"x");
    send(&emulator(), request).await.unwrap().expect_s3_refusal(400, "XAmzContentSHA256Mismatch");
}

#[tokio::test]
async fn s3_says_in_elements_what_it_expected_and_when_it_is() {
    let mut call = Call::s3(Method::GET, "/demo/a%20b");
    call.credentials = Credentials::new("AKIDEXAMPLE", "wrong", None, None, "test");
    let answer = call.to(&emulator()).await;
    answer.expect_s3_refusal(403, "SignatureDoesNotMatch");
    assert!(answer.text().contains("<CanonicalRequest>GET\n/demo/a%20b\n\nhost:"), "{}", answer.text());
    assert!(answer.text().contains("<StringToSign>AWS4-HMAC-SHA256\n"), "{}", answer.text());

    let mut late = Call::s3(Method::GET, "/demo/key");
    late.signed_at = fixed_clock() - Duration::from_hours(1);
    let answer = late.to(&emulator()).await;
    answer.expect_s3_refusal(403, "RequestTimeTooSkewed");
    assert!(answer.text().contains("<ServerTime>2026-01-02T03:04:05Z</ServerTime>"), "{}", answer.text());
    assert!(answer.text().contains("<MaxAllowedSkewMilliseconds>900000<"), "{}", answer.text());
    // S3 takes what Bedrock would not.
    late.signed_at = fixed_clock() - Duration::from_mins(15);
    late.to(&emulator()).await.expect_s3_refusal(404, "NoSuchBucket");
}
