//! One item of the output: words, thoughts, or a call of a tool.

use super::client_tools::{ClientTool, as_input};
use super::head::Head;
use super::thoughts;
use crate::protocol::document::push_string;

/// An item, as far as it is known.
pub(super) struct Item {
    pub(super) id: String,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Message {
        text: String,
    },
    Thoughts {
        text: String,
        signature: String,
    },
    /// Thoughts that nobody reads but the model, as base64.
    RedactedThoughts(String),
    Call {
        tool: ClientTool,
        call_id: String,
        arguments: String,
    },
}

impl Item {
    /// An item at a place of the output.
    pub(super) fn new(kind: Kind, place: usize, head: &Head) -> Self {
        let prefix = match &kind {
            Kind::Message { .. } => "msg",
            Kind::Thoughts { .. } | Kind::RedactedThoughts(_) => "rs",
            Kind::Call { tool, .. } if tool.is_custom => "ctc",
            Kind::Call { .. } => "fc",
        };
        Self { id: head.item_id(prefix, place), kind }
    }

    /// A call of a tool by its name in the chat.
    pub(super) fn call(name: &str, call_id: &str, arguments: String, place: usize, head: &Head) -> Self {
        let kind = Kind::Call { tool: head.tool(name), call_id: call_id.to_owned(), arguments };
        Self::new(kind, place, head)
    }

    /// The object as it is when the item begins.
    pub(super) fn write_begun(&self, out: &mut String) {
        self.write_parts("in_progress", false, out);
    }

    /// The whole object.
    pub(super) fn write(&self, status: &str, out: &mut String) {
        self.write_parts(status, true, out);
    }

    fn write_parts(&self, status: &str, is_whole: bool, out: &mut String) {
        out.push_str("{\"id\":");
        push_string(out, &self.id);
        let push_status = |kind: &str, out: &mut String| {
            for text in [",\"type\":\"", kind, "\",\"status\":\"", status, "\""] {
                out.push_str(text);
            }
        };
        match &self.kind {
            Kind::Message { text } => {
                push_status("message", out);
                out.push_str(",\"role\":\"assistant\",\"content\":[");
                if is_whole {
                    push_text_part(text, out);
                }
                out.push(']');
            }
            Kind::Thoughts { text, signature } => {
                out.push_str(",\"type\":\"reasoning\",\"summary\":[");
                if is_whole && !text.is_empty() {
                    push_summary_part(text, out);
                }
                out.push(']');
                // Without its signature it could not be sent back.
                if is_whole && !signature.is_empty() {
                    push_packed(&thoughts::of_signed(text, signature), out);
                }
            }
            Kind::RedactedThoughts(data) => {
                out.push_str(",\"type\":\"reasoning\",\"summary\":[]");
                if is_whole {
                    push_packed(&thoughts::of_redacted(data), out);
                }
            }
            Kind::Call { tool, call_id, arguments } => {
                push_status(if tool.is_custom { "custom_tool_call" } else { "function_call" }, out);
                out.push_str(",\"call_id\":");
                push_string(out, call_id);
                out.push_str(",\"name\":");
                push_string(out, &tool.name);
                if let Some(namespace) = &tool.namespace {
                    out.push_str(",\"namespace\":");
                    push_string(out, namespace);
                }
                let arguments = if is_whole { arguments.as_str() } else { "" };
                if tool.is_custom {
                    out.push_str(",\"input\":");
                    push_string(out, &as_input(arguments));
                } else {
                    out.push_str(",\"arguments\":");
                    push_string(out, arguments);
                }
            }
        }
        out.push('}');
    }
}

/// The part of a message.
pub(super) fn push_text_part(text: &str, out: &mut String) {
    out.push_str(r#"{"type":"output_text","annotations":[],"logprobs":[],"text":"#);
    push_string(out, text);
    out.push('}');
}

/// The part of a summary of thoughts.
pub(super) fn push_summary_part(text: &str, out: &mut String) {
    out.push_str(r#"{"type":"summary_text","text":"#);
    push_string(out, text);
    out.push('}');
}

fn push_packed(packed: &str, out: &mut String) {
    out.push_str(",\"encrypted_content\":");
    push_string(out, packed);
}
