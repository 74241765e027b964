//! A gateway in process, over an emulator, a script or a Bedrock that a test plays: what it is asked, and its answers.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

mod answer;
pub mod canned;
pub mod completion;
pub mod frames;
pub mod responses;
#[cfg(feature = "emulator")]
pub mod sent;
#[path = "../support/mod.rs"]
pub mod support;
pub mod tap;

pub use answer::Answer;

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::client::Route;
use bedwire::gateway::{Gateway, GatewayOptions, ModelAlias};
use bedwire::protocol::model::ModelId;
use bedwire::transport::{Body, Transport};
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use support::{ACCESS_KEY_ID, SECRET};

pub const REGION: &str = "us-west-2";
/// What the aliases of [`options`] lead to.
pub const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
pub const NOVA: &str = "us.amazon.nova-lite-v1:0";

pub const CHAT: &str = "/v1/chat/completions";

/// A gateway over anything that answers.
pub fn over(upstream: impl Transport, options: GatewayOptions) -> Gateway {
    // What an emulator accepts that is told nothing else.
    let credentials = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test");
    let client = Client::builder().region(REGION).auth(credentials).transport(upstream);
    Gateway::new(&client.build().unwrap(), options).unwrap()
}

/// A gateway over an emulator whose jobs end at once.
#[cfg(feature = "emulator")]
pub fn offline(options: GatewayOptions) -> Gateway {
    use bedwire::emulator::{Emulator, EmulatorOptions, JobDuration};
    let job_duration = JobDuration::Time(std::time::Duration::ZERO);
    over(Emulator::new(EmulatorOptions { job_duration, ..EmulatorOptions::default() }), options)
}

/// `claude` and `nova`, and nothing else set.
pub fn options() -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.models =
        [("claude", CLAUDE), ("nova", NOVA)].into_iter().map(|(name, id)| alias(name, &[id])).collect();
    options
}

pub fn alias(name: &str, ids: &[&str]) -> ModelAlias {
    let route = |id: &&str| Route { region: REGION.to_owned(), model_id: ModelId::new(*id).unwrap() };
    ModelAlias { name: name.to_owned(), routes: ids.iter().map(route).collect(), max_tokens: None }
}

/// A chat of one message.
pub fn hi(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] })
}

pub fn request(
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("http://127.0.0.1:8097{path}"));
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "127.0.0.1:8097");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::Whole(body.into())).unwrap()
}

/// A POST of JSON, with more headers.
pub fn json_request(path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Body> {
    let headers = [&[("content-type", "application/json")], headers].concat();
    request(Method::POST, path, &headers, body)
}

pub async fn send(
    gateway: &Gateway,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    Answer::collect(gateway.send(request(method, path, headers, body)).await.unwrap()).await
}

pub async fn get(gateway: &Gateway, path: &str) -> Answer {
    send(gateway, Method::GET, path, &[], Bytes::new()).await
}

pub async fn post(gateway: &Gateway, path: &str, body: &Value) -> Answer {
    post_with(gateway, path, &[], body.to_string()).await
}

/// The same of any body, with more headers.
pub async fn post_with(
    gateway: &Gateway,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    Answer::collect(gateway.send(json_request(path, headers, body)).await.unwrap()).await
}

/// A chat completion, whose answer may arrive piece by piece.
pub async fn ask(gateway: &Gateway, body: &Value) -> Response<Body> {
    gateway.send(json_request(CHAT, &[], body.to_string())).await.unwrap()
}

/// The same of the Responses API.
pub async fn respond(gateway: &Gateway, body: &Value) -> Response<Body> {
    gateway.send(json_request("/v1/responses", &[], body.to_string())).await.unwrap()
}

/// The text of an answer to its end.
pub async fn whole(response: Response<Body>) -> String {
    Answer::collect(response).await.text()
}

/// The events of a stream: name and data.
pub fn events_of(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.header("content-type"), "text/event-stream", "{}", answer.text());
    events(&answer.text())
}

/// The events of a text, each read as a browser would.
pub fn events(text: &str) -> Vec<(String, String)> {
    assert!(text.ends_with("\n\n"), "{text}");
    let event = |block: &str| {
        let (mut name, mut data) = (String::new(), Vec::new());
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("event", value)) => value.clone_into(&mut name),
                Some(("data", value)) => data.push(value),
                _ => panic!("{line:?} is no field"),
            }
        }
        (name, data.join("\n"))
    };
    text.split_terminator("\n\n").map(event).collect()
}
