//! Who says what. OpenAI's roles may come in any order; Bedrock's alternate, begin with the user, and every tool's result
//! follows its call.

use super::conversation::Conversation;
use super::reading::{Reading, quoted};
use super::{assistant, cache_control, parts};
use crate::gateway::chat::{Block, Message};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;

/// Who of several speaks: Bedrock knows roles alone.
const NAME: &str = "messages[].name";

/// Instructions and messages.
pub(super) fn read(
    list: Value<'_>,
    reading: &mut Reading<'_>,
) -> Result<(Vec<Block>, Vec<Message>), Refusal> {
    let mut chat = Conversation::default();
    for (place, value) in list.elements()?.enumerate() {
        let message = value.object()?;
        let role = message.required("role")?;
        let word = role.string()?;
        // A tool's is in its call already.
        if !matches!(word.as_ref(), "tool" | "function") && message.get("name").is_some() {
            reading.leave_out(NAME);
        }
        match word.as_ref() {
            "system" | "developer" => {
                let mut blocks = parts::texts(message.required("content")?, reading)?;
                let point = cache_control::read(&message, reading)?;
                cache_control::add(&mut blocks, point);
                chat.system.append(&mut blocks);
            }
            "user" => {
                let mut blocks = parts::read(message.required("content")?, reading)?;
                let point = cache_control::read(&message, reading)?;
                cache_control::add(&mut blocks, point);
                chat.user(blocks)?;
            }
            "assistant" => {
                let (blocks, calls) = assistant::read(&message, place, reading)?;
                chat.assistant(value, blocks, calls)?;
            }
            "tool" => chat.result(message.required("tool_call_id")?, &message, reading)?,
            "function" => chat.function_result(message.required("name")?, &message, reading)?,
            other => {
                let problem =
                    format!("is {}; give one of system, developer, user, assistant and tool", quoted(other));
                return Err(role.refuse(&problem));
            }
        }
    }
    chat.results_are_whole()?;
    chat.trim_the_end();
    if chat.messages.is_empty() {
        return Err(list.refuse("has nothing that a user says; add a message of the role user with a text"));
    }
    Ok((chat.system, chat.messages))
}
