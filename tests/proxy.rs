//! The proxy, in process and on sockets: it signs what is unsigned, forwards refusals as they are, streams answers as
//! they come, records without secrets, and lets no web page in.
#![cfg(feature = "cli")]

mod command;
mod support;

use bedwire::Client;
use bedwire::emulator::{Emulator, EmulatorOptions, example_credentials};
use bedwire::fixture::Store;
use bedwire::protocol::endpoint::SigningScope;
use bedwire::protocol::eventstream::{Decoder, HeaderValue, encode};
use bedwire::protocol::sigv4;
use bedwire::proxy::{Proxy, ProxyOptions};
use bedwire::transport::reqwest::Network;
use bedwire::transport::{
    Body, BoxFuture, NetworkSettings, Record, Replay, Transport, TransportError, serve,
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};
use support::Script;
use tokio::net::TcpListener;

const HOST: &str = "http://127.0.0.1:8098";
const CONVERSE: &str = "/model/us.amazon.nova-lite-v1%3A0/converse";
const PROMPT: &str = r#"{"messages":[{"role":"user","content":[{"text":"Say hello"}]}]}"#;

fn emulator() -> Emulator {
    Emulator::new(EmulatorOptions::default())
}

fn proxy(upstream: impl Transport, options: ProxyOptions) -> Proxy {
    let client = Client::builder().region("us-west-2").auth(example_credentials()).transport(upstream);
    Proxy::new(client.build().unwrap(), options)
}

fn plain(upstream: impl Transport) -> Proxy {
    proxy(upstream, ProxyOptions::default())
}

fn post(path: &str, body: impl Into<Bytes>) -> Request<Body> {
    let request = Request::post(format!("{HOST}{path}")).header("host", "127.0.0.1:8098");
    request.header("content-type", "application/json").body(Body::Whole(body.into())).unwrap()
}

async fn ask(proxy: &Proxy, request: Request<Body>) -> Response<Bytes> {
    let (parts, body) = proxy.send(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect(1 << 24).await.unwrap())
}

async fn page(proxy: &Proxy, path: &str) -> Value {
    let request = Request::get(format!("{HOST}/_bedwire/{path}")).header("host", "127.0.0.1:8098");
    let answer = ask(proxy, request.body(Body::empty()).unwrap()).await;
    serde_json::from_slice(answer.body()).unwrap()
}

/// The request as a client signs it that asks the proxy.
fn signed(path: &str, body: &'static str, secret: &str) -> Request<Body> {
    let request = Request::post(format!("{HOST}{path}")).header("content-type", "application/json");
    let keys = aws_credential_types::Credentials::new("AKIDEXAMPLE", secret, None, None, "test");
    let scope = SigningScope::new("us-west-2", "bedrock");
    let request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
    sigv4::sign(request, &keys.into(), &scope, SystemTime::now()).unwrap().into_request().map(Body::from)
}

#[tokio::test]
async fn unsigned_and_wrongly_signed_requests_are_answered() {
    let proxy = plain(emulator());
    let mut bearer = post(CONVERSE, PROMPT);
    bearer.headers_mut().insert("authorization", "Bearer sk-anything".parse().unwrap());
    let mut garbled = post(CONVERSE, PROMPT);
    garbled.headers_mut().insert("authorization", "AWS4-HMAC-SHA256 nonsense".parse().unwrap());
    for (request, word) in [
        (post(CONVERSE, PROMPT), "unsigned"),
        (signed(CONVERSE, PROMPT, "wrong secret"), "wrong"),
        (signed(CONVERSE, PROMPT, support::SECRET), "right"),
        (bearer, "bearer key"),
        (garbled, "malformed"),
    ] {
        let answer = ask(&proxy, request).await;
        assert_eq!(answer.status(), StatusCode::OK, "{word}: {:?}", answer.body());
        let newest = &page(&proxy, "exchanges").await["exchanges"][0];
        assert_eq!((newest["signature"].as_str(), newest["state"].as_str()), (Some(word), Some("done")));
    }
    let models = Request::get(format!("{HOST}/foundation-models")).header("host", "localhost:8098");
    let answer = ask(&proxy, models.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK, "the control plane has another host: {:?}", answer.body());
}

