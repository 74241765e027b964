//! What HTTP/2 does not let a client do: keep what it does not use, or lose what it was promised.

mod emulator_call;
mod gateway;
mod http2_client;
mod running;

use bedwire::gateway::{Gateway, GatewayOptions, Key, KeyHash};
use bedwire::protocol::outcome::WireFailure;
use bedwire::transport::{Body, BoxFuture, Server, Transport, TransportError};
use bytes::Bytes;
use futures_util::future::{join, join_all};
use futures_util::stream;
use http::{Request, Response};
use http2_client::{
    DATA, Frame, GOAWAY, HEADERS, LONG, PING, RST_STREAM, Raw, WINDOW_UPDATE, begin, connect, frame, read,
};
use running::run;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Answers after a while.
struct Slow(Duration);

impl Transport for Slow {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async {
            sleep(self.0).await;
            Ok(Response::new(Body::Whole("done".into())))
        })
    }
}

/// Answers with 300,000 bytes, which break off there at `/broken`; at `/nothing` with no more than a head that breaks off.
struct Long;

impl Transport for Long {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let long = Bytes::from(vec![7; LENGTH]);
        let broken = Err(TransportError::new(WireFailure::CutBody, "gone"));
        let body = match request.uri().path() {
            "/broken" => Body::stream(stream::iter([Ok(long), broken]), None),
            "/nothing" => Body::stream(stream::iter([broken]), None),
            _ => Body::Whole(long),
        };
        Box::pin(async { Ok(Response::new(body)) })
    }
}

const LENGTH: usize = 300_000;

#[tokio::test]
async fn what_crosses_the_last_words_of_an_idle_connection_is_answered() {
    let server = Server { idle_timeout: Duration::from_millis(50), ..Server::default() };
    let running = run(Slow(Duration::from_millis(1500)), server).await;
    let mut client = Raw::connect(running.address, 65_535).await;
    let last = client.next_of(GOAWAY).await;
    assert_eq!(last.payload.get(..4), Some(&[0x7f, 0xff, 0xff, 0xff][..]), "any stream is still taken");
    client.ask(1, "GET", "/", &[], true).await;
    let answer = client.rest(1).await;
    assert!(answer.iter().any(|frame| frame.payload == b"done"), "{} frames", answer.len());
    assert!(answer.last().is_some_and(Frame::ends_stream));
    // And then it is over, though the client never said that it has heard.
    while client.next().await.is_some() {}
}

#[tokio::test]
async fn it_stops_without_a_word_of_clients_that_ask_nothing() {
    let running = run(Slow(Duration::ZERO), Server::default()).await;
    let mut client = Raw::connect(running.address, 65_535).await;
    client.ask(1, "GET", "/", &[], true).await;
    client.rest(1).await;
    let began = Instant::now();
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(3), "it waited for a PONG: {:?}", began.elapsed());
}

#[tokio::test]
async fn who_reads_slowly_is_no_client_that_does_not_read() {
    let server = Server { write_timeout: Duration::from_millis(500), ..Server::default() };
    let running = run(Long, server).await;
    let mut client = Raw::connect(running.address, 1000).await;
    client.ask(1, "GET", "/", &[], true).await;
    client.next_of(HEADERS).await;
    for _ in 0..8 {
        let piece = client.next().await.unwrap();
        assert_eq!((piece.kind, piece.payload.len()), (DATA, 1000));
        sleep(Duration::from_millis(200)).await;
        client.give(1, 1000).await;
    }
    let cut = client.next_of(RST_STREAM).await;
    assert_eq!(cut.payload, [0, 0, 0, 8], "CANCEL");
}

#[tokio::test]
async fn all_that_came_before_a_break_is_delivered() {
    let running = run(Long, Server::default()).await;
    let mut client = Raw::connect(running.address, 65_535).await;
    client.ask(1, "GET", "/broken", &[], true).await;
    let mut received = 0;
    let broken = loop {
        let frame = client.next().await.unwrap();
        match frame.kind {
            DATA if !frame.payload.is_empty() => {
                received += frame.payload.len();
                sleep(Duration::from_millis(10)).await;
                client.give(1, frame.payload.len()).await;
            }
            RST_STREAM => break frame,
            _ => {}
        }
    };
    assert_eq!(received, LENGTH);
    assert_eq!(broken.payload, [0, 0, 0, 2], "INTERNAL_ERROR");
    client.ask(3, "GET", "/nothing", &[], true).await;
    let kinds: Vec<u8> = client.rest(3).await.iter().map(|frame| frame.kind).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&HEADERS), Some(&RST_STREAM)));
}

