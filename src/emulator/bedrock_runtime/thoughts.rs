//! A Claude that is to think within a budget must have begun its turn with a thought.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>

use crate::emulator::refused::Refused;
use serde_json::Value;

const THOUGHTS: [&str; 3] = ["thinking", "redacted_thinking", "reasoningContent"];
const RESULTS: [&str; 2] = ["tool_result", "toolResult"];

/// Refuses a turn that goes on with thinking and began without, in either shape.
pub(super) fn check(body: &Value) -> Result<(), Refused> {
    let thinking = body["additionalModelRequestFields"].get("thinking").unwrap_or(&body["thinking"]);
    if thinking["type"] != "enabled" {
        return Ok(());
    }
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_open = |message: &Value| {
        message["role"] == "assistant" || blocks(message).any(|block| RESULTS.contains(&kind(block)))
    };
    let open = messages.iter().enumerate().rev().take_while(|(_, message)| is_open(message));
    let said: Vec<_> = open.filter(|(_, message)| message["role"] == "assistant").collect();
    let first_kinds: Vec<&str> =
        said.iter().map(|(_, message)| blocks(message).next().map_or("text", kind)).collect();
    let (Some((at, _)), Some(found)) = (said.first(), first_kinds.first()) else { return Ok(()) };
    if first_kinds.iter().any(|kind| THOUGHTS.contains(kind)) {
        return Ok(());
    }
    let found = if *found == "toolUse" { "tool_use" } else { found };
    Err(Refused::validation(format!(
        "The model returned the following errors: messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block. To avoid this requirement, disable `thinking`."
    )))
}

fn blocks(message: &Value) -> impl Iterator<Item = &Value> {
    message["content"].as_array().into_iter().flatten()
}

/// What a block is: the type that it says, or its only member.
fn kind(block: &Value) -> &str {
    let member = || block.as_object().and_then(|members| members.keys().next()).map(String::as_str);
    block["type"].as_str().or_else(member).unwrap_or_default()
}
