//! The gateway on a real socket, and clients that behave badly: each is told so in the shape of its API, and the server
//! goes on.
#![cfg(feature = "gateway")]

mod gateway;

use bedwire::gateway::{AccessEntry, AccessLog, Gateway, GatewayOptions, Key, KeyHash, Origin};
use bedwire::transport::{Body, BoxFuture, Server, Transport, TransportError};
use bytes::Bytes;
use futures_util::stream;
use gateway::over;
use gateway::support::{Script, Step};
use http::{Request, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// A server, until it is dropped or told to stop.
struct Served {
    address: SocketAddr,
    stop: mpsc::UnboundedSender<()>,
    ended: JoinHandle<()>,
}

async fn serve(server: Server, transport: impl Transport) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, signals) = mpsc::unbounded_channel();
    let signals = stream::unfold(signals, async |mut signals| {
        let _ = signals.recv().await;
        Some(((), signals))
    });
    let ended = tokio::spawn(async move {
        server.serve_changing(listener, Arc::new(transport), signals, stream::pending()).await;
    });
    Served { address, stop, ended }
}

async fn gateway(server: Server) -> Served {
    serve(server, over(Script::default(), GatewayOptions::default())).await
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// What is answered to some bytes until the server closes.
    async fn tell(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that has heard enough may close before all is sent.
        let _ = stream.write_all(bytes).await;
        rest(&mut stream).await
    }

    async fn goes_on(&self) {
        let answer =
            self.tell(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok\n"), "{answer}");
    }
}

async fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The error document of an answer, whose head is checked.
fn error_of(answer: &str, status: u16) -> Value {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{answer}");
    let length = format!("content-length: {}", body.len());
    assert!(head.to_lowercase().contains(&length), "{answer}");
    serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {answer}"))
}

fn head(path: &str, headers: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_flood_of_headers_is_refused_in_the_shape_of_the_api() {
    let served = gateway(Gateway::server()).await;
    let many = "x-flood: 1\r\n".repeat(5_000);
    let few_more = "x-flood: 1\r\n".repeat(101);
    let long = format!("x-flood: {}\r\n", "a".repeat(1 << 20));
    for headers in [&many, &few_more, &long] {
        let error = error_of(&served.tell(head("/v1/chat/completions", headers).as_bytes()).await, 431);
        assert_eq!(error["error"]["type"], "invalid_request_error");
        let error = error_of(&served.tell(head("/v1/messages?beta=true", headers).as_bytes()).await, 431);
        assert_eq!(
            (&error["type"], &error["error"]["type"]),
            (&"error".into(), &"invalid_request_error".into())
        );
        let error = error_of(&served.tell(head("/model/x/converse", headers).as_bytes()).await, 431);
        assert!(error["message"].is_string() && error.get("error").is_none());
        served.goes_on().await;
    }
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let served = gateway(Gateway::server()).await;
    for bytes in [
        &b"GARBAGE\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /v1/models HTTP/9.9\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n",
        b"POST /v1/models HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
        b"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n",
        b"GET http://localhost/v1/models HTTP/1.1\r\n\r\n",
    ] {
        let error = error_of(&served.tell(bytes).await, 400);
        assert!(error["error"]["message"].is_string(), "{}: {error}", bytes.escape_ascii());
        served.goes_on().await;
    }
    for path in ["/../../etc/passwd", "/v1/%2e%2e/%2e%2e/etc/passwd", "//", "/v1/chat/completions/../../x"] {
        let get = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let error = error_of(&served.tell(get.as_bytes()).await, 404);
        assert_eq!(error["error"]["type"], "invalid_request_error");
    }
}

/// A proxy that cuts and a client that writes chunks wrong are looked for in two places.
#[tokio::test]
async fn a_body_that_is_malformed_is_told_from_one_that_is_cut() {
    let served = gateway(Gateway::server()).await;
    let chunked = head("/v1/embeddings", "content-type: application/json\r\ntransfer-encoding: chunked\r\n");
    let sized = head("/v1/embeddings", "content-type: application/json\r\ncontent-length: 9\r\n");
    for (bytes, problem) in [
        (format!("{chunked}ZZ\r\n"), "the chunks of the body are malformed"),
        (format!("{chunked}2\r\n{{}}x\r\n"), "the chunks of the body are malformed"),
        (format!("{chunked}9\r\n{{}}"), "the body ended early"),
        (format!("{sized}{{}}"), "the body ended early"),
    ] {
        let mut stream = served.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let error = error_of(&rest(&mut stream).await, 400);
        assert!(error["error"]["message"].as_str().unwrap().contains(problem), "{error}");
    }
}

#[tokio::test]
async fn http_1_0_needs_no_host() {
    let served = gateway(Gateway::server()).await;
    for path in ["/healthz", "/v1/models"] {
        let answer = served.tell(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    }
    for (hosts, status) in [("host: evil.example\r\n", 403), ("host: localhost\r\nhost: localhost\r\n", 400)]
    {
        let answer = served.tell(format!("GET /v1/models HTTP/1.0\r\n{hosts}\r\n").as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.0 {status} ")), "{answer}");
    }
}

/// Request id, endpoint, status and error.
type Line = (String, String, u16, Option<&'static str>);

#[derive(Debug, Default)]
struct Told(Mutex<Vec<Line>>);

impl AccessLog for Told {
    fn ended(&self, entry: &AccessEntry<'_>) {
        let told = (entry.request_id.to_owned(), entry.endpoint.to_owned(), entry.status, entry.error);
        self.0.lock().unwrap().push(told);
    }
}

#[tokio::test]
async fn what_cannot_be_read_has_an_id_and_is_logged_and_counted() {
    let log = Arc::new(Told::default());
    let mut options = GatewayOptions::default();
    options.access_log = Some(Arc::<Told>::clone(&log));
    let served = serve(Gateway::server(), over(Script::default(), options)).await;
    for (bytes, endpoint, status) in [
        (head("/v1/messages", "content-length: 25000001\r\n"), "messages", 413),
        (head("/v1/chat/completions", &"x-flood: 1\r\n".repeat(101)), "chat_completions", 431),
        ("GET /v1/models HTTP/1.1\r\n\r\n".to_owned(), "models", 400),
        ("GARBAGE\r\n\r\n".to_owned(), "none", 400),
    ] {
        let mut stream = served.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let _ = stream.shutdown().await;
        let answer = rest(&mut stream).await;
        error_of(&answer, status);
        let told = log.0.lock().unwrap().pop();
        let (id, told_endpoint, told_status, _) =
            told.unwrap_or_else(|| panic!("nothing is told of {bytes}"));
        assert_eq!((&*told_endpoint, told_status), (endpoint, status));
        assert!(answer.contains(&format!("x-request-id: {id}\r\n")), "{answer}");
    }
    let metrics = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let metrics = served.tell(metrics).await;
    assert!(metrics.contains(r#"endpoint="messages",model="",key="",status="413"} 1"#), "{metrics}");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_it_is_there() {
    let served = gateway(Gateway::server()).await;
    let announced = head("/v1/messages", "content-length: 25000001\r\n");
    let mut stream = served.connect().await;
    stream.write_all(announced.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let error = error_of(&rest(&mut stream).await, 413);
    assert_eq!(error["error"]["type"], "request_too_large");

    let small = Server { max_body_bytes: 1000, ..Gateway::server() };
    let served = gateway(small).await;
    let mut chunked = head("/v1/chat/completions", "transfer-encoding: chunked\r\n").into_bytes();
    for _ in 0..40 {
        chunked.extend_from_slice(format!("40\r\n{}\r\n", "a".repeat(64)).as_bytes());
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let error = error_of(&served.tell(&chunked).await, 413);
    assert_eq!(error["error"]["type"], "invalid_request_error");
    served.goes_on().await;
}

/// A page that may ask may read why its request was no request; another may not.
#[tokio::test]
async fn what_cannot_be_read_is_told_to_the_page_that_sent_it() {
    let page = "http://localhost:3000";
    let mut options = GatewayOptions::default();
    options.allowed_origins = vec![Origin::new(page).unwrap()];
    let served = serve(Gateway::server(), over(Script::default(), options)).await;
    for (origin, is_told) in [(page, true), ("https://evil.example", false)] {
        let headers = format!("origin: {origin}\r\ncontent-length: 25000001\r\n");
        let mut stream = served.connect().await;
        stream.write_all(head("/v1/messages", &headers).as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        error_of(&answer, 413);
        let lets_read = format!("access-control-allow-origin: {page}\r\n");
        assert_eq!(answer.contains(&lets_read), is_told, "{answer}");
        assert_eq!(answer.contains("access-control-"), is_told, "{answer}");
    }
}

#[tokio::test]
async fn a_stranger_is_told_so_before_the_body_is_there() {
    let mut options = GatewayOptions::default();
    options.keys = vec![Key::new("dev", KeyHash::of(b"key"))];
    let server = Server { read_timeout: Duration::from_millis(500), ..Gateway::server() };
    let served = serve(server, over(Script::default(), options)).await;
    let mut stream = served.connect().await;
    stream.write_all(head("/v1/messages", "content-length: 20000000\r\n").as_bytes()).await.unwrap();
    let mut answer = [0; 13];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 401 ");
    drop(stream);
    // Whoever has a key is waited for, but not for ever.
    let late = head("/v1/messages", "content-length: 20000000\r\nx-api-key: key\r\n");
    let error = error_of(&served.tell(late.as_bytes()).await, 408);
    assert_eq!(error["type"], "error");
    // A client that sends on all the same sees the answer, too.
    let mut whole = head("/v1/messages", "content-length: 20000000\r\n").into_bytes();
    whole.resize(whole.len() + 20_000_000, b' ');
    assert_eq!(error_of(&served.tell(&whole).await, 401)["type"], "error");
    served.goes_on().await;
}

#[tokio::test]
async fn a_request_that_is_cut_half_way_is_no_reason_to_stop() {
    let served = gateway(Gateway::server()).await;
    let whole = head("/v1/chat/completions", "content-length: 100\r\n");
    for end in [1, 10, whole.len() - 2, whole.len()] {
        let mut stream = served.connect().await;
        stream.write_all(&whole.as_bytes()[..end]).await.unwrap();
        drop(stream);
    }
    let mut stream = served.connect().await;
    stream.write_all(format!("{whole}{{\"half\"").as_bytes()).await.unwrap();
    drop(stream);
    served.goes_on().await;
}

#[tokio::test]
async fn who_is_too_slow_is_told_so() {
    let patience = Duration::from_millis(200);
    let server = Server { read_timeout: patience, idle_timeout: patience * 3, ..Gateway::server() };
    let served = gateway(server).await;
    // Headers that do not end.
    let began = Instant::now();
    let error = error_of(&served.tell(b"POST /v1/messages HTTP/1.1\r\nhost: a\r\n").await, 408);
    assert_eq!(error["type"], "error");
    assert!((patience..patience * 20).contains(&began.elapsed()), "{:?}", began.elapsed());
    // A body that does not end.
    let error = error_of(&served.tell(head("/v1/embeddings", "content-length: 9\r\n").as_bytes()).await, 408);
    assert!(error["error"]["message"].is_string());
    // Nobody who says nothing is kept: neither at once nor after a request.
    let began = Instant::now();
    assert_eq!(served.tell(b"").await, "");
    assert!((patience * 3..patience * 20).contains(&began.elapsed()), "{:?}", began.elapsed());
    let began = Instant::now();
    let answer = served.tell(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(answer.ends_with("ok\n"), "{answer}");
    assert!((patience * 3..patience * 20).contains(&began.elapsed()), "{:?}", began.elapsed());
}

/// A byte now and then would hold a place for as long as its sender likes.
#[tokio::test(start_paused = true)]
async fn who_sends_a_byte_now_and_then_is_too_slow() {
    let patience = Duration::from_secs(10);
    let server = Server { read_timeout: patience, idle_timeout: patience * 100, ..Gateway::server() };
    let served = gateway(server).await;
    let (mut reading, mut writing) = served.connect().await.into_split();
    writing.write_all(head("/v1/embeddings", "content-length: 5000\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    // Who goes on for 25 times as long as is waited was never told.
    let drip = async {
        for _ in 0..100 {
            tokio::time::sleep(patience / 4).await;
            // The server may have closed: it is to be read why.
            let _ = writing.write_all(b" ").await;
        }
    };
    tokio::select! {
        read = reading.read_to_string(&mut answer) => drop(read),
        () = drip => {}
    }
    error_of(&answer, 408);
}

#[tokio::test]
async fn requests_in_one_piece_are_answered_in_their_order() {
    let served = gateway(Gateway::server()).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let all = [get("/healthz"), get("/nothing"), get("/healthz"), "NONSENSE\r\n\r\n".to_owned()].concat();
    let answer = served.tell(all.as_bytes()).await;
    let statuses: Vec<&str> =
        answer.match_indices("HTTP/1.1 ").map(|(at, _)| &answer[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "404", "200", "400"], "{answer}");
}

/// Streams what a channel has.
struct Streams(std::sync::Mutex<Option<mpsc::Receiver<Bytes>>>);

impl Transport for Streams {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let chunks = self.0.lock().unwrap().take();
        let chunks = stream::unfold(chunks, async |chunks| {
            let mut chunks = chunks?;
            let chunk = chunks.recv().await?;
            Some((Ok(chunk), Some(chunks)))
        });
        Box::pin(async { Ok(Response::new(Body::stream(chunks, None))) })
    }
}

fn streams(capacity: usize) -> (Streams, mpsc::Sender<Bytes>) {
    let (sender, receiver) = mpsc::channel(capacity);
    (Streams(std::sync::Mutex::new(Some(receiver))), sender)
}

#[tokio::test]
async fn who_does_not_read_is_cut() {
    let (transport, chunks) = streams(1);
    let server = Server { write_timeout: Duration::from_millis(200), ..Gateway::server() };
    let served = serve(server, transport).await;
    let mut stream = served.connect().await;
    stream.write_all(head("/", "").as_bytes()).await.unwrap();
    // Until buffers are full, and then until the server has lost its patience.
    let chunk = Bytes::from(vec![b'a'; 65536]);
    let writing = async { while chunks.send(chunk.clone()).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), writing).await.expect("the stream is still held");
    drop(stream);
}

#[tokio::test]
async fn who_goes_away_ends_the_stream() {
    let (transport, chunks) = streams(1);
    let served = serve(Gateway::server(), transport).await;
    let mut stream = served.connect().await;
    stream.write_all(head("/", "").as_bytes()).await.unwrap();
    chunks.send(Bytes::from_static(b"first")).await.unwrap();
    let mut some = [0; 64];
    assert_ne!(stream.read(&mut some).await.unwrap(), 0);
    drop(stream);
    // Nothing is written meanwhile: the end of the connection alone tells.
    tokio::time::timeout(Duration::from_secs(20), chunks.closed()).await.expect("the stream is still held");
}

/// Never answers. Tells of each request, and by its end that it was given up.
struct Hangs(mpsc::UnboundedSender<oneshot::Receiver<()>>);

impl Transport for Hangs {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let (held, given_up) = oneshot::channel();
        self.0.send(given_up).unwrap();
        Box::pin(async move {
            let _held = held;
            std::future::pending().await
        })
    }
}

#[tokio::test]
async fn who_goes_away_ends_the_call_whatever_was_sent_behind_it() {
    let (transport, mut calls) = mpsc::unbounded_channel();
    let served = serve(Gateway::server(), Hangs(transport)).await;
    let whole = format!("{}{{}}", head("/", "content-length: 2\r\n"));
    for behind in [String::new(), "\r\n".to_owned(), whole.clone(), "x".repeat(50_000)] {
        for is_late in [false, true] {
            let mut stream = served.connect().await;
            let request = if is_late { whole.clone() } else { format!("{whole}{behind}") };
            stream.write_all(request.as_bytes()).await.unwrap();
            let given_up = calls.recv().await.unwrap();
            if is_late {
                stream.write_all(behind.as_bytes()).await.unwrap();
            }
            drop(stream);
            let given_up = tokio::time::timeout(Duration::from_secs(5), given_up).await;
            assert!(given_up.is_ok_and(|sent| sent.is_err()), "{} bytes, late: {is_late}", behind.len());
        }
    }
}

#[tokio::test]
async fn a_shutdown_lets_streams_end() {
    let (transport, chunks) = streams(1);
    let served = serve(Gateway::server(), transport).await;
    let mut stream = served.connect().await;
    stream.write_all(head("/", "").as_bytes()).await.unwrap();
    chunks.send(Bytes::from_static(b"first,")).await.unwrap();
    let mut some = [0; 512];
    assert_ne!(stream.read(&mut some).await.unwrap(), 0);
    served.stop.send(()).unwrap();
    while TcpStream::connect(served.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    chunks.send(Bytes::from_static(b"last")).await.unwrap();
    drop(chunks);
    let answer = rest(&mut stream).await;
    assert!(answer.contains("last") && answer.ends_with("0\r\n\r\n"), "{answer:?}");
    tokio::time::timeout(Duration::from_secs(20), served.ended).await.unwrap().unwrap();
}

/// Neither the grace nor the patience of the model is waited for.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_second_signal_cuts_has_a_last_word_and_a_line() {
    let log = Arc::new(Told::default());
    let mut options = GatewayOptions::default();
    options.access_log = Some(Arc::<Told>::clone(&log));
    options.heartbeat = Duration::from_millis(50);
    let silent = Script::new((0..3).map(|_| Step::Never));
    let served = serve(Gateway::server(), over(silent, options)).await;
    let mut waiting = Vec::new();
    for (path, is_streamed) in
        [("/v1/chat/completions", false), ("/v1/chat/completions", true), ("/v1/messages", true)]
    {
        let model = "us.amazon.nova-lite-v1:0";
        let body = json!({ "model": model, "max_tokens": 9, "stream": is_streamed, "messages": [{ "role": "user", "content": "Hi" }] });
        let body = body.to_string();
        let head =
            head(path, &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
        let mut stream = served.connect().await;
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        if is_streamed {
            // The stream has begun.
            assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
        }
        waiting.push((stream, is_streamed));
    }
    for _ in 0..2 {
        served.stop.send(()).unwrap();
    }
    tokio::time::timeout(Duration::from_secs(10), served.ended).await.unwrap().unwrap();
    let mut told: Vec<_> = log.0.lock().unwrap().iter().map(|told| (told.2, told.3)).collect();
    told.sort_unstable();
    assert_eq!(told, [(200, Some("shutdown")), (200, Some("shutdown")), (503, Some("shutdown"))]);
    for (mut stream, is_streamed) in waiting {
        let answer = rest(&mut stream).await;
        assert!(answer.contains("the gateway is shutting down"), "{answer}");
        assert!(is_streamed == answer.ends_with("\r\n0\r\n\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn what_has_no_last_word_is_cut_all_the_same() {
    let (transport, mut calls) = mpsc::unbounded_channel();
    let server = Server { shutdown_grace: Duration::from_millis(10), ..Server::default() };
    let served = serve(server, Hangs(transport)).await;
    let mut stream = served.connect().await;
    stream.write_all(head("/", "").as_bytes()).await.unwrap();
    let mut given_up = calls.recv().await.unwrap();
    served.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(10), served.ended).await.unwrap().unwrap();
    assert_eq!(given_up.try_recv(), Err(TryRecvError::Closed));
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn connections_over_the_bound_wait() {
    let served = gateway(Server { max_connections: 1, ..Gateway::server() }).await;
    let first = served.connect().await;
    // It takes a moment until the first is accepted; whoever comes second is not answered before it has gone.
    let second = served.goes_on();
    let mut second = std::pin::pin!(second);
    let waited = tokio::time::timeout(Duration::from_millis(300), second.as_mut()).await;
    assert!(waited.is_err(), "two were served at once");
    drop(first);
    second.await;
}

#[tokio::test]
async fn who_was_refused_and_stays_is_a_connection_for_a_while() {
    let served = gateway(Server { max_connections: 1, ..Gateway::server() }).await;
    let mut first = served.connect().await;
    first.write_all(b"no HTTP\r\n\r\n").await.unwrap();
    error_of(&rest(&mut first).await, 400);
    let mut second = Box::pin(served.goes_on());
    let waited = tokio::time::timeout(Duration::from_millis(300), second.as_mut()).await;
    assert!(waited.is_err(), "two were held at once");
    drop(first);
    second.await;
    // A server that stops does not wait for one.
    let mut third = served.connect().await;
    third.write_all(b"no HTTP\r\n\r\n").await.unwrap();
    error_of(&rest(&mut third).await, 400);
    served.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(2), served.ended).await.unwrap().unwrap();
}
