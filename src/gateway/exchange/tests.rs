//! What an exchange tells when it has ended.

use super::super::access_log::AccessLog;
use super::super::keys::{Key, KeyHash};
use super::super::options::GatewayOptions;
use super::super::state::Current;
use super::*;
use crate::client::Client;
use crate::protocol::document::Document;
use crate::transport::{BoxFuture, Transport};
use futures_util::StreamExt as _;
use http::{HeaderMap, Method, Request};

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl AccessLog for Lines {
    fn ended(&self, entry: &AccessEntry<'_>) {
        self.0.lock().unwrap().push(entry.to_json());
    }
}

struct Nobody;

impl Transport for Nobody {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(std::future::pending())
    }
}

fn in_force(lines: &Arc<Lines>) -> Arc<InForce> {
    let auth = aws_credential_types::Credentials::new("a", "b", None, None, "test");
    let client = Client::builder().region("us-west-2").auth(auth).transport(Nobody).build().unwrap();
    let mut key = Key::new("dev", KeyHash::of(b"key"));
    key.tokens_per_minute = Some(1000);
    let log: Arc<dyn AccessLog> = Arc::<Lines>::clone(lines);
    let options = GatewayOptions { keys: vec![key], access_log: Some(log), ..GatewayOptions::default() };
    Current::new(&client, options).unwrap().get()
}

/// A chat that was let in.
fn admitted(in_force: &Arc<InForce>) -> Arc<Exchange> {
    let route = Route::find(&Method::POST, "/v1/chat/completions", &HeaderMap::new());
    let exchange = Exchange::begin(in_force, &route);
    exchange.admitted(in_force.keys.holder_of(b"key"), None);
    exchange
}

/// The same, which asks the model `amazon.x`.
fn begun(in_force: &Arc<InForce>) -> Arc<Exchange> {
    let exchange = admitted(in_force);
    exchange.asks(&in_force.models.find("amazon.x").unwrap());
    exchange.calls("ConverseStream", &in_force.client, "us.amazon.x");
    exchange
}

fn usage(input: u64, output: u64) -> Usage {
    let text = format!(r#"{{"inputTokens":{input},"outputTokens":{output}}}"#);
    Usage::read(Document::new(text)).unwrap()
}

fn streamed(exchange: &Arc<Exchange>, length: Option<u64>) -> Response<Body> {
    let chunks = futures_util::stream::iter([Ok(Bytes::from_static(b"chunk"))]);
    let endless = chunks.chain(futures_util::stream::pending());
    let mut answer = Response::new(Body::stream(endless, length));
    exchange.answered(&mut answer);
    answer
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_told_when_its_stream_has_ended() {
    let lines = Arc::new(Lines::default());
    let in_force = in_force(&lines);
    let exchange = begun(&in_force);
    tokio::time::advance(Duration::from_millis(20)).await;
    exchange.first_token();
    tokio::time::advance(Duration::from_millis(10)).await;
    exchange.first_token();
    exchange.used(&usage(7, 5));
    exchange.stopped(&StopReason::EndTurn);
    let mut answer = streamed(&exchange, Some(5));
    assert!(answer.headers()["x-request-id"].to_str().unwrap().starts_with("req_"));
    drop(exchange);
    assert!(lines.0.lock().unwrap().is_empty(), "the stream goes on");
    assert!(answer.body_mut().chunk().await.is_some());
    drop(answer);
    let line: serde_json::Value = serde_json::from_str(&lines.0.lock().unwrap()[0]).unwrap();
    for (name, value) in [
        ("status", 200.into()),
        ("key", "dev".into()),
        ("model", "amazon.x".into()),
        ("operation", "ConverseStream".into()),
        ("upstream_model", "us.amazon.x".into()),
        ("input_tokens", 7.into()),
        ("first_token_ms", 20.0.into()),
        ("took_ms", 30.0.into()),
        ("stop_reason", serde_json::Value::from("end_turn")),
    ] {
        assert_eq!(line[name], value, "{name} of {line}");
    }
    assert!(line.get("error").is_none(), "{line}");
    let metrics = in_force.ledger.metrics.text();
    let sample = r#"bedwire_tokens_total{model="amazon.x",key="dev",kind="input"} 7"#;
    assert!(metrics.contains(sample) && metrics.contains("in_flight 0\n"), "{metrics}");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_settled_to_what_it_took_and_who_goes_away_has_taken_the_reserve() {
    let lines = Arc::new(Lines::default());
    let in_force = in_force(&lines);
    let exchange = begun(&in_force);
    exchange.reserves(900).unwrap();
    let other = begun(&in_force);
    let refused = other.reserves(900).unwrap_err();
    assert_eq!(refused.kind(), RefusalKind::Throttled);
    assert!(refused.message().contains("1000 tokens a minute"), "{}", refused.message());
    let answer = streamed(&exchange, None);
    exchange.used(&usage(50, 50));
    drop((answer, exchange, other));

    let exchange = begun(&in_force);
    exchange.reserves(900).unwrap();
    let answer = streamed(&exchange, None);
    // What is known of it is of its beginning.
    exchange.used(&usage(50, 1));
    exchange.cut_short();
    drop((answer, exchange));
    assert!(lines.0.lock().unwrap().last().unwrap().contains(r#""error":"client_gone""#));
    assert!(admitted(&in_force).reserves(100).is_err());
    tokio::time::advance(Duration::from_mins(1)).await;
    assert!(admitted(&in_force).reserves(900).is_ok(), "what was refused gave back its reserve");
    // Where nothing was asked, nothing was taken.
    assert!(admitted(&in_force).reserves(900).is_ok());

    // Who goes away before there is an answer leaves a model at work all the same.
    let exchange = begun(&in_force);
    exchange.reserves(900).unwrap();
    drop(exchange);
    assert!(admitted(&in_force).reserves(200).is_err());
}
