//! A Claude that is to think within a budget must have begun its turn with a thought.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>

use super::claude::is_claude;
use crate::protocol::model::ModelId;
use serde_json::Value;

/// The least that it may think.
const MIN_BUDGET: i64 = 1024;

const THOUGHTS: [&str; 3] = ["thinking", "redacted_thinking", "reasoningContent"];
const RESULTS: [&str; 2] = ["tool_result", "toolResult"];

/// What a Claude says to a turn that goes on with thinking and began without, in either shape.
pub(super) fn check(model: &ModelId, body: &Value) -> Result<(), String> {
    let thinking = body["additionalModelRequestFields"].get("thinking").unwrap_or(&body["thinking"]);
    if thinking["type"] != "enabled" || !is_claude(model) {
        return Ok(());
    }
    check_budget(body, thinking)?;
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
    Err(format!(
        "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block. To avoid this requirement, disable `thinking`."
    ))
}

/// The budget is a part of what the model may write; not so between tools, where a beta says so.
fn check_budget(body: &Value, thinking: &Value) -> Result<(), String> {
    let Some(budget) = thinking["budget_tokens"].as_i64() else {
        return Err("thinking.enabled.budget_tokens: Field required".to_owned());
    };
    if budget < MIN_BUDGET {
        return Err(format!(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to {MIN_BUDGET}"
        ));
    }
    let betas = body["additionalModelRequestFields"].get("anthropic_beta").unwrap_or(&body["anthropic_beta"]);
    let is_interleaved = betas.to_string().contains("interleaved-thinking");
    let most = body["inferenceConfig"]["maxTokens"].as_i64().or_else(|| body["max_tokens"].as_i64());
    if most.is_some_and(|most| most <= budget) && !is_interleaved {
        return Err(String::from(
            "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
        ));
    }
    Ok(())
}

fn blocks(message: &Value) -> impl Iterator<Item = &Value> {
    message["content"].as_array().into_iter().flatten()
}

/// What a block is: the type that it says, or its only member.
fn kind(block: &Value) -> &str {
    let member = || block.as_object().and_then(|members| members.keys().next()).map(String::as_str);
    block["type"].as_str().or_else(member).unwrap_or_default()
}