#[tokio::test]
async fn what_is_signed_is_what_the_client_asked_and_nothing_of_its_own_authorization() {
    let script = Script::new([support::ok()]);
    let mut request = signed(CONVERSE, PROMPT, "wrong secret");
    for (name, value) in
        [("x-forwarded-for", "10.0.0.1"), ("cookie", "a=b"), ("x-amzn-bedrock-trace", "ENABLED")]
    {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    ask(&plain(script.clone()), request).await;
    let (_, sent) = script.seen().pop().unwrap();
    let url = format!("https://bedrock-runtime.us-west-2.amazonaws.com{CONVERSE}");
    assert_eq!(sent.uri().to_string(), url);
    let names: Vec<&str> = sent.headers().keys().map(http::HeaderName::as_str).collect();
    for kept in ["authorization", "x-amz-date", "host", "content-type", "x-amzn-bedrock-trace"] {
        assert!(names.contains(&kept), "{kept} is missing in {names:?}");
    }
    assert!(!names.contains(&"x-forwarded-for") && !names.contains(&"cookie"), "{names:?}");
    assert_eq!(sent.headers()["host"], "bedrock-runtime.us-west-2.amazonaws.com");
    let Body::Whole(body) = sent.into_body() else { panic!("the body is held") };
    assert_eq!(body, PROMPT);
}

#[tokio::test]
async fn nothing_of_a_clients_way_or_key_goes_on() {
    const MADE_ANEW: [&str; 5] =
        ["authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
    const GIVEN: &str = "of-the-client";
    let left_out = [
        "accept-encoding",
        "api-key",
        "apikey",
        "content-length",
        "cookie",
        "dnt",
        "expect",
        "forwarded",
        "priority",
        "proxy-authorization",
        "referer",
        "via",
        "x-api-key",
        "x-real-ip",
        "x-forwarded-for",
        "x-forwarded-host",
        "sec-ch-ua",
        "sec-gpc",
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        GIVEN,
    ];
    let presigned = "b=2&X-Amz-Algorithm=x&X-Amz-Credential=x&X-Amz-Date=x&X-Amz-Expires=x&X-Amz-Security-Token=x\
                     &X-Amz-Signature=x&x%2Damz%2Dsignedheaders=x&AWSAccessKeyId=x&Expires=1&Signature=x&a=%2F";
    let script = Script::new([support::ok()]);
    let mut request = post(&format!("{CONVERSE}?{presigned}"), PROMPT);
    for name in left_out.into_iter().chain(MADE_ANEW).filter(|name| *name != "host") {
        request.headers_mut().insert(name, GIVEN.parse().unwrap());
    }
    // Where it comes from decides whether it is served at all.
    request.headers_mut().insert("origin", HOST.parse().unwrap());
    let answer = ask(&plain(script.clone()), request).await;
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    let (_, sent) = script.seen().pop().unwrap();
    let url = format!("https://bedrock-runtime.us-west-2.amazonaws.com{CONVERSE}?b=2&a=%2F");
    assert_eq!(sent.uri().to_string(), url);
    assert!(!sent.headers().contains_key("origin"));
    for (name, value) in sent.headers() {
        assert!(!left_out.contains(&name.as_str()) && value != GIVEN, "{name}: {value:?}");
    }
}

#[tokio::test]
async fn an_arn_goes_to_its_region_and_is_signed_for_it() {
    let script = Script::new([support::ok(), support::ok(), support::ok()]);
    let proxy = plain(script.clone());
    let path =
        "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.amazon.x/converse";
    ask(&proxy, post(path, PROMPT)).await;
    ask(&proxy, post(CONVERSE, PROMPT)).await;
    let job = "/async-invoke/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aasync-invoke%2Fabcdefghij12";
    let job = Request::get(format!("{HOST}{job}")).header("host", "127.0.0.1:8098");
    ask(&proxy, job.body(Body::empty()).unwrap()).await;
    // A region that is none is refused, and nothing is sent.
    let evil = "/model/arn%3Aaws%3Abedrock%3Aevil.example%2F%3A1%3Ax%2Fy/converse";
    let answer = ask(&proxy, post(evil, PROMPT)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{:?}", answer.body());
    let seen = script.seen();
    assert_eq!(seen.len(), 3, "what is refused is not sent");
    for ((_, sent), region) in seen.iter().zip(["eu-west-1", "us-west-2", "us-east-1"]) {
        assert_eq!(sent.uri().host(), Some(&*format!("bedrock-runtime.{region}.amazonaws.com")));
        let authorization = sent.headers()["authorization"].to_str().unwrap();
        assert!(authorization.contains(&format!("/{region}/bedrock/aws4_request")), "{authorization}");
    }
}

#[tokio::test]
async fn refusals_pass_through_as_they_are_and_once() {
    let script = Script::new([support::throttled()]);
    let proxy = plain(script.clone());
    let answer = ask(&proxy, post(CONVERSE, PROMPT)).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers()["x-amzn-errortype"].to_str().unwrap().starts_with("ThrottlingException"));
    assert_eq!(answer.body(), r#"{"message":"Too many requests, please wait before trying again."}"#);
    assert!(answer.headers().get("x-bedwire-answer").is_none());
    assert_eq!(script.count(), 1);
}

#[tokio::test]
async fn without_an_answer_the_proxy_says_so_itself() {
    use bedwire::protocol::outcome::WireFailure;
    for (failure, status) in [(WireFailure::Connect, 502), (WireFailure::Timeout, 504)] {
        let proxy = plain(Script::new([support::Step::Fail(failure)]));
        let answer = ask(&proxy, post(CONVERSE, PROMPT)).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["x-bedwire-answer"], "proxy");
        let exchange = &page(&proxy, "exchanges/1").await;
        assert_eq!(
            (exchange["state"].as_str(), exchange["failure"].as_str()),
            (Some("failed"), Some("scripted"))
        );
    }
}

#[tokio::test]
async fn retries_of_a_client_are_shown_as_attempts_of_one_call() {
    let proxy = plain(Script::new([support::throttled(), support::ok(), support::ok()]));
    ask(&proxy, post(CONVERSE, PROMPT)).await;
    ask(&proxy, post(CONVERSE, PROMPT)).await;
    ask(&proxy, post(CONVERSE, "{}")).await;
    let attempts = page(&proxy, "exchanges/2").await["attempts"].clone();
    let statuses: Vec<_> = attempts.as_array().unwrap().iter().map(|attempt| &attempt["status"]).collect();
    assert_eq!(statuses, [429, 200]);
}

/// The runtime of the command has one thread.
#[tokio::test(flavor = "current_thread")]
async fn others_are_served_while_the_mistake_in_a_signature_is_searched() {
    let proxy = plain(emulator());
    let wrong = ask(&proxy, signed(CONVERSE, PROMPT, "wrong secret"));
    // The second is asked as soon as the first waits for anything.
    let (_, meanwhile) = tokio::join!(biased; wrong, page(&proxy, "exchanges"));
    assert_eq!(meanwhile["exchanges"], json!([]));
    assert_eq!(page(&proxy, "exchanges").await["exchanges"][0]["signature"], json!("wrong"));
}

#[tokio::test]
async fn verify_answers_with_what_is_wrong_and_forwards_nothing() {
    let options = ProxyOptions { verify: true, ..ProxyOptions::default() };
    let script = Script::new([]);
    let proxy = proxy(script.clone(), options);
    let mut changed = signed(CONVERSE, PROMPT, support::SECRET);
    *changed.body_mut() = Body::Whole(Bytes::from_static(b"{}"));
    for (request, status, verdict) in [
        (signed(CONVERSE, PROMPT, support::SECRET), 200, "match"),
        (signed(CONVERSE, PROMPT, "wrong secret"), 403, "mismatch"),
        (changed, 403, "mismatch"),
        (post(CONVERSE, PROMPT), 403, "mismatch"),
    ] {
        let answer = ask(&proxy, request).await;
        let document: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(
            (answer.status().as_u16(), document["verdict"].as_str()),
            (status, Some(verdict)),
            "{document}"
        );
        assert!(document["message"].as_str().unwrap().starts_with("bedwire proxy: "), "{document}");
    }
    // A client that takes the host's name for the service's, as many do.
    let mut wrong = signed(CONVERSE, PROMPT, support::SECRET);
    let scope = SigningScope::new("us-west-2", "bedrock-runtime");
    let (parts, _) = wrong.into_parts();
    let bare = Request::post(parts.uri).header("content-type", "application/json");
    let keys = aws_credential_types::Credentials::new("AKIDEXAMPLE", support::SECRET, None, None, "test");
    let bare = bare.body(Bytes::from_static(PROMPT.as_bytes())).unwrap();
    wrong =
        sigv4::sign(bare, &keys.into(), &scope, SystemTime::now()).unwrap().into_request().map(Body::from);
    let answer = ask(&proxy, wrong).await;
    let document: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(document["mistakes"], json!(["wrong-service"]), "{document}");
    assert_eq!(script.count(), 0);
}

#[tokio::test]
async fn only_programs_of_this_machine_are_served() {
    let with = |name: &'static str, value: &str| {
        let mut request = post(CONVERSE, PROMPT);
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let local = plain(emulator());
    for request in [
        with("host", "evil.example"),
        with("origin", "https://evil.example"),
        with("sec-fetch-site", "cross-site"),
    ] {
        assert_eq!(ask(&local, request).await.status(), StatusCode::FORBIDDEN);
    }
    let open = proxy(emulator(), ProxyOptions { allow_remote: true, ..ProxyOptions::default() });
    assert_eq!(ask(&open, with("host", "10.0.0.1:8098")).await.status(), StatusCode::OK);
    assert_eq!(ask(&open, with("origin", "https://evil.example")).await.status(), StatusCode::FORBIDDEN);
    let page = Request::get(format!("{HOST}/_bedwire/exchanges")).header("host", "127.0.0.1:8098");
    let answer = ask(&open, page.body(Body::empty()).unwrap()).await;
    assert_ne!(answer.status(), StatusCode::OK, "the page is not for other machines");
}

#[tokio::test]
async fn no_answer_of_others_is_shown_in_the_origin_of_the_page() {
    let headers = [("content-type", "text/html"), ("content-security-policy", "default-src *")];
    let evil = || support::answer(200, &headers, "<script>fetch('/_bedwire/exchanges')</script>");
    let script = Script::new([evil(), evil()]);
    let proxy = plain(script.clone());
    let get = |path: &str, headers: &[(&'static str, &'static str)]| {
        let mut request = Request::get(format!("{HOST}{path}")).header("host", "127.0.0.1:8098");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    };
    let object = "/bucket/invoice.html?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20260101/us-east-1/s3/\
                  aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=x";
    // A link in a mail, a frame, and a script that has got so far.
    for browser in [
        &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")][..],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")],
        &[("sec-fetch-dest", "iframe")],
    ] {
        assert_eq!(ask(&proxy, get(object, browser)).await.status(), StatusCode::FORBIDDEN, "{browser:?}");
        assert_eq!(ask(&proxy, get("/_bedwire/", browser)).await.status(), StatusCode::OK, "{browser:?}");
    }
    assert_eq!(script.count(), 0);
    // `fetch` of Node.js, and a browser that says nothing of itself: what it shows has no origin.
    for program in [&[("sec-fetch-mode", "cors")][..], &[]] {
        let answer = ask(&proxy, get(object, program)).await;
        assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
        assert_eq!(answer.headers()["content-security-policy"], "sandbox; default-src 'none'");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
    let kept = page(&proxy, "exchanges/1").await["answer"]["headers"].to_string();
    assert!(kept.contains("default-src *"), "the page shows what the service said: {kept}");
}

#[tokio::test]
async fn no_secret_is_kept_for_the_page() {
    let secrets = [
        "sk-client-secret-key-1234567890",
        "SESSION-TOKEN-OF-THE-CLIENT",
        "SECRET-OF-THE-BODY",
        "AKIAIOSFODNN7EXAMPLE",
        "SECRET-OF-A-HEADER",
        "SECRET-OF-THE-QUERY",
    ];
    let mismatch = "The Canonical String for this request should have been\n'POST\n/\n\nx-amz-security-token:SESSION-TOKEN-OF-THE-CLIENT\n\nhost'";
    let proxy = plain(Script::new([support::refusal(403, "InvalidSignatureException", mismatch)]));
    let body = json!({"secretAccessKey": secrets[2], "text": secrets[3]}).to_string();
    let mut request = post(&format!("{CONVERSE}?key={0}&sig={0}", secrets[5]), body);
    request.headers_mut().insert("authorization", format!("Bearer {}", secrets[0]).parse().unwrap());
    for name in ["apikey", "token", "secret", "x-password", "authentication", "x-original-authorization"] {
        request.headers_mut().insert(name, secrets[4].parse().unwrap());
    }
    request.headers_mut().insert("x-amz-security-token", secrets[1].parse().unwrap());
    ask(&proxy, request).await;
    let shown = format!("{} {}", page(&proxy, "exchanges").await, page(&proxy, "exchanges/1").await);
    for secret in secrets.iter().chain([&support::SECRET]) {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(shown.contains("/converse") && shown.contains("AWS4-HMAC-SHA256"), "{shown}");
}

#[tokio::test]
async fn what_is_signed_with_is_not_shown_wherever_it_stands() {
    let client = |upstream: Arc<dyn Transport>| {
        let client = Client::builder().region("us-west-2").auth(support::credentials()).transport(upstream);
        Proxy::new(client.build().unwrap(), ProxyOptions::default())
    };
    let quoted = json!({"text": format!("{} {}", support::SECRET, support::SESSION_TOKEN)}).to_string();
    let escaped = quoted.replace('/', "\\/");
    // A frame that is cut inside of the secret.
    let long = json!({"text": format!("{}{}", "w".repeat(1000), support::SECRET)}).to_string();
    let frames = [&quoted, &escaped, &long].map(|payload| {
        Ok(encode([(":event-type", HeaderValue::String("chunk"))], payload.as_bytes()).unwrap())
    });
    let events = Fed(Mutex::new(Some(futures_util::stream::iter(frames).boxed())));
    let whole = Script::new([support::answer(200, &[("x-quoted", support::SECRET)], &quoted)]);
    for proxy in
        [client(Arc::new(events)), client(Arc::new(whole)), client(Arc::new(Unreachable(support::SECRET)))]
    {
        let path = format!("{CONVERSE}?quoted={}", support::SECRET.replace('/', "%2F"));
        ask(&proxy, post(&path, escaped.clone())).await;
        let shown = format!("{} {}", page(&proxy, "exchanges").await, page(&proxy, "exchanges/1").await);
        for secret in ["wJalrXUtnFEMI", "K7MDENG", "EXAMPLEKEY", "IQoJb3JpZ2luX2V"] {
            assert!(!shown.contains(secret), "{secret} is in {shown}");
        }
        assert!(shown.contains("quoted=REDACTED"), "{shown}");
    }
}

/// An upstream that is not reached, as an HTTP library says it: with the whole URL.
struct Unreachable(&'static str);

impl Transport for Unreachable {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        use bedwire::protocol::outcome::WireFailure;
        Box::pin(async { Err(TransportError::new(WireFailure::Connect, self.0)) })
    }
}

#[tokio::test]
async fn no_secret_is_shown_of_a_failure() {
    let failure = "no route to https://h.example/k?X-Amz-Security-Token=SECRET-TOKEN&X-Amz-Signature=0f0f0f";
    let proxy = plain(Unreachable(failure));
    ask(&proxy, post(CONVERSE, PROMPT)).await;
    let shown = format!("{} {}", page(&proxy, "exchanges").await, page(&proxy, "exchanges/1").await);
    assert!(shown.contains("no route to https://h.example/k"), "{shown}");
    assert!(!shown.contains("SECRET-TOKEN") && !shown.contains("0f0f0f"), "{shown}");
}

#[tokio::test]
async fn no_secret_is_shown_of_what_is_cut() {
    const SHOWN: usize = 64 * 1024;
    let quoted = json!({"SecretAccessKey": "SECRET-OF-THE-BODY", "rest": "w".repeat(9000)}).to_string();
    // A secret of a name, in JSON that a prompt quotes; one that is known by its length, over the cut.
    let texts = [
        format!("{}{quoted}", "y".repeat(SHOWN - 200)),
        format!("{} Bearer SECRET-OF-THE-BODY-1234567890", "y".repeat(SHOWN - 60)),
    ];
    for text in texts {
        let body = json!({"messages": [{"role": "user", "content": [{"text": text}]}]}).to_string();
        let proxy = plain(Script::new([support::answer(200, &[], &body)]));
        ask(&proxy, post(CONVERSE, body)).await;
        let shown = page(&proxy, "exchanges/1").await;
        for body in [&shown["request_body"], &shown["answer"]["body"]] {
            let body = body.as_str().unwrap();
            assert_eq!(body.len(), SHOWN);
            assert!(!body.contains("SECRET"), "{}", &body[SHOWN - 300..]);
        }
    }

    let chunk = base64_simd::STANDARD.encode_to_string(json!({"text": quoted}).to_string());
    let headers = [(":event-type", HeaderValue::String("chunk"))];
    let event = encode(headers, json!({"bytes": chunk}).to_string().as_bytes()).unwrap();
    let stream = futures_util::stream::once(async move { Ok(event) });
    let proxy = plain(Fed(Mutex::new(Some(stream.boxed()))));
    ask(&proxy, post("/model/m/invoke-with-response-stream", PROMPT)).await;
    let shown = page(&proxy, "exchanges/1").await;
    let payload = shown["answer"]["frames"][0]["payload"].as_str().unwrap();
    assert!(payload.contains("SecretAccessKey") && !payload.contains("SECRET"), "{payload}");
}

#[tokio::test]
async fn the_ring_is_bounded() {
    let proxy = plain(emulator());
    for _ in 0..230 {
        ask(&proxy, post("/model/x/invoke", Bytes::from(vec![b' '; 300]))).await;
    }
    let list = page(&proxy, "exchanges").await;
    let kept = list["exchanges"].as_array().unwrap();
    assert_eq!((kept.len(), kept[0]["id"].as_u64()), (200, Some(230)));
}

/// An upstream whose stream a test feeds.
struct Fed(Mutex<Option<futures_util::stream::BoxStream<'static, Result<Bytes, TransportError>>>>);

impl Transport for Fed {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let stream = self.0.lock().unwrap().take().unwrap();
        Box::pin(async move {
            let response = Response::builder().header("content-type", "application/vnd.amazon.eventstream");
            Ok(response.body(Body::stream(stream, None)).unwrap())
        })
    }
}

fn event(number: usize) -> Bytes {
    let payload = json!({"contentBlockIndex": 0, "delta": {"text": number.to_string()}}).to_string();
    let header = |name, value| (name, HeaderValue::String(value));
    let headers = [
        header(":event-type", "contentBlockDelta"),
        header(":content-type", "application/json"),
        header(":message-type", "event"),
    ];
    encode(headers, payload.as_bytes()).unwrap()
}

/// A proxy on a socket, and its URL.
async fn listening(proxy: Proxy) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, Arc::new(proxy), std::future::pending()));
    url
}

