//! Calls of a gateway in process: over a script, or over the emulator.
#![allow(dead_code)] // each test file uses its own part

#[path = "../answer/mod.rs"]
mod answer;

pub(crate) use answer::Answer;

use super::support::{Script, builder};
use bedwire::client::Route;
use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::gateway::{Gateway, GatewayOptions, ModelAlias};
use bedwire::protocol::eventstream::{HeaderValue, encode};
use bedwire::protocol::model::ModelId;
use bedwire::transport::{Body, Transport, TransportError};
use bytes::Bytes;
use http::Request;
use serde_json::json;

/// What the aliases lead to.
pub(crate) const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
pub(crate) const NOVA: &str = "us.amazon.nova-lite-v1:0";

/// `claude` and `nova`, and nothing else set.
pub(crate) fn options() -> GatewayOptions {
    let mut options = GatewayOptions::default();
    options.models =
        [("claude", CLAUDE), ("nova", NOVA)].into_iter().map(|(name, id)| alias(name, &[id])).collect();
    options
}

pub(crate) fn alias(name: &str, ids: &[&str]) -> ModelAlias {
    let route = |id: &&str| Route { region: "us-west-2".to_owned(), model_id: ModelId::new(*id).unwrap() };
    ModelAlias { name: name.to_owned(), routes: ids.iter().map(route).collect(), max_tokens: None }
}

pub(crate) fn scripted(script: &Script, options: GatewayOptions) -> Gateway {
    Gateway::new(&builder(script).build().unwrap(), options).unwrap()
}

pub(crate) fn emulated() -> Gateway {
    let emulator = Emulator::new(EmulatorOptions::default());
    let client = builder(&Script::default())
        .auth(bedwire::emulator::example_credentials())
        .transport(emulator)
        .build()
        .unwrap();
    Gateway::new(&client, options()).unwrap()
}

/// The events of a stream: name and data.
pub(crate) fn events_of(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.header("content-type"), "text/event-stream", "{}", answer.text());
    events(&answer.text())
}

/// The events of a text, each read as a browser would.
pub(crate) fn events(text: &str) -> Vec<(String, String)> {
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

pub(crate) fn request(path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Body> {
    let mut request =
        Request::post(format!("http://127.0.0.1{path}")).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::Whole(body.into())).unwrap()
}

pub(crate) async fn post(
    gateway: &Gateway,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    Answer::collect(gateway.send(request(path, headers, body)).await.unwrap()).await
}

/// A frame of InvokeModelWithResponseStream.
pub(crate) fn chunk(json: &str) -> Bytes {
    let payload = json!({ "bytes": base64_simd::STANDARD.encode_to_string(json), "p": "abc" }).to_string();
    frame("event", ":event-type", "chunk", &payload)
}

/// A frame of any event.
pub(crate) fn event(name: &str, payload: &str) -> Bytes {
    frame("event", ":event-type", name, payload)
}

pub(crate) fn exception(name: &str, message: &str) -> Bytes {
    frame("exception", ":exception-type", name, &json!({ "message": message }).to_string())
}

fn frame(message_type: &str, name_header: &str, name: &str, payload: &str) -> Bytes {
    let text = |value| HeaderValue::String(value);
    let headers = [
        (name_header, text(name)),
        (":content-type", text("application/json")),
        (":message-type", text(message_type)),
    ];
    encode(headers, payload.as_bytes()).unwrap()
}

/// A stream of frames, as Bedrock answers it.
pub(crate) fn streamed(
    chunks: impl IntoIterator<Item = Result<Bytes, TransportError>, IntoIter: Send + 'static>,
) -> super::support::Step {
    streamed_body(Body::stream(futures_util::stream::iter(chunks), None))
}

pub(crate) fn streamed_body(body: Body) -> super::support::Step {
    super::support::Step::Answer(
        http::Response::builder()
            .header("content-type", "application/vnd.amazon.eventstream")
            .header("x-amzn-requestid", "of-bedrock")
            .body(body)
            .unwrap(),
    )
}
