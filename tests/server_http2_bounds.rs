//! What HTTP/2 does not let a client do: keep what it does not use, or lose what it was promised.

mod emulator_call;
mod http2_client;

use bedwire::transport::{Body, BoxFuture, Server, Transport, TransportError};
use http::{Request, Response};
use http2_client::{DATA, GOAWAY, HEADERS, Raw, run};
use std::time::{Duration, Instant};

/// Answers after a while.
struct Slow(Duration);

impl Transport for Slow {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(Response::new(Body::Whole("done".into())))
        })
    }
}

#[tokio::test]
async fn what_crosses_the_last_words_of_an_idle_connection_is_answered() {
    let server = Server { idle_timeout: Duration::from_millis(50), ..Server::default() };
    let running = run(Slow(Duration::from_millis(1500)), server).await;
    let mut client = Raw::connect(running.address, 65_535).await;
    let last = client.next_of(GOAWAY).await;
    assert_eq!(last.payload.get(..4), Some(&[0x7f, 0xff, 0xff, 0xff][..]), "any stream is still taken");
    client.ask(1, "GET", "/", &[], true).await;
    let answer = client.rest(1).await;
    assert_eq!(answer.iter().map(|frame| frame.kind).collect::<Vec<_>>(), [HEADERS, DATA]);
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