#[tokio::test]
async fn a_thousand_events_stream_through_with_their_gaps() {
    const EVENTS: usize = 1000;
    const PAUSE: Duration = Duration::from_millis(300);
    let (feed, fed) = futures_util::stream::iter(0..EVENTS)
        .map(event)
        .enumerate()
        .then(|(n, event)| async move {
            // The middle of the stream is late.
            if n == EVENTS / 2 {
                tokio::time::sleep(PAUSE).await;
            }
            event
        })
        .boxed()
        .into_future()
        .await;
    let first = feed.unwrap();
    // The first event is sent at once; all others only when the client says that it has arrived.
    let (arrived, has_arrived) = tokio::sync::oneshot::channel::<()>();
    let rest = futures_util::stream::once(async move { has_arrived.await.unwrap() })
        .filter_map(|()| async { None })
        .chain(fed.map(Ok));
    let stream = futures_util::stream::once(async move { Ok(first) }).chain(rest).boxed();
    let url = listening(plain(Fed(Mutex::new(Some(stream))))).await;
    let network = Network::new(&NetworkSettings::default()).unwrap();
    let request = Request::post(format!("{url}/model/m/converse-stream")).body(Body::Whole(PROMPT.into()));
    let mut body = network.send(request.unwrap()).await.unwrap().into_body();
    let (mut decoder, mut arrived, mut times) = (Decoder::new(), Some(arrived), Vec::new());
    while let Some(chunk) = body.chunk().await {
        decoder.push(chunk.unwrap());
        while decoder.next_frame().unwrap().is_some() {
            times.push(Instant::now());
            arrived.take().into_iter().for_each(|arrived| arrived.send(()).unwrap());
        }
    }
    assert_eq!(times.len(), EVENTS);
    let gap = times[EVENTS / 2] - times[EVENTS / 2 - 1];
    assert!(gap > PAUSE / 2, "the gap of {PAUSE:?} became {gap:?}");

    let page = Request::get(format!("{url}/_bedwire/exchanges/1")).body(Body::empty()).unwrap();
    let page = network.send(page).await.unwrap().into_body().collect(1 << 24).await.unwrap();
    let page: Value = serde_json::from_slice(&page).unwrap();
    let frames = page["answer"]["frames"].as_array().unwrap();
    assert_eq!((frames.len(), page["frames"].as_u64()), (EVENTS, Some(EVENTS as u64)));
    let at = |n: usize| frames[n]["at_ms"].as_f64().unwrap();
    assert!(at(EVENTS / 2) - at(EVENTS / 2 - 1) > 150.0, "the page shows the gap");
    assert_eq!(frames[7]["name"], "contentBlockDelta");
}

