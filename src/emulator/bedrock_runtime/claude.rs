//! What a Claude refuses in a body of its own: messages that are none, and tools whose uses and results do not meet.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>

use super::families::check_choice;
use super::member::Member;
use crate::emulator::refused::Refused;
use crate::protocol::model::{ModelId, split_geography};
use serde_json::Value;

/// Checks the body of an InvokeModel, where the model is a Claude.
pub(super) fn check(model: &ModelId, body: &Value) -> Result<(), Refused> {
    let (_, base) = split_geography(model.as_str());
    if !base.starts_with("anthropic.claude-") {
        return Ok(());
    }
    let body = Member::request(body).as_model_input();
    if let Some(temperature) = body.optional("temperature")? {
        temperature.share()?;
    }
    if let Some(tools) = body.optional("tools")? {
        for (at, tool) in tools.items(0..=usize::MAX)?.iter().enumerate() {
            tool.required("name")?.text(1..=128)?;
            let Some(schema) = tool.optional("input_schema")? else { continue };
            if schema.value().get("type").is_some_and(|kind| kind != "object") {
                return Err(tool.refuse("input_schema.type: Input should be 'object'"));
            }
            check_choice(model, at, schema.value())?;
        }
    }
    let Some(messages) = body.optional("messages")? else { return Ok(()) };
    // Messages of one role that follow each other are one turn.
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (at, message) in messages.items(0..=usize::MAX)?.iter().enumerate() {
        let role = message.required("role")?.one_of(&["user", "assistant"])?;
        let blocks = blocks(&message.required("content")?)?;
        match turns.last_mut() {
            Some(turn) if turn.role == role => turn.blocks.extend(blocks),
            _ => turns.push(Turn { at, role, blocks }),
        }
    }
    check_tools(&turns)
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
        check(&model, &json!({ "messages": messages })).err().map(|refused| format!("{refused:?}"))
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
