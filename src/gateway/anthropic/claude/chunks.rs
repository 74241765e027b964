//! The chunks of a Claude's stream → Anthropic's server-sent events, and what they say of the call.

use super::textual::{is_tool_use, member_of, replaced, without_bedrocks};
use crate::gateway::bedrock::{gave_up, true_reason};
use crate::gateway::refusal::Refusal;
use crate::gateway::sse::Heard;
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::document::{Document, ObjectWriter, push_string, string};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Why Claude gives up, where a chunk says that it does: such an event is written as every other that ends a stream.
pub(in crate::gateway::anthropic) fn refusal_in(chunk: &Document) -> Option<Refusal> {
    let text = std::str::from_utf8(chunk.bytes()).ok()?;
    if event_type(text)? != "error" {
        return None;
    }
    Some(gave_up(&mut serde_json::from_str(text).ok()?))
}

/// Writes the events of one answer: each as it came.
pub(in crate::gateway::anthropic) struct Chunks {
    /// The client's name for the model, as JSON.
    model: String,
    counts: BTreeMap<String, Value>,
    asks_for_tools: bool,
}

impl Chunks {
    /// `model` is the client's name for the model.
    pub(in crate::gateway::anthropic) fn new(model: &str) -> Self {
        let mut json = String::with_capacity(model.len() + 2);
        push_string(&mut json, model);
        Self { model: json, counts: BTreeMap::new(), asks_for_tools: false }
    }

    /// Appends the event of a chunk; nothing for a chunk that is no event.
    pub(in crate::gateway::anthropic) fn push(
        &mut self,
        chunk: &Document,
        out: &mut String,
        heard: &mut Heard,
    ) {
        let Ok(text) = std::str::from_utf8(chunk.bytes()) else { return };
        let Some(event) = event_type(text) else { return };
        let mut changed = None;
        match &*event {
            "message_start" => {
                let message = member_of(text, "message").map(serde_json::value::RawValue::get);
                if let Some(message) = message {
                    self.add_usage(message, heard);
                }
                let model = message.and_then(|message| member_of(message, "model"));
                changed = model.map(|model| replaced(text, &[(model, &self.model)]));
            }
            "message_delta" => {
                self.add_usage(text, heard);
                let reason = member_of(text, "delta").and_then(|delta| member_of(delta.get(), "stop_reason"));
                if let Some((raw, said)) = reason.and_then(|raw| Some((raw, string(raw)?))) {
                    let stopped = true_reason(StopReason::named(&said), self.asks_for_tools);
                    if stopped.as_str() != said {
                        changed = Some(replaced(text, &[(raw, &format!("\"{stopped}\""))]));
                    }
                    heard.stop_reason = Some(stopped);
                }
            }
            "content_block_start" => {
                let block = member_of(text, "content_block");
                self.asks_for_tools |= block.is_some_and(|block| is_tool_use(block.get()));
                changed = without_bedrocks(text);
            }
            "content_block_delta" => heard.has_begun = true,
            event => {
                heard.is_whole |= event == "message_stop";
                changed = without_bedrocks(text);
            }
        }
        push_event(out, &event, changed.as_deref().unwrap_or(text));
    }

    /// The counts of the beginning are replaced by those of the end, where it has them: each of these may be null.
    fn add_usage(&mut self, json: &str, heard: &mut Heard) {
        let Some(counts) = member_of(json, "usage") else { return };
        let Ok(counts) = serde_json::from_str::<BTreeMap<String, Value>>(counts.get()) else { return };
        self.counts.extend(counts.into_iter().filter(|(_, count)| !count.is_null()));
        let mut usage = ObjectWriter::default();
        for (name, count) in &self.counts {
            usage.value(name, count);
        }
        heard.usage = Usage::read(Document::new(usage.finish())).or(heard.usage.take());
    }
}

/// One event; each line of its data has its own field.
fn push_event(out: &mut String, event: &str, data: &str) {
    out.push_str("event: ");
    out.push_str(event);
    out.push('\n');
    for line in data.split(['\n', '\r']) {
        out.push_str("data: ");
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
}

/// The type of an event. Claude writes it first, and then nothing else need be read.
fn event_type(text: &str) -> Option<Cow<'_, str>> {
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let first = text.strip_prefix(r#"{"type":""#).and_then(|rest| rest.split('"').next());
    if let Some(word) = first.filter(is_word) {
        return Some(Cow::Borrowed(word));
    }
    let word = member_of(text, "type").and_then(string)?;
    is_word(&word.as_str()).then_some(Cow::Owned(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(chunks: &mut Chunks, json: &str) -> (String, Heard) {
        let (mut out, mut heard) = (String::new(), Heard::default());
        chunks.push(&Document::new(json.to_owned()), &mut out, &mut heard);
        (out, heard)
    }

    #[test]
    fn an_event_is_its_chunk() {
        let mut chunks = Chunks::new("my\"model");
        let delta = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é\n"}}"#;
        let (out, heard) = pushed(&mut chunks, delta);
        assert_eq!(out, format!("event: content_block_delta\ndata: {delta}\n\n"));
        assert!(heard.has_begun);
        let start = r#"{"message":{"model":"claude","usage":{"input_tokens":7,"output_tokens":1}},"type":"message_start"}"#;
        let (out, heard) = pushed(&mut chunks, start);
        let named = start.replace("\"claude\"", r#""my\"model""#);
        assert_eq!(out, format!("event: message_start\ndata: {named}\n\n"));
        assert_eq!(heard.usage.unwrap().input_tokens(), 7);
        let tool = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use"}}"#;
        assert_eq!(pushed(&mut chunks, tool).0, format!("event: content_block_start\ndata: {tool}\n\n"));
        let end = r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9,"input_tokens":null}}"#;
        let (_, heard) = pushed(&mut chunks, end);
        let usage = heard.usage.unwrap();
        assert_eq!((usage.input_tokens(), usage.output_tokens()), (7, 9));
        assert_eq!(heard.stop_reason, Some(StopReason::ToolUse));
    }

    #[test]
    fn what_is_no_event_is_skipped() {
        let mut chunks = Chunks::new("m");
        for json in
            ["{}", "[]", "", "{\"type\":7}", "{\"type\":\"a\\nb\"}", "{\"type\":\"", "{\"type\":\"\"}"]
        {
            assert_eq!(pushed(&mut chunks, json).0, "", "{json}");
        }
    }

    #[test]
    fn each_line_has_its_field() {
        let (out, heard) = pushed(&mut Chunks::new("m"), "{\n\"type\":\r\n\"message_stop\"}");
        assert_eq!(out, "event: message_stop\ndata: {\ndata: \"type\":\ndata: \ndata: \"message_stop\"}\n\n");
        assert!(heard.is_whole);
    }
}
