//! The chunks of InvokeModelWithResponseStream, put together to what InvokeModel's answer gives.

use super::answer_block::{AnswerBlock, Reasoning, ToolUse};
use super::converse_collector::{ConverseCollector, joined_tool_input};
use super::converse_event::ConverseEvent;
use super::native_answer::NativeAnswer;
use super::stop_reason::StopReason;
use super::usage::Usage;
use crate::protocol::by_key::ByKey;
use crate::protocol::document::{Document, ObjectWriter, members_in_order};
use serde_json::Value;

impl NativeAnswer {
    /// Reads the chunks of a stream, complete or not: Claude's events, Nova's, or chunks that each have a piece of text.
    pub fn of_chunks(chunks: &[Document]) -> Self {
        let mut claude = ClaudeEvents::default();
        let mut nova = ConverseCollector::default();
        let mut is_nova = false;
        let mut others = Self::default();
        let mut text = String::new();
        for chunk in chunks {
            if claude.push(chunk) {
                continue;
            }
            if let Some(event) = nova_event(chunk) {
                is_nova = true;
                nova.push(&event);
                continue;
            }
            let piece = Self::read(chunk);
            text.push_str(&piece.text());
            others.stop_reason = piece.stop_reason.or(others.stop_reason);
            others.usage = piece.usage.or(others.usage);
        }
        if claude.has_begun {
            return claude.answer();
        }
        if is_nova {
            return nova.output().into();
        }
        if !text.is_empty() {
            others.blocks.push(AnswerBlock::Text(text));
        }
        others
    }
}

/// Nova writes the events of ConverseStream as members of each chunk.
fn nova_event(chunk: &Document) -> Option<ConverseEvent> {
    const EVENTS: [&str; 6] = [
        "messageStart",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ];
    let text = chunk.text();
    let members = members_in_order(&text)?;
    let (name, raw) = members.iter().find(|(name, _)| EVENTS.contains(&name.as_str()))?;
    ConverseEvent::read(name, Document::new(raw.get().to_owned())).ok()
}

/// The events of Claude's own stream.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>
#[derive(Default)]
struct ClaudeEvents {
    has_begun: bool,
    blocks: ByKey<u64, ClaudeBlock>,
    stop_reason: Option<StopReason>,
    usage: serde_json::Map<String, Value>,
}

#[derive(Default)]
struct ClaudeBlock {
    start: Value,
    text: String,
    input_json: String,
    signature: Option<String>,
}

impl ClaudeEvents {
    /// Takes a chunk; `false` where it is none of Claude's.
    fn push(&mut self, chunk: &Document) -> bool {
        let Ok(event) = chunk.json() else { return false };
        let index = event.get("index").and_then(Value::as_u64).unwrap_or_default();
        match event.get("type").and_then(Value::as_str) {
            Some("message_start") => {
                self.has_begun = true;
                self.add_usage(event.pointer("/message/usage"));
            }
            Some("content_block_start") => {
                let start = event.get("content_block").cloned().unwrap_or_default();
                let text = start.get("text").or_else(|| start.get("thinking")).and_then(Value::as_str);
                let text = text.unwrap_or_default().to_owned();
                self.blocks.insert(index, ClaudeBlock { start, text, ..ClaudeBlock::default() });
            }
            Some("content_block_delta") => {
                if let Some(delta) = event.get("delta") {
                    self.blocks.or_default(&index).push(delta);
                }
            }
            Some("message_delta") => {
                let reason = event.pointer("/delta/stop_reason").and_then(Value::as_str);
                self.stop_reason = reason.map(StopReason::named).or(self.stop_reason.take());
                self.add_usage(event.get("usage"));
            }
            Some("message_stop" | "content_block_stop" | "ping") => {}
            _ => return false,
        }
        true
    }

    /// The counts of the beginning are replaced by those of the end, where it has them.
    fn add_usage(&mut self, usage: Option<&Value>) {
        let counts = usage.and_then(Value::as_object).into_iter().flatten();
        self.usage.extend(counts.map(|(name, count)| (name.clone(), count.clone())));
    }

    fn answer(self) -> NativeAnswer {
        let mut usage = ObjectWriter::default();
        for (name, count) in &self.usage {
            usage.value(name, count);
        }
        NativeAnswer {
            blocks: self.blocks.into_iter().map(|(_, block)| block.block()).collect(),
            stop_reason: self.stop_reason,
            usage: Usage::read(Document::new(usage.finish())),
        }
    }
}

impl ClaudeBlock {
    fn push(&mut self, delta: &Value) {
        let text = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match delta.get("type").and_then(Value::as_str) {
            Some("text_delta") => self.text.push_str(text("text")),
            Some("thinking_delta") => self.text.push_str(text("thinking")),
            Some("input_json_delta") => self.input_json.push_str(text("partial_json")),
            Some("signature_delta") => self.signature.get_or_insert_default().push_str(text("signature")),
            _ => {}
        }
    }

    fn block(self) -> AnswerBlock {
        let member = |name: &str| self.start.get(name).and_then(Value::as_str).map(str::to_owned);
        match member("type").as_deref() {
            Some("thinking") => {
                AnswerBlock::Reasoning(Reasoning::Text { text: self.text, signature: self.signature })
            }
            Some("redacted_thinking") => {
                AnswerBlock::Reasoning(Reasoning::Redacted(member("data").unwrap_or_default()))
            }
            Some(kind @ ("tool_use" | "server_tool_use")) => AnswerBlock::ToolUse(ToolUse::new(
                member("id").unwrap_or_default(),
                member("name").unwrap_or_default(),
                Document::new(joined_tool_input(&self.input_json)),
                (kind != "tool_use").then(|| kind.to_owned()),
            )),
            Some("text") | None => AnswerBlock::Text(self.text),
            Some(_) => AnswerBlock::Other,
        }
    }
}