#[tokio::test]
async fn a_client_that_goes_away_and_a_damaged_stream_are_told() {
    let mut bytes = event(1).to_vec();
    bytes.extend_from_slice(&event(2));
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let stream = futures_util::stream::once(async move { Ok(Bytes::from(bytes)) });
    let proxy_of = |stream| plain(Fed(Mutex::new(Some(stream))));
    let damaged = proxy_of(stream.boxed());
    ask(&damaged, post("/model/m/converse-stream", PROMPT)).await;
    let exchange = page(&damaged, "exchanges/1").await;
    assert_eq!(exchange["frames"], 1);
    assert!(exchange["answer"]["damage"].as_str().unwrap().contains("checksum"), "{exchange}");

    let left = proxy_of(futures_util::stream::pending().boxed());
    drop(left.send(post("/model/m/converse-stream", PROMPT)).await.unwrap());
    assert_eq!(page(&left, "exchanges/1").await["state"], "cut");

    // The same before the answer has begun.
    let silent = plain(Script::new([support::Step::Never]));
    let asking = silent.send(post(CONVERSE, PROMPT));
    assert!(tokio::time::timeout(Duration::from_millis(50), asking).await.is_err());
    let exchange = page(&silent, "exchanges/1").await;
    assert_eq!((&exchange["state"], &exchange["status"]), (&json!("cut"), &Value::Null));
    assert!(exchange["failure"].as_str().unwrap().contains("went away"), "{exchange}");
}

