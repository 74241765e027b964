//! `--echo`: the model says what it was asked, so that the tests of a client see what the client sent. The text is a
//! JSON object, the body in it byte for byte:
//!
//! ```json
//! {"operation":"Converse","modelId":"amazon.nova-lite-v1:0","headers":{"content-type":"application/json"},"body":{…}}
//! ```

use super::inference::Inference;
use crate::emulator::refused::Refused;
use crate::protocol::document::ObjectWriter;
use crate::protocol::eventstream::{self, EncodeError, encode};
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::{Value, json};

/// The headers that are told, beside all of `x-amzn-bedrock-`. What authorizes is never among them.
const TOLD_HEADERS: [&str; 3] = ["accept", "content-type", "user-agent"];

/// How many characters one event of a stream has.
const CHARS_PER_EVENT: usize = 24;

/// The answer of a model that says what it was asked.
pub(super) fn answer(
    operation: Inference,
    model: &ModelId,
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refused> {
    let text = asked(operation, model, request);
    match operation {
        Inference::Converse => Ok(document(&converse(&text))),
        Inference::InvokeModel => Ok(document(&native(model, &text))),
        Inference::ConverseStream => stream(converse_events(&text), operation),
        Inference::InvokeModelWithResponseStream => stream(native_chunks(model, &text), operation),
    }
}

fn asked(operation: Inference, model: &ModelId, request: &Request<Bytes>) -> String {
    let mut headers = ObjectWriter::default();
    for (name, value) in told(request.headers()) {
        headers.string(name, value);
    }
    let mut object = ObjectWriter::default();
    object
        .string("operation", operation.name())
        .string("modelId", model.as_str())
        .raw("headers", &String::from_utf8_lossy(&headers.finish()))
        .raw("body", String::from_utf8_lossy(request.body()).trim());
    String::from_utf8_lossy(&object.finish()).into_owned()
}

fn told(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter(|(name, _)| {
            TOLD_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("x-amzn-bedrock-")
        })
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}

fn document(value: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(value.to_string()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

fn usage() -> Value {
    json!({ "inputTokens": 1, "outputTokens": 1, "totalTokens": 2 })
}

fn converse(text: &str) -> Value {
    json!({
        "output": { "message": { "role": "assistant", "content": [{ "text": text }] } },
        "stopReason": "end_turn",
        "usage": usage(),
        "metrics": { "latencyMs": 1 },
    })
}

/// The model's own shape: Claude's, Nova's (which is Converse's), Llama's, Mistral's, and Titan's for everyone else.
fn native(model: &ModelId, text: &str) -> Value {
    match provider(model) {
        "anthropic" => json!({
            "type": "message",
            "role": "assistant",
            "content": [{ "type": "text", "text": text }],
            "stop_reason": "end_turn",
            "usage": { "input_tokens": 1, "output_tokens": 1 },
        }),
        "amazon" if model.family().starts_with("amazon.nova") => converse(text),
        "meta" => json!({
            "generation": text, "prompt_token_count": 1, "generation_token_count": 1, "stop_reason": "stop",
        }),
        "mistral" => json!({ "outputs": [{ "text": text, "stop_reason": "stop" }] }),
        _ => json!({
            "inputTextTokenCount": 1,
            "results": [{ "outputText": text, "tokenCount": 1, "completionReason": "FINISH" }],
        }),
    }
}

fn provider(model: &ModelId) -> &str {
    model.family().split('.').next().unwrap_or_default()
}

/// Event type and payload.
type Event = (&'static str, Value);

fn converse_events(text: &str) -> Vec<Event> {
    let delta = |text| ("contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": { "text": text } }));
    let mut events = vec![("messageStart", json!({ "role": "assistant" }))];
    events.extend(pieces(text).into_iter().map(delta));
    events.extend([
        ("contentBlockStop", json!({ "contentBlockIndex": 0 })),
        ("messageStop", json!({ "stopReason": "end_turn" })),
        ("metadata", json!({ "usage": usage(), "metrics": { "latencyMs": 1 } })),
    ]);
    events
}

fn native_chunks(model: &ModelId, text: &str) -> Vec<Event> {
    let mut chunks: Vec<Value> = match provider(model) {
        "anthropic" => claude_events(text),
        "amazon" if model.family().starts_with("amazon.nova") => {
            converse_events(text).into_iter().map(|(name, payload)| json!({ name: payload })).collect()
        }
        "meta" => pieces(text).iter().map(|text| json!({ "generation": text })).collect(),
        "mistral" => pieces(text).iter().map(|text| json!({ "outputs": [{ "text": text }] })).collect(),
        _ => pieces(text).iter().map(|text| json!({ "outputText": text, "index": 0 })).collect(),
    };
    if let Some(Value::Object(last)) = chunks.last_mut() {
        let metrics = json!({
            "inputTokenCount": 1, "outputTokenCount": 1, "invocationLatency": 1, "firstByteLatency": 1,
        });
        last.insert("amazon-bedrock-invocationMetrics".to_owned(), metrics);
    }
    let in_base64 = |chunk: Value| base64_simd::STANDARD.encode_to_string(chunk.to_string());
    chunks.into_iter().map(|chunk| ("chunk", json!({ "bytes": in_base64(chunk) }))).collect()
}

fn claude_events(text: &str) -> Vec<Value> {
    let delta = |text| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } });
    let message = json!({
        "type": "message", "role": "assistant", "content": [], "usage": { "input_tokens": 1, "output_tokens": 1 },
    });
    let mut events = vec![
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
    ];
    events.extend(pieces(text).into_iter().map(delta));
    events.extend([
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 1 } }),
        json!({ "type": "message_stop" }),
    ]);
    events
}

/// A text in pieces of some characters each.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(CHARS_PER_EVENT).map(|piece| piece.iter().collect()).collect()
}

fn stream(events: Vec<Event>, operation: Inference) -> Result<Response<Bytes>, Refused> {
    let mut frames = Vec::new();
    for (name, payload) in events {
        frames.extend_from_slice(&frame(name, &payload).map_err(|e| {
            Refused::service(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerException", e.to_string())
        })?);
    }
    let mut answer = Response::new(Bytes::from(frames));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(eventstream::CONTENT_TYPE));
    if operation == Inference::InvokeModelWithResponseStream {
        let content_type = HeaderValue::from_static("application/json");
        answer.headers_mut().insert("x-amzn-bedrock-content-type", content_type);
    }
    Ok(answer)
}

fn frame(event_type: &str, payload: &Value) -> Result<Bytes, EncodeError> {
    let headers: [(&str, eventstream::HeaderValue<'_>); 3] = [
        (":event-type", event_type.into()),
        (":content-type", "application/json".into()),
        (":message-type", "event".into()),
    ];
    encode(headers, payload.to_string().as_bytes())
}
