//! A Bedrock that answers what a test says, a gateway in front of it, and what comes out of that.
#![allow(dead_code, missing_docs, unreachable_pub)] // each test file uses its own part

pub mod responses;
pub mod tap;

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::protocol::eventstream::HeaderValue;
use bedwire::protocol::eventstream::encode;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Any model that answers by Converse, and a Claude.
pub const CONVERSE: &str = "us.amazon.nova-pro-v1:0";
pub const CLAUDE: &str = "us.anthropic.claude-3-7-sonnet-20250219-v1:0";

pub fn gateway(upstream: impl Transport, options: GatewayOptions) -> Gateway {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let client = Client::builder().region("us-west-2").auth(credentials).transport(upstream);
    Gateway::new(&client.build().unwrap(), options).unwrap()
}

pub fn request(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hi" }] })
}

pub async fn ask(gateway: &Gateway, body: &Value) -> Response<Body> {
    ask_as(gateway, Some("application/json"), body).await
}

pub async fn ask_as(gateway: &Gateway, content_type: Option<&str>, body: &Value) -> Response<Body> {
    ask_at(gateway, "/v1/chat/completions", content_type, body).await
}

/// The same of the Responses API.
pub async fn respond(gateway: &Gateway, body: &Value) -> Response<Body> {
    ask_at(gateway, "/v1/responses", Some("application/json"), body).await
}

async fn ask_at(gateway: &Gateway, path: &str, content_type: Option<&str>, body: &Value) -> Response<Body> {
    let mut request = Request::post(format!("http://127.0.0.1{path}"));
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    gateway.send(request.body(Body::Whole(body.to_string().into())).unwrap()).await.unwrap()
}

