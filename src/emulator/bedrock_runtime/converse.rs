//! What Converse and ConverseStream take, from the service's side: the shape, and the texts of what is refused most.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use super::families::{is_claude_4, takes_turns_of_one_side};
use super::member::Member;
use super::{media, settings, tool_turns};
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::Value;

/// The most that a list of a request may hold; the service's own limits are the models'.
const MANY: usize = 100_000;

/// Refuses what the service refuses before a model sees it.
pub(super) fn check(model: &ModelId, body: &Value) -> Result<(), Refused> {
    let request = Member::request(body);
    let messages = request.required("messages")?;
    let has_tool_blocks = check_messages(model, &messages)?;
    media::check(model, &request)?;
    if let Some(system) = request.optional("system")? {
        for block in system.items(0..=MANY)? {
            if let Some(text) = block.optional("text")? {
                text.text(1..=usize::MAX)?;
            }
        }
    }
    settings::check(&request)?;
    match request.optional("toolConfig")? {
        Some(config) => tool_turns::check_tools(&config),
        None if has_tool_blocks => Err(Refused::validation(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        )),
        None => Ok(()),
    }
}

/// What a prompt of one's own has in it, a request with it has not.
const OF_PROMPTS: [&str; 4] = ["additionalModelRequestFields", "inferenceConfig", "system", "toolConfig"];

/// Refuses what the service refuses of a request with a prompt, which has messages of its own.
pub(super) fn check_prompted(model: &ModelId, body: &Value) -> Result<(), Refused> {
    let request = Member::request(body);
    for name in OF_PROMPTS {
        if request.optional(name)?.is_some() {
            return Err(Refused::validation(format!(
                "You can't include {name} when you use a prompt from Prompt management. Remove {name} and try again."
            )));
        }
    }
    if let Some(messages) = request.optional("messages")? {
        check_messages(model, &messages)?;
    }
    media::check(model, &request)?;
    settings::check(&request)
}

/// Whether there are toolUse or toolResult blocks.
pub(super) fn check_messages(model: &ModelId, messages: &Member) -> Result<bool, Refused> {
    let mut has_tool_blocks = false;
    let mut speaker = None;
    for (index, message) in messages.items(1..=MANY)?.iter().enumerate() {
        let role = message.required("role")?.one_of(&["user", "assistant", "system"])?;
        let blocks = message.required("content")?.items(0..=MANY)?;
        if blocks.is_empty() {
            return Err(Refused::validation(format!(
                "The content field in the Message object at messages.{index} is empty. Add a ContentBlock object to the content field and try again."
            )));
        }
        for (at, block) in blocks.iter().enumerate() {
            has_tool_blocks |= check_block(block, index, at)?;
        }
        // What a system message tells stands between turns and is none.
        if role == "system" {
            continue;
        }
        if speaker.is_none() && role == "assistant" && !is_claude_4(model) {
            return Err(Refused::validation(
                "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
            ));
        }
        if speaker == Some(role) && !takes_turns_of_one_side(model) {
            return Err(Refused::validation(
                "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
            ));
        }
        speaker = Some(role);
    }
    tool_turns::check(messages)?;
    Ok(has_tool_blocks)
}

/// A content block is a union: one member, and text is not blank. Whether it belongs to a tool.
fn check_block(block: &Member, message: usize, at: usize) -> Result<bool, Refused> {
    let members = block.object()?;
    let set = members.values().filter(|value| !value.is_null()).count();
    if set != 1 {
        return Err(block.refuse(&format!("a ContentBlock has exactly one member, this one has {set}")));
    }
    if let Some(text) = block.optional("text")?
        && is_blank(text.text(0..=usize::MAX)?)
    {
        return Err(Refused::validation(format!(
            "The text field in the ContentBlock object at messages.{message}.content.{at} is blank. Add text to the text field, and try again."
        )));
    }
    tool_turns::check_block(block, message, at)
}

/// Line breaks alone are text: they are sent between a document and a cache point.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty() && (text.is_empty() || !text.chars().all(|c| c == '\n'))
}
