//! What a model says, in the shape of each operation and family: Converse's, Claude's, and those of models that have
//! only a text.

use super::inference::Inference;
use crate::emulator::refused::Refused;
use crate::protocol::eventstream::{self, EncodeError, encode};
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// How many characters one event of a stream has.
const CHARS_PER_EVENT: usize = 24;

/// What a model says.
pub(super) struct Reply {
    pub(super) blocks: Vec<ReplyBlock>,
    pub(super) stop_reason: &'static str,
    pub(super) input_tokens: usize,
    pub(super) output_tokens: usize,
}

/// One thing that it says.
pub(super) enum ReplyBlock {
    Text(String),
    Thinking { text: String, signature: String },
    ToolUse { id: String, name: String, input: Value },
}

impl Reply {
    /// A text, and a token each way.
    pub(super) fn text(text: String) -> Self {
        Self {
            blocks: vec![ReplyBlock::Text(text)],
            stop_reason: "end_turn",
            input_tokens: 1,
            output_tokens: 1,
        }
    }

    /// The answer of an operation.
    pub(super) fn answer(&self, operation: Inference, model: &ModelId) -> Result<Response<Bytes>, Refused> {
        match operation {
            Inference::Converse => Ok(document(&self.converse())),
            Inference::InvokeModel => Ok(document(&self.native(model))),
            Inference::ConverseStream => stream(self.converse_events(), operation),
            Inference::InvokeModelWithResponseStream => stream(self.native_chunks(model), operation),
        }
    }

    fn joined(&self) -> String {
        let texts = self.blocks.iter().filter_map(|block| match block {
            ReplyBlock::Text(text) => Some(text.as_str()),
            ReplyBlock::Thinking { .. } | ReplyBlock::ToolUse { .. } => None,
        });
        texts.collect()
    }

    fn usage(&self) -> Value {
        json!({
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "totalTokens": self.input_tokens + self.output_tokens,
        })
    }

    fn converse(&self) -> Value {
        let content: Vec<Value> = self.blocks.iter().map(converse_block).collect();
        json!({
            "output": { "message": { "role": "assistant", "content": content } },
            "stopReason": self.stop_reason,
            "usage": self.usage(),
            "metrics": { "latencyMs": 1 },
        })
    }

    /// The model's own shape: Claude's, Nova's (which is Converse's), Llama's, Mistral's, and Titan's for everyone else.
    fn native(&self, model: &ModelId) -> Value {
        let text = self.joined();
        match provider(model) {
            "anthropic" => json!({
                "id": "msg_bdrk_01EXAMPLE",
                "model": model.family(),
                "type": "message",
                "role": "assistant",
                "content": self.blocks.iter().map(claude_block).collect::<Vec<_>>(),
                "stop_reason": self.stop_reason,
                "stop_sequence": null,
                "usage": { "input_tokens": self.input_tokens, "output_tokens": self.output_tokens },
            }),
            "amazon" if model.family().starts_with("amazon.nova") => self.converse(),
            "meta" => json!({
                "generation": text,
                "prompt_token_count": self.input_tokens,
                "generation_token_count": self.output_tokens,
                "stop_reason": "stop",
            }),
            "mistral" => json!({ "outputs": [{ "text": text, "stop_reason": "stop" }] }),
            _ => json!({
                "inputTextTokenCount": self.input_tokens,
                "results": [{ "outputText": text, "tokenCount": self.output_tokens, "completionReason": "FINISH" }],
            }),
        }
    }

