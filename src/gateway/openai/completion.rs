//! A whole answer as a `chat.completion`.
//! <https://platform.openai.com/docs/api-reference/chat/object>

use super::finish_reason::finish_reason;
use super::usage::Tokens;
use crate::gateway::chat::{Answer, AnswerBlock};
use crate::protocol::decimals::push_whole;
use crate::protocol::document::push_string;
use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

/// What all of a completion has in common, whole or in chunks.
pub(super) struct Head {
    id: String,
    created: u64,
    /// As the client named it.
    model: String,
    /// The client knows `function_call`, and no `tool_calls`.
    legacy_functions: bool,
}

impl Head {
    /// `digits` are those of the request's id, so that an answer can be found in the log.
    pub(super) fn new(digits: &str, model: String, legacy_functions: bool) -> Self {
        Self { id: ["chatcmpl-", digits].concat(), created: seconds_now(), model, legacy_functions }
    }

    pub(super) fn has_legacy_functions(&self) -> bool {
        self.legacy_functions
    }

    /// The beginning of the object, up to where its further members follow.
    pub(super) fn write(&self, object: &str, out: &mut String) {
        for text in ["{\"id\":\"", &self.id, "\",\"object\":\"", object, "\",\"created\":"] {
            out.push_str(text);
        }
        push_whole(out, self.created);
        out.push_str(",\"model\":");
        push_string(out, &self.model);
    }
}

/// The time, as OpenAI's answers have it.
pub(super) fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The document of all answers to one request.
pub(super) fn completion(head: &Head, answers: &[Answer]) -> String {
    let mut out = String::with_capacity(1024);
    head.write("chat.completion", &mut out);
    if let Some(tier) = answers.first().and_then(|answer| tier(answer.service_tier.as_deref()?)) {
        out.push_str(",\"service_tier\":");
        push_string(&mut out, tier);
    }
    out.push_str(",\"choices\":[");
    for (index, answer) in (0..).zip(answers) {
        if index > 0 {
            out.push(',');
        }
        out.push_str("{\"index\":");
        push_whole(&mut out, index);
        out.push_str(",\"message\":");
        message(&answer.blocks, head.legacy_functions, &mut out);
        let reason = finish_reason(answer.stop_reason.as_ref(), head.legacy_functions);
        for text in [",\"finish_reason\":\"", reason, "\",\"logprobs\":null}"] {
            out.push_str(text);
        }
    }
    out.push(']');
    if let Some(tokens) = Tokens::of(answers.iter().filter_map(|answer| answer.usage.as_ref())) {
        out.push_str(",\"usage\":");
        tokens.write(&mut out);
    }
    out.push('}');
    out
}

/// Tiers that OpenAI has, too.
pub(super) fn tier(tier: &str) -> Option<&str> {
    ["default", "flex", "priority"].contains(&tier).then_some(tier)
}

fn message(blocks: &[AnswerBlock], legacy_functions: bool, out: &mut String) {
    out.push_str(r#"{"role":"assistant","content":"#);
    let has_tools = blocks.iter().any(|block| matches!(block, AnswerBlock::ToolUse { .. }));
    match joined(blocks, |block| match block {
        AnswerBlock::Text(text) => Some(text),
        _ => None,
    }) {
        Some(text) => push_string(out, &text),
        None if has_tools => out.push_str("null"),
        None => out.push_str("\"\""),
    }
    out.push_str(",\"refusal\":null");
    if let Some(thoughts) = joined(blocks, |block| match block {
        AnswerBlock::Thinking { text, .. } => Some(text),
        _ => None,
    }) {
        out.push_str(",\"reasoning_content\":");
        push_string(out, &thoughts);
    }
    list(blocks, "thinking_blocks", thinking_block, out);
    if legacy_functions {
        let function = blocks.iter().find_map(|block| match block {
            AnswerBlock::ToolUse { name, input, .. } => Some((name, input)),
            _ => None,
        });
        if let Some((name, input)) = function {
            out.push_str(",\"function_call\":");
            function_call(name, &String::from_utf8_lossy(input), out);
        }
    } else if has_tools {
        list(blocks, "tool_calls", tool_call, out);
    }
    out.push('}');
}

/// What is called, and with what.
pub(super) fn function_call(name: &str, arguments: &str, out: &mut String) {
    out.push_str("{\"name\":");
    push_string(out, name);
    out.push_str(",\"arguments\":");
    push_string(out, arguments);
    out.push('}');
}

/// All texts of one kind; `None` where there is none of it.
fn joined<'a>(
    blocks: &'a [AnswerBlock],
    text: impl Fn(&'a AnswerBlock) -> Option<&'a String>,
) -> Option<Cow<'a, str>> {
    blocks
        .iter()
        .filter_map(text)
        .map(|text| Cow::Borrowed(text.as_str()))
        .reduce(|joined, text| joined + text)
}

/// A member that is an array of what some blocks become; no member where none becomes anything.
fn list(
    blocks: &[AnswerBlock],
    name: &str,
    write: impl Fn(&AnswerBlock, &mut String) -> bool,
    out: &mut String,
) {
    let before = out.len();
    for text in [",\"", name, "\":["] {
        out.push_str(text);
    }
    let start = out.len();
    for block in blocks {
        let end = out.len();
        if end > start {
            out.push(',');
        }
        if !write(block, out) {
            out.truncate(end);
        }
    }
    if out.len() == start {
        out.truncate(before);
    } else {
        out.push(']');
    }
}

fn thinking_block(block: &AnswerBlock, out: &mut String) -> bool {
    match block {
        // Without its signature it could not be sent back.
        AnswerBlock::Thinking { text, signature: Some(signature) } => signed_thoughts(text, signature, out),
        AnswerBlock::RedactedThinking(data) => redacted_thoughts(data, out),
        _ => return false,
    }
    true
}

/// Thoughts that can be sent back.
pub(super) fn signed_thoughts(text: &str, signature: &str, out: &mut String) {
    out.push_str(r#"{"type":"thinking","thinking":"#);
    push_string(out, text);
    out.push_str(",\"signature\":");
    push_string(out, signature);
    out.push('}');
}

/// Encrypted thoughts, as base64.
pub(super) fn redacted_thoughts(data: &str, out: &mut String) {
    out.push_str(r#"{"type":"redacted_thinking","data":"#);
    push_string(out, data);
    out.push('}');
}

fn tool_call(block: &AnswerBlock, out: &mut String) -> bool {
    let AnswerBlock::ToolUse { id, name, input } = block else { return false };
    out.push_str("{\"id\":");
    push_string(out, id);
    out.push_str(r#","type":"function","function":"#);
    function_call(name, &String::from_utf8_lossy(input), out);
    out.push('}');
    true
}
