//! What a Claude refuses in a body of its own: messages that are none, and tools whose uses and results do not meet.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>

use super::families::{both_samplings, choice_at_top, system_message};
use super::member::Member;
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::Value;
use std::collections::BTreeSet;

/// The versions of the body: Bedrock's own, and the one of Anthropic's API that Anthropic's clients for Bedrock name
/// since their releases of October 2026. Answers are the same in both.
const VERSIONS: [&str; 2] = ["bedrock-2023-05-31", "2026-10-21"];

/// Tools that Anthropic runs, and Bedrock does not.
const SERVER_TOOLS: [&str; 3] = ["web_search_", "web_fetch_", "code_execution_"];
const TOOLS: &str =
    "'bash_20250124', 'custom', 'text_editor_20250124', 'text_editor_20250429', 'text_editor_20250728'";

/// Checks the body of an InvokeModel, where the model is a Claude.
pub(super) fn check(model: &ModelId, body: &Value) -> Result<(), Refused> {
    if !is_claude(model) {
        return Ok(());
    }
    let input = Member::request(body).as_model_input();
    if input.optional("prompt")?.is_some() {
        return check_completion(model, &input);
    }
    let version = input.required("anthropic_version")?.text(0..=usize::MAX)?;
    if !VERSIONS.contains(&version) {
        return Err(Refused::validation(format!("Invalid API version: {version}")));
    }
    input.required("max_tokens")?.integer(1..=i64::from(i32::MAX))?;
    // What Anthropic's own API reads there stands in the path.
    input.none_of(&["model", "stream"])?;
    if input.required("messages")?.value().as_array().is_some_and(Vec::is_empty) {
        return Err(Refused::validation("messages: at least one message is required"));
    }
    if let Some(problem) = both_samplings(model, &body["temperature"], &body["top_p"]) {
        return Err(Refused::validation(problem));
    }
    check_conversation(model, body)
}

/// Checks tools and messages of a body that need not be complete.
pub(super) fn check_conversation(model: &ModelId, body: &Value) -> Result<(), Refused> {
    if !is_claude(model) {
        return Ok(());
    }
    let body = Member::request(body).as_model_input();
    if let Some(temperature) = body.optional("temperature")? {
        temperature.share()?;
    }
    check_tool_list(model, &body)?;
    let Some(messages) = body.optional("messages")? else { return Ok(()) };
    let messages = messages.items(0..=usize::MAX)?;
    // Messages of one role that follow each other are one turn.
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message.required("role")?.one_of(&["user", "assistant", "system"])?;
        if let Some(problem) = system_message(model, at).filter(|_| role == "system") {
            return Err(Refused::validation(problem));
        }
        let content = message.required("content")?;
        let is_last_word = role == "assistant" && at + 1 == messages.len();
        let blocks = blocks(&content)?;
        check_content(at, &content, &blocks, is_last_word)?;
        match turns.last_mut() {
            // It stands between turns and is none.
            _ if role == "system" => {}
            Some(turn) if turn.role == role => turn.blocks.extend(blocks),
            _ => turns.push(Turn { at, role, blocks }),
        }
    }
    check_tools(&turns)
}

pub(super) fn is_claude(model: &ModelId) -> bool {
    model.family().starts_with("anthropic.claude")
}

/// A prompt, which only Claude 1 and 2 complete.
fn check_completion(model: &ModelId, input: &Member) -> Result<(), Refused> {
    let name = model.family().trim_start_matches("anthropic.");
    if name != "claude" && name != "claude-instant" {
        return Err(Refused::validation(format!(
            "\"{name}\" is not supported on this API. Please use the Messages API instead."
        )));
    }
    input.required("max_tokens_to_sample")?.integer(1..=i64::from(i32::MAX)).map(drop)
}

fn check_tool_list(model: &ModelId, body: &Member) -> Result<(), Refused> {
    let tools = body.optional("tools")?.map_or(Ok(Vec::new()), |tools| tools.items(0..=usize::MAX))?;
    let mut names = BTreeSet::new();
    for (at, tool) in tools.iter().enumerate() {
        let kind = tool.value()["type"].as_str().unwrap_or_default();
        if SERVER_TOOLS.iter().any(|prefix| kind.starts_with(prefix)) {
            return Err(Refused::validation(format!(
                "tools.{at}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {TOOLS}"
            )));
        }
        if !names.insert(tool.required("name")?.text(1..=128)?) {
            return Err(Refused::validation("tools: Tool names must be unique."));
        }
        let Some(schema) = tool.optional("input_schema")? else { continue };
        if schema.value().get("type").is_some_and(|kind| kind != "object") {
            return Err(tool.refuse("input_schema.type: Input should be 'object'"));
        }
        if let Some(problem) = choice_at_top(model, at, schema.value()) {
            return Err(Refused::validation(problem));
        }
    }
    let Some(choice) = body.optional("tool_choice")? else { return Ok(()) };
    match choice.object()?.get("name").and_then(Value::as_str) {
        Some(name) if !tools.iter().any(|tool| tool.value()["name"] == name) => {
            Err(Refused::validation(format!("Tool '{name}' not found in provided tools")))
        }
        _ => Ok(()),
    }
}

