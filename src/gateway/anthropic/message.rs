//! A whole answer → a message.
//! <https://docs.anthropic.com/en/api/messages#response-id>

use super::stop_reason;
use crate::gateway::chat::{Answer, AnswerBlock};
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::document::push_string;
use bytes::Bytes;

/// The message, as JSON; `model` is the client's name for the model.
pub(super) fn message(answer: &Answer, digits: &str, model: &str) -> Bytes {
    let mut out = String::from(r#"{"id":"#);
    push_string(&mut out, &message_id(digits));
    out.push_str(r#","type":"message","role":"assistant","model":"#);
    push_string(&mut out, model);
    out.push_str(r#","content":["#);
    for (place, block) in answer.blocks.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_block(&mut out, block);
    }
    out.push_str(r#"],"stop_reason":"#);
    push_string(&mut out, stop_reason::word(&reason(answer)));
    out.push_str(r#","stop_sequence":"#);
    push_optional(&mut out, answer.stop_sequence.as_deref());
    out.push_str(r#","usage":"#);
    push_usage(&mut out, answer.usage.as_ref());
    out.push('}');
    Bytes::from(out)
}

/// The id of a message, from the digits of the request's id: Bedrock gives none to what its other models say.
pub(super) fn message_id(digits: &str) -> String {
    format!("msg_{digits}")
}

/// A string, or `null`.
pub(super) fn push_optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => push_string(out, text),
        None => out.push_str("null"),
    }
}

/// What it took; where nobody says, nothing.
pub(super) fn push_usage(out: &mut String, usage: Option<&Usage>) {
    let count = |count: fn(&Usage) -> u64| usage.map_or(0, count);
    out.push_str(&format!(
        r#"{{"input_tokens":{},"cache_creation_input_tokens":{},"cache_read_input_tokens":{},"output_tokens":{}}}"#,
        count(Usage::input_tokens),
        count(Usage::cache_write_input_tokens),
        count(Usage::cache_read_input_tokens),
        count(Usage::output_tokens),
    ));
}

fn reason(answer: &Answer) -> StopReason {
    let uses_tool = || answer.blocks.iter().any(|block| matches!(block, AnswerBlock::ToolUse { .. }));
    match &answer.stop_reason {
        Some(reason) => reason.clone(),
        None if uses_tool() => StopReason::ToolUse,
        None => StopReason::EndTurn,
    }
}

fn push_block(out: &mut String, block: &AnswerBlock) {
    match block {
        AnswerBlock::Text(text) => {
            out.push_str(r#"{"type":"text","text":"#);
            push_string(out, text);
        }
        AnswerBlock::Thinking { text, signature } => {
            out.push_str(r#"{"type":"thinking","thinking":"#);
            push_string(out, text);
            // The clients' types have a signature always.
            out.push_str(r#","signature":"#);
            push_string(out, signature.as_deref().unwrap_or_default());
        }
        AnswerBlock::RedactedThinking(data) => {
            out.push_str(r#"{"type":"redacted_thinking","data":"#);
            push_string(out, data);
        }
        AnswerBlock::ToolUse { id, name, input } => {
            out.push_str(r#"{"type":"tool_use","id":"#);
            push_string(out, id);
            out.push_str(r#","name":"#);
            push_string(out, name);
            out.push_str(r#","input":"#);
            let input = String::from_utf8_lossy(input);
            out.push_str(if input.trim().is_empty() { "{}" } else { &input });
        }
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn every_block_is_written() {
        let answer = Answer {
            blocks: vec![
                AnswerBlock::Thinking { text: "hm\n".to_owned(), signature: None },
                AnswerBlock::RedactedThinking("AAAA".to_owned()),
                AnswerBlock::Text("a \"b\"".to_owned()),
                AnswerBlock::ToolUse {
                    id: "t1".to_owned(),
                    name: "f".to_owned(),
                    input: r#"{"z": 1.0,"a":12345678901234567890123}"#.into(),
                },
            ],
            stop_reason: None,
            usage: Usage::read(crate::protocol::document::Document::new(
                r#"{"inputTokens":3,"outputTokens":2,"cacheReadInputTokens":1}"#,
            )),
            ..Answer::default()
        };
        let text = message(&answer, "1", "nova");
        assert!(String::from_utf8_lossy(&text).contains(r#""input":{"z": 1.0,"a":12345678901234567890123}"#));
        let mut message: Value = serde_json::from_slice(&text).unwrap();
        assert!(message["id"].take().as_str().unwrap().starts_with("msg_"));
        message["content"][3]["input"].take();
        let expected = json!({
            "id": null, "type": "message", "role": "assistant", "model": "nova",
            "content": [
                { "type": "thinking", "thinking": "hm\n", "signature": "" },
                { "type": "redacted_thinking", "data": "AAAA" },
                { "type": "text", "text": "a \"b\"" },
                { "type": "tool_use", "id": "t1", "name": "f", "input": null },
            ],
            "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {
                "input_tokens": 3, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 1, "output_tokens": 2,
            },
        });
        assert_eq!(message, expected);
    }
}
