//! The emulator on a real socket: garbage never kills it, bodies are bounded, cuts and the shutdown are clean.
#![cfg(feature = "emulator")]

mod emulator_call;
mod running;

use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits};
use bedwire::transport::{Server, serve};
use emulator_call::{Call, emulator, luma, options};
use http::{Method, Request};
use running::run;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Sends bytes and reads to the end.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may have answered and closed before all is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A signed request as text, with `connection: close`.
fn text(call: &Call, address: SocketAddr) -> Vec<u8> {
    let mut call = call.clone();
    call.url = call.url.replace("127.0.0.1:8099", &address.to_string());
    let request: Request<_> = call.signed();
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri().path_and_query().unwrap());
    for (name, value) in request.headers() {
        write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    write!(text, "content-length: {}\r\nconnection: close\r\n\r\n", request.body().len()).unwrap();
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(request.body());
    bytes
}

async fn is_alive(address: SocketAddr) -> bool {
    raw(address, &text(&Call::get("/async-invoke"), address)).await.starts_with("HTTP/1.1 200 OK\r\n")
}

#[tokio::test]
async fn malformed_requests_are_answered_or_dropped() {
    let running = run(emulator(), Server::default()).await;
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(1_000_000));
    let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    for (request, status) in [
        (&b"garbage\r\n\r\n"[..], "400"),
        (b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nhost: \xff\xfe\r\nconnection: close\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n", "400"),
        (b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", ""),
        (b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", ""),
        (b"GET /model/%zz/%ff%00/../..//invoke?%%%=&&==& HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "403"),
        (b"GET /\xc3\xa9{}\"<> HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", ""),
        (b"GET / HTTP/1.1\r\nhost: x\r\nauthorization: \xff\xff\r\nconnection: close\r\n\r\n", "400"),
        (b"GET /?X-Amz-Algorithm HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "400"),
        (b"GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=-1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nrange: bytes=--5\r\nconnection: close\r\n\r\n", "403"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n", "400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n", "400"),
        (b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "400"),
        (long.as_bytes(), "431"),
        (many.as_bytes(), "431"),
    ] {
        let answer = raw(running.address, request).await;
        let shown = String::from_utf8_lossy(request.get(..request.len().min(80)).unwrap()).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) || status.is_empty(), "{shown:?}: {answer}");
    }
    assert!(is_alive(running.address).await);
}

#[tokio::test]
async fn random_garbage_never_kills_it() {
    let running = run(emulator(), Server::default()).await;
    let valid = text(&Call::post("/async-invoke", &luma(Some("t"))), running.address);
    let mut state = 42_u64;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    for round in 0..400 {
        // Half are noise, half are a valid request with some bytes changed, and some of them cut.
        let mut bytes: Vec<u8> = if round % 2 == 0 {
            (0..next(600)).map(|_| u8::try_from(next(256)).unwrap()).collect()
        } else {
            let mut bytes = valid.clone();
            for _ in 0..=next(8) {
                let at = next(bytes.len());
                bytes[at] = u8::try_from(next(256)).unwrap();
            }
            bytes
        };
        if next(3) == 0 {
            bytes.truncate(next(bytes.len() + 1));
        }
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "round {round} hangs on {:?}", String::from_utf8_lossy(&bytes));
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "round {round}");
    }
    assert!(is_alive(running.address).await);
}

#[tokio::test]
async fn a_body_over_the_bound_is_refused_however_it_comes() {
    let server = Server { max_body_bytes: 1000, ..Server::default() };
    let running = run(emulator(), server).await;
    let body = "x".repeat(1001);
    let announced = format!("POST /async-invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 1001\r\n\r\n{body}");
    let chunked = format!(
        "POST /async-invoke HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{body}\r\n0\r\n\r\n"
    );
    for request in [announced, chunked] {
        let answer = raw(running.address, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("longer than 1000 bytes"), "{answer}");
    }
    let fits = format!(
        "POST /async-invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n{}",
        "x".repeat(1000)
    );
    assert!(raw(running.address, fits.as_bytes()).await.starts_with("HTTP/1.1 403 "));
}

/// So an embedder says that there is no bound.
#[tokio::test]
async fn a_server_may_wait_for_ever() {
    let ever = Duration::MAX;
    let server = Server {
        read_timeout: ever,
        idle_timeout: ever,
        write_timeout: ever,
        shutdown_grace: ever,
        ..Server::default()
    };
    let running = run(emulator(), server).await;
    let mut client = TcpStream::connect(running.address).await.unwrap();
    for piece in [
        "POST /async-invoke HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nconnection: close\r\n\r\n",
        "{",
        " }\n",
    ] {
        client.write_all(piece.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn a_head_has_a_length_and_no_body() {
    let running = run(
        Emulator::new(EmulatorOptions {
            job_duration: bedwire::emulator::JobDuration::Time(Duration::ZERO),
            ..options()
        }),
        Server::default(),
    )
    .await;
    let started =
        raw(running.address, &text(&Call::post("/async-invoke", &luma(None)), running.address)).await;
    let id = started.split("async-invoke/").nth(1).unwrap().get(..12).unwrap();
    let call = Call::s3(Method::HEAD, &format!("/demo/out/{id}/output.mp4"));
    let answer = raw(running.address, &text(&call, running.address)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-length: 10\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert_eq!(answer.matches("content-length").count(), 1, "{answer}");
}

#[tokio::test]
async fn a_cut_connection_has_no_answer_and_a_cut_body_has_half_of_it() {
    let faults = Faults { cut: Hits::first(1), truncate: Hits::first(1), ..Faults::default() };
    let running = run(Emulator::new(EmulatorOptions { faults, ..options() }), Server::default()).await;
    let request = text(&Call::get("/async-invoke"), running.address);
    assert_eq!(raw(running.address, &request).await, "");
    let answer = raw(running.address, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-length: 27"), "{answer}");
    assert_eq!(body, "{\"asyncInvoke", "{answer}");
    assert!(is_alive(running.address).await);
}

#[tokio::test]
async fn it_stops_while_connections_idle_and_lets_an_answer_end() {
    let faults = Faults { delay: Duration::from_millis(200), ..Faults::default() };
    let emulator = Emulator::new(EmulatorOptions { faults, ..options() });
    let running = run(emulator, Server::default()).await;
    let _idle = TcpStream::connect(running.address).await.unwrap();
    let request = text(&Call::get("/async-invoke"), running.address);
    let address = running.address;
    let answer = tokio::spawn(async move { raw(address, &request).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    running.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(3), running.served).await.unwrap().unwrap();
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn the_default_bounds_serve_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, Arc::new(emulator()), async move {
        let _ = stopped.await;
    }));
    assert!(is_alive(address).await);
    stop.send(()).unwrap();
    served.await.unwrap();
}