#[tokio::test]
async fn a_ping_is_no_request() {
    let server = Server { idle_timeout: Duration::from_millis(300), ..Server::default() };
    let running = run(Long, server).await;
    let mut client = Raw::connect(running.address, 65_535).await;
    let pinging = async {
        // Whatever the server says is an answer to a PING, but for its SETTINGS and its last words.
        while client.next().await.is_some() {
            sleep(Duration::from_millis(50)).await;
            client.say(&frame(PING, 0, 0, &[0; 8])).await;
        }
    };
    timeout(LONG, pinging).await.expect("open for ever");
}

/// A client that sees a reset while it still sends takes it for a broken network, and never shows the answer.
#[tokio::test]
async fn a_body_that_nobody_wants_may_be_sent_to_its_end() {
    let too_long = Server { max_body_bytes: 1000, ..Server::default() };
    let not_looked_at = Server { stream_bodies: true, ..Server::default() };
    for server in [too_long, not_looked_at] {
        let running = run(Slow(Duration::ZERO), server).await;
        let mut client = Raw::connect(running.address, 65_535).await;
        let length = LENGTH.to_string();
        client.ask(1, "POST", "/", &[("content-length", &length)], false).await;
        // As much as may be sent at first: more goes only where the server reads on.
        let mut window = 65_535;
        let mut left = LENGTH;
        let mut has_ended = false;
        while left > 0 || !has_ended {
            let size = left.min(window).min(16_000);
            if size > 0 {
                (left, window) = (left - size, window - size);
                client.say(&frame(DATA, u8::from(left == 0), 1, &vec![b'x'; size])).await;
                continue;
            }
            let frame = client.next().await.unwrap();
            assert_ne!(frame.kind, RST_STREAM, "with {left} bytes left");
            has_ended |= frame.ends_stream();
            if (frame.kind, frame.stream) == (WINDOW_UPDATE, 1) {
                window += usize::from(frame.payload[1]) * 65_536
                    + usize::from(frame.payload[2]) * 256
                    + usize::from(frame.payload[3]);
            }
        }
    }
}

#[tokio::test]
async fn all_connections_together_have_no_more_requests_than_there_may_be_connections() {
    let server = Server { max_connections: 2, ..Server::default() };
    let running = run(Slow(Duration::from_millis(500)), server).await;
    let (many, _connection) = connect(running.address, 65_535).await;
    let (one, _connection) = connect(running.address, 65_535).await;
    let get = || Request::get(format!("http://{}/", running.address)).body(Bytes::new()).unwrap();
    for _ in 0..2 {
        // One for which there is always room, and two.
        let four = join_all((0..4).map(|_| begin(&many, get())));
        let another = async {
            sleep(Duration::from_millis(200)).await;
            begin(&one, get()).await
        };
        let (four, another) = join(four, another).await;
        let mut four: Vec<_> = four.into_iter().map(|answer| answer.unwrap()).collect();
        four.sort_by_key(Response::status);
        assert_eq!(
            four.iter().map(|answer| answer.status().as_u16()).collect::<Vec<_>>(),
            [200, 200, 200, 503]
        );
        assert_eq!(four[3].headers()["retry-after"], "1");
        assert_eq!(another.unwrap().status(), 200);
        // An answer takes its room until it is read.
        for mut answer in four {
            read(answer.body_mut()).await;
        }
    }
}

/// A connection has many at a time, so that none may have even a little that was not asked for.
#[tokio::test]
async fn a_gateway_holds_no_body_of_who_may_not_ask_or_need_not_send_one() {
    let mut options = GatewayOptions::default();
    options.keys = vec![Key::new("a", KeyHash::of(b"a secret of some length"))];
    let running = run(gateway::offline(options), Gateway::server()).await;
    let (sender, _connection) = connect(running.address, 65_535).await;
    for (method, path, status) in [("GET", "/healthz", 200), ("POST", "/v1/chat/completions", 401)] {
        let request = Request::builder().method(method).uri(format!("http://{}{path}", running.address));
        let request = request.header("content-length", "60000").body(()).unwrap();
        let mut sender = sender.clone().ready().await.unwrap();
        let (answer, mut sending) = sender.send_request(request, false).unwrap();
        sending.send_data("{".into(), false).unwrap();
        let mut answer = timeout(LONG, answer).await.expect("it waits for the body").unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert!(read(answer.body_mut()).await.1.is_none());
    }
}