#[tokio::test]
async fn what_passes_is_recorded_without_secrets_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of_synthetic(Arc::new(emulator()), folder.path(), "an emulator").unwrap();
    let proxy = plain(record);
    let stream = CONVERSE.replace("converse", "converse-stream");
    ask(&proxy, signed(CONVERSE, PROMPT, "wrong secret")).await;
    let streamed = ask(&proxy, post(&stream, PROMPT)).await;
    let text = all_text(folder.path());
    for secret in ["AWS4-HMAC", "authorization:", support::SECRET, "wrong secret"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    assert_eq!(Store::open(folder.path()).unwrap().cases().len(), 2);
    let replayed = ask(&plain(Replay::open(folder.path()).unwrap()), post(&stream, PROMPT)).await;
    assert_eq!(replayed.body(), streamed.body());
    // The emulator answers any SDK from the same folder.
    let fixtures = Some(Store::open(folder.path()).unwrap());
    let emulator = Emulator::new(EmulatorOptions { fixtures, ..EmulatorOptions::default() });
    assert_eq!(ask(&plain(emulator), post(&stream, PROMPT)).await.body(), streamed.body());
}

#[tokio::test]
async fn an_answer_of_no_bytes_is_whole_though_nobody_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = Body::stream(futures_util::stream::pending(), Some(0));
    let answer = Response::builder().status(503).header("x-amzn-errortype", "ServiceUnavailableException");
    let script = Script::new([support::Step::Answer(answer.body(nothing).unwrap())]);
    let record = Record::of_synthetic(Arc::new(script), folder.path(), "a script").unwrap();
    // On a socket: the server asks for no chunk of such a body.
    let url = listening(plain(record)).await;
    let network = Network::new(&NetworkSettings::default()).unwrap();
    let request = Request::post(format!("{url}{CONVERSE}")).body(Body::Whole(PROMPT.into())).unwrap();
    assert_eq!(network.send(request).await.unwrap().status(), 503);

    let recorded = Store::open(folder.path()).unwrap();
    assert_eq!(recorded.cases()[0].responses[0].status(), 503);
    let page = Request::get(format!("{url}/_bedwire/exchanges/1")).body(Body::empty()).unwrap();
    let page = network.send(page).await.unwrap().into_body().collect(1 << 20).await.unwrap();
    let page: Value = serde_json::from_slice(&page).unwrap();
    assert_eq!((&page["state"], &page["failure"]), (&json!("done"), &Value::Null));
}

fn all_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        text += &if path.is_dir() { all_text(&path) } else { std::fs::read_to_string(&path).unwrap() };
    }
    text
}

#[cfg(unix)]
mod as_a_command {
    use super::command::{bedwire, run_with};
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::{Command, Stdio};

    #[test]
    fn it_says_where_it_listens_and_stops_cleanly() {
        for signal in ["INT", "TERM"] {
            let mut command = bedwire();
            command.args(["--offline", "proxy", "--listen", "127.0.0.1:0"]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
            assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            assert_eq!(errors, "");
        }
    }

    #[test]
    fn what_would_be_a_mistake_is_refused() {
        let refused = |arguments: &[&str], word: &str| {
            let ran = run_with(arguments);
            assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(word) && ran.stdout.is_empty(), "{}", ran.stderr);
        };
        refused(&["--offline", "proxy", "--listen", "0.0.0.0:0"], "--allow-remote");
        refused(&["--offline", "--dry-run", "proxy"], "--dry-run");
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (url, listen) = (format!("http://localhost:{}", free.port()), free.to_string());
        let itself = ["--offline", "--endpoint-url", &url, "proxy", "--listen", &listen];
        refused(&itself, "the proxy itself");
    }
}
