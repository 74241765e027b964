//! An answer's events → Anthropic's server-sent events.
//! <https://docs.anthropic.com/en/docs/build-with-claude/streaming>

use super::message::{message_id, push_optional, push_usage};
use super::stop_reason;
use crate::gateway::chat::{Delta, Event, Start};
use crate::gateway::refusal::Refusal;
use crate::gateway::shape::Shape;
use crate::gateway::sse::{EventWriter, Heard};
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::document::push_string;

/// What keeps the connection alive.
const PING: &str = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

/// Writes one answer: `message_start`, its blocks, `message_delta`, `message_stop`.
pub(super) struct MessageEvents {
    id: String,
    model: String,
    has_begun: bool,
    stop: Option<(StopReason, Option<String>)>,
    usage: Option<Usage>,
}

impl MessageEvents {
    /// `model` is the client's name for the model.
    pub(super) fn new(digits: &str, model: &str) -> Self {
        let id = message_id(digits);
        Self { id, model: model.to_owned(), has_begun: false, stop: None, usage: None }
    }

    fn begin(&mut self, out: &mut String) {
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        out.push_str("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":");
        push_string(out, &self.id);
        out.push_str(r#","type":"message","role":"assistant","model":"#);
        push_string(out, &self.model);
        out.push_str(r#","content":[],"stop_reason":null,"stop_sequence":null,"usage":"#);
        // What it took is known at the end.
        push_usage(out, None);
        out.push_str("}}\n\n");
    }
}

impl EventWriter for MessageEvents {
    fn event(&mut self, _choice: usize, event: Event, out: &mut String, heard: &mut Heard) {
        self.begin(out);
        match &event {
            Event::BlockStart { index, start } => {
                push_head(out, "content_block_start", *index, "content_block");
                push_start(out, start);
                out.push_str("}\n\n");
            }
            Event::Delta { index, delta } => {
                push_head(out, "content_block_delta", *index, "delta");
                push_delta(out, delta);
                out.push_str("}\n\n");
            }
            Event::BlockStop { index } => out.push_str(&format!(
                "event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":{index}}}\n\n"
            )),
            Event::Stop { reason, stop_sequence } => {
                self.stop = Some((reason.clone(), stop_sequence.clone()));
            }
            Event::Usage(usage) => self.usage = Some(usage.clone()),
        }
        heard.hear(event);
    }

    fn heartbeat(&self, out: &mut String) {
        out.push_str(PING);
    }

    fn failure(&mut self, refusal: &Refusal, out: &mut String) {
        out.push_str(&format!("event: error\ndata: {}\n\n", refusal.document(Shape::Anthropic)));
    }

    fn end(&mut self, out: &mut String) {
        self.begin(out);
        out.push_str("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":");
        let (reason, sequence) = self.stop.take().unwrap_or((StopReason::EndTurn, None));
        push_string(out, stop_reason::word(&reason));
        out.push_str(r#","stop_sequence":"#);
        push_optional(out, sequence.as_deref());
        out.push_str(r#"},"usage":"#);
        push_usage(out, self.usage.as_ref());
        out.push_str("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }
}

/// An event of a block, up to its last member's value.
fn push_head(out: &mut String, event: &str, index: usize, member: &str) {
    out.push_str(&format!("event: {event}\ndata: {{\"type\":\"{event}\",\"index\":{index},\"{member}\":"));
}

fn push_start(out: &mut String, start: &Start) {
    match start {
        Start::Text => out.push_str(r#"{"type":"text","text":""}"#),
        Start::Thinking => out.push_str(r#"{"type":"thinking","thinking":"","signature":""}"#),
        Start::RedactedThinking(data) => {
            out.push_str(r#"{"type":"redacted_thinking","data":"#);
            push_string(out, data);
            out.push('}');
        }
        Start::ToolUse { id, name } => {
            out.push_str(r#"{"type":"tool_use","id":"#);
            push_string(out, id);
            out.push_str(r#","name":"#);
            push_string(out, name);
            out.push_str(r#","input":{}}"#);
        }
    }
}

fn push_delta(out: &mut String, delta: &Delta) {
    let (head, text) = match delta {
        Delta::Text(text) => (r#"{"type":"text_delta","text":"#, text),
        Delta::ToolInput(json) => (r#"{"type":"input_json_delta","partial_json":"#, json),
        Delta::Thinking(text) => (r#"{"type":"thinking_delta","thinking":"#, text),
        Delta::Signature(text) => (r#"{"type":"signature_delta","signature":"#, text),
    };
    out.push_str(head);
    push_string(out, text);
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(text: &str) -> Vec<(String, Value)> {
        text.split_terminator("\n\n")
            .map(|event| {
                let (name, data) = event.split_once('\n').unwrap();
                let data = data.strip_prefix("data: ").unwrap();
                (name.strip_prefix("event: ").unwrap().to_owned(), serde_json::from_str(data).unwrap())
            })
            .collect()
    }

    #[test]
    fn an_answer_is_a_message_in_events() {
        let mut writer = MessageEvents::new("1", "nova");
        let mut out = String::new();
        let tool = Start::ToolUse { id: "t".to_owned(), name: "f".to_owned() };
        let usage = r#"{"inputTokens":3,"outputTokens":2}"#;
        for event in [
            Event::BlockStart { index: 0, start: Start::Text },
            Event::Delta { index: 0, delta: Delta::Text("a\n\"".to_owned()) },
            Event::BlockStop { index: 0 },
            Event::BlockStart { index: 1, start: tool },
            Event::Delta { index: 1, delta: Delta::ToolInput("{\"a\"".to_owned()) },
            Event::Stop { reason: StopReason::StopSequence, stop_sequence: Some("END".to_owned()) },
            Event::Usage(Usage::read(crate::protocol::document::Document::new(usage)).unwrap()),
        ] {
            writer.event(0, event, &mut out, &mut Heard::default());
        }
        writer.heartbeat(&mut out);
        writer.end(&mut out);
        let events = read(&out);
        for (name, data) in &events {
            assert_eq!(data["type"], name.as_str());
        }
        let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
        let expected = "message_start content_block_start content_block_delta content_block_stop \
             content_block_start content_block_delta ping message_delta message_stop";
        assert_eq!(names.join(" "), expected);
        assert_eq!(events[2].1["delta"], json!({ "type": "text_delta", "text": "a\n\"" }));
        assert_eq!(events[4].1["content_block"]["input"], json!({}));
        assert_eq!(events[7].1["delta"], json!({ "stop_reason": "stop_sequence", "stop_sequence": "END" }));
        assert_eq!(events[7].1["usage"]["output_tokens"], 2);
    }

    #[test]
    fn a_failure_is_an_error_event() {
        let mut out = String::new();
        MessageEvents::new("1", "nova").failure(&Refusal::invalid("no\n\nway"), &mut out);
        let events = read(&out);
        assert_eq!(events[0].0, "error");
        assert_eq!(events[0].1["error"]["message"], "no\n\nway");
    }
}