fn check_content(at: usize, content: &Member, blocks: &[&Value], is_last_word: bool) -> Result<(), Refused> {
    let is_empty = content.value().as_str().map_or(blocks.is_empty(), str::is_empty);
    if is_empty && !is_last_word {
        return Err(Refused::validation(format!(
            "messages.{at}: all messages must have non-empty content except for the optional final assistant message"
        )));
    }
    for (index, block) in blocks.iter().enumerate() {
        if block["type"] == "text" && block["text"] == "" {
            return Err(Refused::validation("messages: text content blocks must be non-empty"));
        }
        if block["type"] == "image" && block["source"]["type"] == "url" {
            return Err(Refused::validation(format!(
                "messages.{at}.content.{index}.image.source.base64.data: URL sources are not supported"
            )));
        }
    }
    Ok(())
}

/// What one side says, from the message at this place on.
struct Turn<'a> {
    at: usize,
    role: &'a str,
    blocks: Vec<&'a Value>,
}

impl<'a> Turn<'a> {
    fn ids(&self, kind: &str, name: &str) -> Vec<&'a str> {
        let of_kind = self.blocks.iter().filter(|block| block["type"] == kind);
        of_kind.filter_map(|block| block[name].as_str()).collect()
    }
}

/// Each use is answered in the turn after it, and nothing else is.
fn check_tools(turns: &[Turn<'_>]) -> Result<(), Refused> {
    let mut open = Vec::new();
    for turn in turns {
        let (at, answered) = (turn.at, turn.ids("tool_result", "tool_use_id"));
        if let Some(stray) = answered.iter().find(|id| !open.contains(*id)) {
            return Err(Refused::validation(format!(
                "messages.{at}: unexpected tool_use_id in a tool_result: {stray}. The message before has no tool_use of \
                 this id."
            )));
        }
        if let Some(left) = open.iter().find(|id| !answered.contains(*id)) {
            return Err(Refused::validation(format!(
                "messages.{at}: the tool_use {left} of the message before has no tool_result in this one."
            )));
        }
        open = turn.ids("tool_use", "id");
    }
    Ok(())
}

/// The blocks of a message; none where it is a text.
fn blocks<'a>(content: &Member<'a>) -> Result<Vec<&'a Value>, Refused> {
    if content.value().is_string() {
        return Ok(Vec::new());
    }
    let items = content.items(0..=usize::MAX)?;
    for item in &items {
        item.required("type")?.text(1..=usize::MAX)?;
    }
    Ok(items.iter().map(Member::value).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(messages: &Value) -> Option<String> {
        let model = ModelId::new("us.anthropic.claude-sonnet-4-20250514-v1:0").unwrap();
        check_conversation(&model, &json!({ "messages": messages }))
            .err()
            .map(|refused| format!("{refused:?}"))
    }

    #[test]
    fn uses_and_results_meet() {
        let user = json!({ "role": "user", "content": "hi" });
        let asks = json!({ "role": "assistant", "content": [{ "type": "tool_use", "id": "t", "name": "f", "input": {} }] });
        let answers = json!({ "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "t" }] });
        assert_eq!(refused(&json!([user, asks, answers])), None);
        assert_eq!(refused(&json!([user, asks])), None);
        assert_eq!(refused(&json!([user, asks, answers, user])), None);
        for wrong in
            [json!([user, asks, user]), json!([user, answers]), json!([user, asks, answers, asks, user])]
        {
            assert!(refused(&wrong).unwrap().contains("messages."), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused_by_place() {
        for (messages, place) in [
            (json!(["hi"]), "messages/0"),
            (json!([{ "content": "hi" }]), "role"),
            (json!([{ "role": "boss", "content": "hi" }]), "boss"),
            (json!([{ "role": "user", "content": 7 }]), "content"),
            (json!([{ "role": "user", "content": ["hi"] }]), "content/0"),
        ] {
            let message = refused(&messages).unwrap_or_else(|| panic!("{messages} is taken"));
            assert!(message.contains(place), "{messages}: {message}");
        }
    }
}