pub async fn whole(response: Response<Body>) -> String {
    let body = response.into_body().collect(usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Answers one operation with the same body, cut in pieces where it is a stream.
#[derive(Clone)]
pub struct Canned {
    operation: &'static str,
    body: Bytes,
    pub piece: usize,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Canned {
    pub fn new(operation: &'static str, body: Bytes) -> Self {
        Self { operation, body, piece: 1021, seen: Arc::default() }
    }

    /// The operations that were asked, in order.
    pub fn operations(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Transport for Canned {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let path = request.uri().path().to_owned();
        let operation = path.rsplit('/').next().unwrap().to_owned();
        if !path.starts_with("/model/") {
            let refused = Response::builder().status(403).body(Body::empty()).unwrap();
            return Box::pin(async { Ok(refused) });
        }
        let is_asked = operation == self.operation;
        self.seen.lock().unwrap().push(operation);
        let response = Response::builder().header("x-amzn-requestid", "0123-4567");
        let response = if !is_asked {
            response.status(404).body(Body::empty())
        } else if self.operation.ends_with("stream") {
            let body = self.body.clone();
            let pieces: Vec<_> =
                body.chunks(self.piece).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            response.body(Body::stream(futures_util::stream::iter(pieces), None))
        } else {
            response.body(Body::Whole(self.body.clone()))
        };
        Box::pin(async { Ok(response.unwrap()) })
    }
}

/// One frame of ConverseStream.
pub fn frame(event: &str, payload: &Value) -> Vec<u8> {
    headed(
        &[(":event-type", event), (":content-type", "application/json"), (":message-type", "event")],
        payload,
    )
}

/// An exception in a stream.
pub fn exception(name: &str, message: &str) -> Vec<u8> {
    headed(&[(":exception-type", name), (":message-type", "exception")], &json!({ "message": message }))
}

fn headed(headers: &[(&str, &str)], payload: &Value) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| (*name, HeaderValue::from(*value)));
    encode(headers, payload.to_string().as_bytes()).unwrap().to_vec()
}

/// What an OpenAI client makes of an answer.
#[derive(Debug, Default, PartialEq)]
pub struct Completion {
    pub model: String,
    pub content: Option<String>,
    /// Id, name, arguments as they came.
    pub tool_calls: Vec<(String, String, String)>,
    pub reasoning: Option<String>,
    pub thinking_blocks: Vec<Value>,
    pub finish_reason: String,
    pub usage: Value,
}

impl Completion {
    /// Reads a `chat.completion` of one choice.
    pub fn read(document: &Value, label: &str) -> Self {
        assert_eq!(document["object"], "chat.completion", "{label}");
        assert!(document["created"].as_u64().unwrap() > 1_700_000_000, "{label}");
        let [choice] = document["choices"].as_array().unwrap().as_slice() else { panic!("{label}") };
        assert_eq!(choice["index"], 0, "{label}");
        let message = &choice["message"];
        assert_eq!(message["role"], "assistant", "{label}");
        let tool_calls = message["tool_calls"].as_array().into_iter().flatten().map(|call| {
            assert_eq!(call["type"], "function", "{label}");
            (text(&call["id"]), text(&call["function"]["name"]), text(&call["function"]["arguments"]))
        });
        let tool_calls: Vec<_> = tool_calls.collect();
        assert!(!tool_calls.is_empty() || message["content"].is_string(), "{label}");
        Self {
            model: text(&document["model"]),
            content: message["content"].as_str().map(str::to_owned),
            tool_calls,
            reasoning: message["reasoning_content"].as_str().map(str::to_owned),
            thinking_blocks: message["thinking_blocks"].as_array().cloned().unwrap_or_default(),
            finish_reason: text(&choice["finish_reason"]),
            usage: document["usage"].clone(),
        }
    }
}

fn text(json: &Value) -> String {
    json.as_str().unwrap().to_owned()
}

/// The data of server-sent events, in order; comments are left out.
pub fn data(stream: &str) -> Vec<&str> {
    let events = stream.split_terminator("\n\n").filter(|event| !event.starts_with(':'));
    events.map(|event| event.strip_prefix("data: ").unwrap_or_else(|| panic!("{event}"))).collect()
}

/// Puts a stream of one choice together as OpenAI's clients do, and looks at its order: the role first, then the pieces,
/// the reason to end, the usage, `[DONE]`.
pub fn read_stream(stream: &str, label: &str) -> Completion {
    let mut events = data(stream);
    assert_eq!(events.pop(), Some("[DONE]"), "{label}");
    let mut completion = Completion::default();
    let mut ids = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let chunk: Value = serde_json::from_str(event).unwrap_or_else(|e| panic!("{label}: {event}: {e}"));
        assert_eq!(chunk["object"], "chat.completion.chunk", "{label}");
        ids.push(text(&chunk["id"]));
        completion.model = text(&chunk["model"]);
        let choices = chunk["choices"].as_array().unwrap();
        let [choice] = choices.as_slice() else {
            assert_eq!(place, events.len() - 1, "{label}: the usage comes last");
            completion.usage = chunk["usage"].clone();
            continue;
        };
        assert!(completion.finish_reason.is_empty(), "{label}: {event} comes after the end");
        assert_eq!(choice["delta"]["role"] == "assistant", place == 0, "{label}: {event}");
        completion.add(&choice["delta"], label);
        if let Some(reason) = choice["finish_reason"].as_str() {
            assert_eq!(choice["delta"], json!({}), "{label}");
            reason.clone_into(&mut completion.finish_reason);
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{label}");
    completion
}

impl Completion {
    fn add(&mut self, delta: &Value, label: &str) {
        if let Some(piece) = delta["content"].as_str() {
            self.content.get_or_insert_default().push_str(piece);
        }
        if let Some(piece) = delta["reasoning_content"].as_str() {
            self.reasoning.get_or_insert_default().push_str(piece);
        }
        self.thinking_blocks.extend(delta["thinking_blocks"].as_array().cloned().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            let arguments = text(&call["function"]["arguments"]);
            if index == self.tool_calls.len() {
                assert_eq!((&call["type"], &*arguments), (&json!("function"), ""), "{label}");
                self.tool_calls.push((text(&call["id"]), text(&call["function"]["name"]), arguments));
            } else {
                assert!(call.get("id").is_none() && call["function"].get("name").is_none(), "{label}");
                self.tool_calls[index].2.push_str(&arguments);
            }
        }
    }
}

/// One chunk of InvokeModelWithResponseStream.
pub fn native(chunk: &Value) -> Vec<u8> {
    frame("chunk", &json!({ "bytes": base64_simd::STANDARD.encode_to_string(chunk.to_string()), "p": "abc" }))
}

/// Appends a piece of text at a place in a document.
pub fn append(document: &mut Value, pointer: &str, piece: &Value) {
    let Some(piece) = piece.as_str() else { return };
    let mut place = document;
    for name in pointer.split('/').skip(1) {
        place = &mut place[name];
    }
    *place = json!(place.as_str().unwrap_or_default().to_owned() + piece);
}
