//! HTTP/2 with prior knowledge on our servers, beside HTTP/1.1: what AWS's SDKs for JavaScript and Java speak to Bedrock
//! where nobody tells them otherwise.

mod emulator_call;
mod gateway;
mod http2_client;
mod running;

use bedwire::emulator::{EXAMPLE_KEY_PAIR, Emulator, EmulatorOptions, Faults, Hits};
use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::transport::{Body, BoxFuture, Server, Transport, TransportError};
use bytes::Bytes;
use emulator_call::{emulator, options};
use futures_util::StreamExt as _;
use h2::Reason;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Method, Request, Response};
use http2_client::{CONVERSE, DATA, HEADERS, LONG, Raw, begin, connect, field, frame, question, read, send};
use running::run;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn both_versions_are_answered_on_one_port() {
    let running = run(emulator(), Server::default()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    for _ in 0..2 {
        let (status, answer) = send(&sender, question(running.address, CONVERSE)).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["output"]["message"]["role"], "assistant");
    }
    // The signature counts, and so does the host it was made for.
    let mut forged = question(running.address, CONVERSE);
    *forged.uri_mut() = format!("http://localhost:1{CONVERSE}").parse().unwrap();
    assert_eq!(send(&sender, forged).await.0, 403);

    let mut old = TcpStream::connect(running.address).await.unwrap();
    // In pieces: the first bytes of POST are those of the preface, and there are fewer of them than that has.
    for piece in ["P", "UT / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"] {
        old.write_all(piece.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    old.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

/// AWS's SDK for JavaScript signs the pseudo-header in the place of `host`.
#[tokio::test]
async fn the_authority_may_be_what_is_signed() {
    let running = run(emulator(), Server::default()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    let body = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
    let sent = |authority: &str| {
        let path = CONVERSE.replace(':', "%253A");
        let canonical = format!(
            "POST\n{path}\n\n:authority:{authority}\nx-amz-date:20260102T030405Z\n\n:authority;x-amz-date\n{}",
            hex::encode(Sha256::digest(body))
        );
        let scope = "20260102/us-west-2/bedrock/aws4_request";
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n20260102T030405Z\n{scope}\n{}",
            hex::encode(Sha256::digest(canonical))
        );
        let (key, secret) = EXAMPLE_KEY_PAIR;
        let hmac = |key: &[u8], text: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
            mac.update(text.as_bytes());
            mac.finalize().into_bytes().to_vec()
        };
        let signing_key = ["20260102", "us-west-2", "bedrock", "aws4_request"]
            .iter()
            .fold(format!("AWS4{secret}").into_bytes(), |key, word| hmac(&key, word));
        let signature = hex::encode(hmac(&signing_key, &to_sign));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders=:authority;x-amz-date, Signature={signature}"
        );
        Request::post(format!("http://{}{}", running.address, CONVERSE.replace(':', "%3A")))
            .version(http::Version::HTTP_2)
            .header("x-amz-date", "20260102T030405Z")
            .header("authorization", authorization)
            .body(Bytes::from_static(body.as_bytes()))
            .unwrap()
    };
    let (status, answer) = send(&sender, sent(&running.address.to_string())).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(send(&sender, sent("elsewhere")).await.0, 403);
}

/// Clients of Node that are given a host send it as a header, and no `:authority`.
#[tokio::test]
async fn the_host_may_be_a_header() {
    let running = run(emulator(), Server::default()).await;
    let request = question(running.address, CONVERSE);
    let mut fields =
        [field(":method", "POST"), field(":scheme", "http"), field(":path", request.uri().path())].concat();
    fields.extend(field("host", &running.address.to_string()));
    for (name, value) in request.headers() {
        fields.extend(field(name.as_str(), value.to_str().unwrap()));
    }
    let mut client = Raw::connect(running.address, 65_535).await;
    client.say(&[frame(HEADERS, 4, 1, &fields), frame(DATA, 1, 1, request.body())].concat()).await;
    // `:status: 200` is the eighth field of the table that everybody knows.
    assert_eq!(client.next_of(HEADERS).await.payload.first(), Some(&0x88));
}

#[tokio::test]
async fn many_requests_go_over_one_connection_at_a_time() {
    let faults = Faults { delay: Duration::from_millis(100), ..Faults::default() };
    let running = run(Emulator::new(EmulatorOptions { faults, ..options() }), Server::default()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    let began = Instant::now();
    let asked = (0..40).map(|_| send(&sender, question(running.address, CONVERSE)));
    for (status, _) in futures_util::future::join_all(asked).await {
        assert_eq!(status, 200);
    }
    assert!(began.elapsed() < Duration::from_secs(3), "one after the other: {:?}", began.elapsed());
}

#[tokio::test]
async fn events_of_a_stream_come_one_by_one() {
    let event_gap = Duration::from_millis(20);
    let running = run(Emulator::new(EmulatorOptions { event_gap, ..options() }), Server::default()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    let path = format!("{CONVERSE}-stream");
    let answer = begin(&sender, question(running.address, &path)).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/vnd.amazon.eventstream");
    let mut body = answer.into_body();
    let mut pieces = 0;
    while let Some(piece) = body.data().await {
        let length = piece.unwrap().len();
        body.flow_control().release_capacity(length).unwrap();
        pieces += 1;
    }
    assert!(pieces >= 4, "{pieces}");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_words() {
    let server = Server { max_body_bytes: 1000, max_headers: 20, ..Server::default() };
    let running = run(emulator(), server).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    let ask = |change: &dyn Fn(http::request::Builder) -> http::request::Builder, body: Bytes| {
        let request = Request::post(format!("http://{}/async-invoke", running.address));
        send(&sender, change(request).version(http::Version::HTTP_2).body(body).unwrap())
    };
    let long = Bytes::from(vec![b'x'; 1001]);
    let (status, answer) = ask(&|request| request, long.clone()).await;
    assert_eq!(status, 413);
    assert_eq!(answer["message"], "The request body is longer than 1000 bytes.");
    assert_eq!(ask(&|request| request.header("content-length", "1001"), long).await.0, 413);
    let many = |request: http::request::Builder| (0..21).fold(request, |request, _| request.header("a", "b"));
    assert_eq!(ask(&many, Bytes::new()).await.0, 431);
    let (status, answer) = ask(&|request| request.header("a", "b".repeat(70_000)), Bytes::new()).await;
    assert_eq!(status, 431);
    assert_eq!(answer["message"], "The request has too many headers, or too long ones.");
    let (status, answer) = ask(&|request| request.header("host", "elsewhere"), Bytes::new()).await;
    assert_eq!(
        (status.as_u16(), answer["message"].as_str()),
        (400, Some("the Host header is another host than :authority"))
    );
    // And the connection goes on.
    assert_eq!(send(&sender, question(running.address, CONVERSE)).await.0, 200);
}

#[tokio::test]
async fn head_is_answered_with_a_head() {
    let running = run(Megabytes, Server::default()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    for (path, length) in [("/whole", Some("1048576")), ("/endless", None)] {
        let asked = Request::head(format!("http://{}{path}", running.address)).body(Bytes::new()).unwrap();
        let mut answer = begin(&sender, asked).await.unwrap();
        let announced = answer.headers().get("content-length").map(|length| length.to_str().unwrap());
        assert_eq!((answer.status().as_u16(), announced), (200, length));
        let (body, failed) = read(answer.body_mut()).await;
        assert!(body.is_empty() && failed.is_none(), "{failed:?}");
    }
}

#[tokio::test]
async fn a_fault_resets_its_stream_and_no_other() {
    let faults = Faults { cut: Hits::first(1), truncate: Hits::first(1), ..Faults::default() };
    let running = run(Emulator::new(EmulatorOptions { faults, ..options() }), Server::default()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    let cut = begin(&sender, question(running.address, CONVERSE)).await.unwrap_err();
    assert_eq!(cut.reason(), Some(Reason::INTERNAL_ERROR), "{cut}");
    let truncated = begin(&sender, question(running.address, CONVERSE)).await.unwrap();
    let announced: usize = truncated.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let (half, failed) = read(&mut truncated.into_body()).await;
    assert_eq!(half.len(), announced / 2);
    assert_eq!(failed.and_then(|error| error.reason()), Some(Reason::INTERNAL_ERROR));
    assert_eq!(send(&sender, question(running.address, CONVERSE)).await.0, 200);
}

/// Answers with a megabyte: all at once at `/whole`, else for ever.
struct Megabytes;

impl Transport for Megabytes {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let megabyte = Bytes::from(vec![7; 1 << 20]);
        let is_whole = request.uri().path() == "/whole";
        let endless = futures_util::stream::repeat(megabyte.clone()).map(Ok);
        let body = if is_whole { Body::Whole(megabyte) } else { Body::stream(endless, None) };
        Box::pin(async { Ok(Response::new(body)) })
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_stream_only() {
    let server = Server { write_timeout: Duration::from_millis(200), ..Server::default() };
    let running = run(Megabytes, server).await;
    // A window of its own for each stream, which only the client opens further.
    let (sender, _connection) = connect(running.address, 1000).await;
    let get =
        |path: &str| Request::get(format!("http://{}{path}", running.address)).body(Bytes::new()).unwrap();
    for path in ["/whole", "/endless"] {
        let mut unread = begin(&sender, get(path)).await.unwrap().into_body();
        let (whole, failed) = read(&mut begin(&sender, get("/whole")).await.unwrap().into_body()).await;
        assert!(failed.is_none() && whole.len() == 1 << 20, "{failed:?} after {}", whole.len());
        let first = unread.data().await.unwrap().unwrap();
        assert_eq!(first.len(), 1000);
        let cut = tokio::time::timeout(LONG, unread.data()).await.expect("not reset").unwrap().unwrap_err();
        assert_eq!(cut.reason(), Some(Reason::CANCEL), "{path}: {cut}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let faults = Faults { delay: Duration::from_millis(300), ..Faults::default() };
    let server = Server { idle_timeout: Duration::from_millis(100), ..Server::default() };
    let running = run(Emulator::new(EmulatorOptions { faults, ..options() }), server).await;
    let (sender, connection) = connect(running.address, 65_535).await;
    assert_eq!(send(&sender, question(running.address, CONVERSE)).await.0, 200);
    tokio::time::timeout(LONG, connection).await.expect("open for ever").unwrap().unwrap();
    assert!(begin(&sender, question(running.address, CONVERSE)).await.is_err());
    // Nor has a client that says no more than that it speaks HTTP/2.
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    silent.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = tokio::time::timeout(LONG, silent.read_to_end(&mut said)).await.expect("open for ever");
}

#[tokio::test]
async fn it_stops_at_once_where_nothing_is_asked_and_lets_an_answer_end() {
    let faults = Faults { delay: Duration::from_millis(200), ..Faults::default() };
    let running = run(Emulator::new(EmulatorOptions { faults, ..options() }), Server::default()).await;
    let (_idle, idle) = connect(running.address, 65_535).await;
    let (busy, _connection) = connect(running.address, 65_535).await;
    let request = question(running.address, CONVERSE);
    let answer = tokio::spawn(async move { send(&busy, request).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(3), running.served).await.unwrap().unwrap();
    assert_eq!(answer.await.unwrap().0, 200);
    idle.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_does_not_end_is_cut_when_its_time_is_over() {
    let server = Server { shutdown_grace: Duration::from_millis(100), ..Server::default() };
    let faults = Faults { delay: Duration::from_mins(1), ..Faults::default() };
    let running = run(Emulator::new(EmulatorOptions { faults, ..options() }), server).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    let request = question(running.address, CONVERSE);
    let answer = tokio::spawn(async move { begin(&sender, request).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(3), running.served).await.unwrap().unwrap();
    assert!(answer.await.unwrap().is_err());
}

#[tokio::test]
async fn the_gateway_answers_it_too() {
    let running = run(gateway::offline(GatewayOptions::default()), Gateway::server()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    // Longer than what is always held, and than the window.
    let text = "word ".repeat(200_000);
    let body =
        json!({ "model": "us.amazon.nova-lite-v1:0", "messages": [{ "role": "user", "content": text }] });
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://{}/v1/chat/completions", running.address));
    let request =
        request.header("content-type", "application/json").body(Bytes::from(body.to_string())).unwrap();
    let (status, answer) = send(&sender, request).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["choices"][0]["message"]["role"], "assistant");
}
