//! What a model says in OpenAI's shape of a chat, in which tools are functions: whole, and delta by delta.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-mistral-chat-completion.html>

use super::reply::{Reply, ReplyBlock, input_pieces, pieces};
use serde_json::{Value, json};

/// The message of a whole answer.
pub(super) fn message(reply: &Reply) -> Value {
    let mut message = json!({ "role": "assistant", "content": reply.joined() });
    let calls: Vec<Value> =
        calls(reply).map(|(call, input)| with_arguments(call, &input.to_string())).collect();
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
        if reply.joined().is_empty() {
            message["content"] = Value::Null;
        }
    }
    message
}

/// The deltas of a stream, the last of which says nothing.
pub(super) fn deltas(reply: &Reply) -> Vec<Value> {
    let mut deltas: Vec<Value> =
        pieces(&reply.joined()).iter().map(|text| json!({ "content": text })).collect();
    for (index, (call, input)) in calls(reply).enumerate() {
        let mut begun = with_arguments(call, "");
        begun["index"] = index.into();
        deltas.push(json!({ "tool_calls": [begun] }));
        let arguments = match input_pieces(input) {
            none if none.is_empty() => vec!["{}".to_owned()],
            arguments => arguments,
        };
        for arguments in arguments {
            let more = json!({ "index": index, "function": { "arguments": arguments } });
            deltas.push(json!({ "tool_calls": [more] }));
        }
    }
    deltas.push(json!({ "content": "" }));
    if let Some(first) = deltas.first_mut() {
        first["role"] = "assistant".into();
    }
    deltas
}

/// Why it ends.
pub(super) fn finish_reason(reply: &Reply) -> &'static str {
    if calls(reply).next().is_some() { "tool_calls" } else { "stop" }
}

/// Each call, without its arguments, and those.
fn calls(reply: &Reply) -> impl Iterator<Item = (Value, &Value)> {
    reply.blocks.iter().filter_map(|block| match block {
        ReplyBlock::ToolUse { id, name, input } => {
            Some((json!({ "id": id, "type": "function", "function": { "name": name } }), input))
        }
        ReplyBlock::Text(_) | ReplyBlock::Thinking { .. } => None,
    })
}

fn with_arguments(mut call: Value, arguments: &str) -> Value {
    call["function"]["arguments"] = arguments.into();
    call
}