    fn converse_events(&self) -> Vec<Event> {
        let mut events = vec![("messageStart", json!({ "role": "assistant" }))];
        for (index, block) in self.blocks.iter().enumerate() {
            let mut delta = |delta: Value| {
                events.push(("contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta })));
            };
            match block {
                ReplyBlock::Text(text) => {
                    for text in pieces(text) {
                        delta(json!({ "text": text }));
                    }
                }
                ReplyBlock::Thinking { text, signature } => {
                    for text in pieces(text) {
                        delta(json!({ "reasoningContent": { "text": text } }));
                    }
                    delta(json!({ "reasoningContent": { "signature": signature } }));
                }
                ReplyBlock::ToolUse { id, name, input } => {
                    let start = json!({ "toolUse": { "toolUseId": id, "name": name } });
                    events.push(("contentBlockStart", json!({ "contentBlockIndex": index, "start": start })));
                    for input in input_pieces(input) {
                        let delta = json!({ "toolUse": { "input": input } });
                        events.push((
                            "contentBlockDelta",
                            json!({ "contentBlockIndex": index, "delta": delta }),
                        ));
                    }
                }
            }
            events.push(("contentBlockStop", json!({ "contentBlockIndex": index })));
        }
        events.extend([
            ("messageStop", json!({ "stopReason": self.stop_reason })),
            ("metadata", json!({ "usage": self.usage(), "metrics": { "latencyMs": 1 } })),
        ]);
        events
    }

    fn native_chunks(&self, model: &ModelId) -> Vec<Event> {
        let text = self.joined();
        let mut chunks: Vec<Value> = match provider(model) {
            "anthropic" => self.claude_events(model),
            "amazon" if model.family().starts_with("amazon.nova") => {
                self.converse_events().into_iter().map(|(name, payload)| json!({ name: payload })).collect()
            }
            "meta" => pieces(&text).iter().map(|text| json!({ "generation": text })).collect(),
            "mistral" => pieces(&text).iter().map(|text| json!({ "outputs": [{ "text": text }] })).collect(),
            _ => pieces(&text).iter().map(|text| json!({ "outputText": text, "index": 0 })).collect(),
        };
        if let Some(Value::Object(last)) = chunks.last_mut() {
            let metrics = json!({
                "inputTokenCount": self.input_tokens,
                "outputTokenCount": self.output_tokens,
                "invocationLatency": 1,
                "firstByteLatency": 1,
            });
            last.insert("amazon-bedrock-invocationMetrics".to_owned(), metrics);
        }
        let in_base64 = |chunk: Value| base64_simd::STANDARD.encode_to_string(chunk.to_string());
        chunks.into_iter().map(|chunk| ("chunk", json!({ "bytes": in_base64(chunk) }))).collect()
    }

    fn claude_events(&self, model: &ModelId) -> Vec<Value> {
        let message = json!({
            "id": "msg_bdrk_01EXAMPLE",
            "model": model.family(),
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": { "input_tokens": self.input_tokens, "output_tokens": 1 },
        });
        let mut events = vec![json!({ "type": "message_start", "message": message })];
        for (index, block) in self.blocks.iter().enumerate() {
            let (start, deltas) = claude_pieces(block);
            events.push(json!({ "type": "content_block_start", "index": index, "content_block": start }));
            for delta in deltas {
                events.push(json!({ "type": "content_block_delta", "index": index, "delta": delta }));
            }
            events.push(json!({ "type": "content_block_stop", "index": index }));
        }
        events.extend([
            json!({
                "type": "message_delta",
                "delta": { "stop_reason": self.stop_reason, "stop_sequence": null },
                "usage": { "output_tokens": self.output_tokens },
            }),
            json!({ "type": "message_stop" }),
        ]);
        events
    }
}

/// Event type and payload.
type Event = (&'static str, Value);

fn converse_block(block: &ReplyBlock) -> Value {
    match block {
        ReplyBlock::Text(text) => json!({ "text": text }),
        ReplyBlock::Thinking { text, signature } => {
            json!({ "reasoningContent": { "reasoningText": { "text": text, "signature": signature } } })
        }
        ReplyBlock::ToolUse { id, name, input } => {
            json!({ "toolUse": { "toolUseId": id, "name": name, "input": input } })
        }
    }
}

fn claude_block(block: &ReplyBlock) -> Value {
    match block {
        ReplyBlock::Text(text) => json!({ "type": "text", "text": text }),
        ReplyBlock::Thinking { text, signature } => {
            json!({ "type": "thinking", "thinking": text, "signature": signature })
        }
        ReplyBlock::ToolUse { id, name, input } => {
            json!({ "type": "tool_use", "id": id, "name": name, "input": input })
        }
    }
}

/// How Claude begins a block, and its deltas.
fn claude_pieces(block: &ReplyBlock) -> (Value, Vec<Value>) {
    match block {
        ReplyBlock::Text(text) => (
            json!({ "type": "text", "text": "" }),
            pieces(text).iter().map(|text| json!({ "type": "text_delta", "text": text })).collect(),
        ),
        ReplyBlock::Thinking { text, signature } => {
            let deltas = pieces(text).into_iter().map(|t| json!({ "type": "thinking_delta", "thinking": t }));
            let signature = json!({ "type": "signature_delta", "signature": signature });
            (
                json!({ "type": "thinking", "thinking": "", "signature": "" }),
                deltas.chain([signature]).collect(),
            )
        }
        ReplyBlock::ToolUse { id, name, input } => (
            json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
            input_pieces(input)
                .iter()
                .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
                .collect(),
        ),
    }
}

/// A tool without arguments has no deltas.
fn input_pieces(input: &Value) -> Vec<String> {
    if input.as_object().is_some_and(serde_json::Map::is_empty) {
        return Vec::new();
    }
    pieces(&input.to_string())
}

fn provider(model: &ModelId) -> &str {
    model.family().split('.').next().unwrap_or_default()
}

/// A text in pieces of some characters each.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(CHARS_PER_EVENT).map(|piece| piece.iter().collect()).collect()
}

pub(super) fn document(value: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(value.to_string()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
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
