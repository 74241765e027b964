//! Claude's own events in the chunks of InvokeModelWithResponseStream, as a chat's.
//! <https://docs.anthropic.com/en/docs/build-with-claude/streaming>

use crate::gateway::bedrock::answer::is_the_clients;
use crate::gateway::bedrock::blocks::Blocks;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::document::Document;
use crate::protocol::operation::bedrock_runtime::InvokeModelEvent;
use serde_json::{Map, Value, json};

/// What is known of the tokens up to now: the beginning has those of the prompt, the end those of the answer.
#[derive(Default)]
pub(in crate::gateway::bedrock) struct ClaudeEvents {
    counts: Map<String, Value>,
}

impl ClaudeEvents {
    /// Takes one chunk. One without a type, or of a type that is not known, is passed over.
    pub(in crate::gateway::bedrock) fn read(
        &mut self,
        event: &InvokeModelEvent,
        blocks: &mut Blocks,
    ) -> Result<(), Refusal> {
        let Some(mut chunk) = event.chunk().and_then(|chunk| chunk.json().ok()) else { return Ok(()) };
        let place = chunk.get("index").and_then(Value::as_u64).unwrap_or_default();
        let kind = text(&mut chunk, "type");
        match kind.as_str() {
            "error" => return Err(gave_up(&mut chunk)),
            "message_start" => self.count(taken(chunk.pointer_mut("/message/usage")), blocks),
            "message_delta" => {
                self.count(taken(chunk.get_mut("usage")), blocks);
                stop(taken(chunk.get_mut("delta")), blocks);
            }
            "message_stop" if self.counts.is_empty() => {
                let metrics = event.metrics().map(|metrics| {
                    json!({
                        "input_tokens": metrics.input_token_count,
                        "output_tokens": metrics.output_token_count,
                        "cache_read_input_tokens": metrics.cache_read_input_token_count,
                        "cache_creation_input_tokens": metrics.cache_write_input_token_count,
                    })
                });
                self.count(metrics.unwrap_or_default(), blocks);
            }
            _ if blocks.is_stopped() => {}
            "content_block_start" => {
                if let Some(block) = chunk.get_mut("content_block") {
                    start(place, block, blocks);
                }
            }
            "content_block_delta" => {
                if let Some(delta) = chunk.get_mut("delta") {
                    piece(place, delta, blocks);
                }
            }
            "content_block_stop" => blocks.stop_block(place),
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, usage: Value, blocks: &mut Blocks) {
        let Value::Object(usage) = usage else { return };
        self.counts.extend(usage.into_iter().filter(|(_, count)| !count.is_null()));
        let counts = Value::Object(std::mem::take(&mut self.counts));
        if let Some(usage) = Usage::read(Document::new(counts.to_string())) {
            blocks.usage(usage);
        }
        if let Value::Object(counts) = counts {
            self.counts = counts;
        }
    }
}

fn start(place: u64, block: &mut Value, blocks: &mut Blocks) {
    let kind = text(block, "type");
    match kind.as_str() {
        "text" => blocks.text(place, text(block, "text")),
        "thinking" => {
            blocks.thinking(place, text(block, "thinking"));
            blocks.signature(place, text(block, "signature"));
        }
        "redacted_thinking" => blocks.redacted(place, text(block, "data")),
        kind if is_the_clients(Some(kind)) => {
            let id = text(block, "id");
            blocks.tool_use(place, id, &text(block, "name"));
        }
        _ => blocks.pass_over(place),
    }
}

fn piece(place: u64, delta: &mut Value, blocks: &mut Blocks) {
    let kind = text(delta, "type");
    match kind.as_str() {
        "text_delta" => blocks.text(place, text(delta, "text")),
        "input_json_delta" => blocks.tool_input(place, text(delta, "partial_json")),
        "thinking_delta" => blocks.thinking(place, text(delta, "thinking")),
        "signature_delta" => blocks.signature(place, text(delta, "signature")),
        _ => {}
    }
}

fn stop(mut delta: Value, blocks: &mut Blocks) {
    if let Some(reason) = delta.get("stop_reason").and_then(Value::as_str).map(StopReason::named) {
        let sequence = Some(text(&mut delta, "stop_sequence")).filter(|sequence| !sequence.is_empty());
        blocks.stop(reason, sequence);
    }
}

/// An event of type `error`: Claude itself gives up.
pub(in crate::gateway) fn gave_up(chunk: &mut Value) -> Refusal {
    let mut error = taken(chunk.get_mut("error"));
    let kind = match text(&mut error, "type").as_str() {
        "overloaded_error" => RefusalKind::Unavailable,
        "rate_limit_error" => RefusalKind::Throttled,
        "timeout_error" => RefusalKind::Timeout,
        "invalid_request_error" => RefusalKind::Invalid,
        _ => RefusalKind::Upstream,
    };
    Refusal::new(kind, format!("the model ended its stream with an error: {}", text(&mut error, "message")))
}

fn taken(json: Option<&mut Value>) -> Value {
    json.map(Value::take).unwrap_or_default()
}

/// Takes a string out; empty where there is none.
fn text(json: &mut Value, name: &str) -> String {
    match taken(json.get_mut(name)) {
        Value::String(text) => text,
        _ => String::new(),
    }
}
