//! Who says what. OpenAI's roles may come in any order; Bedrock's alternate, begin with the user, and every tool's result
//! follows its call.

use super::conversation::{AnsweredBy, Conversation};
use super::reading::{Reading, quoted};
use super::{assistant, cache_control, parts, tool_results};
use crate::gateway::chat::{Block, Message};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;

/// Who of several speaks: Bedrock knows roles alone.
const NAME: &str = "messages[].name";

/// Who begins, where it is not the user.
const ROLE: &str = "messages[].role";

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
            reading.dropped.in_any_case(NAME);
        }
        match word.as_ref() {
            "system" | "developer" => {
                let mut blocks = parts::texts(message.required("content")?, reading)?;
                let point = cache_control::read(&message, reading)?;
                cache_control::add(&mut blocks, point);
                chat.instruct(blocks);
            }
            "user" => {
                let mut blocks = parts::read(message.required("content")?, reading)?;
                let point = cache_control::read(&message, reading)?;
                cache_control::add(&mut blocks, point);
                chat.user(blocks)?;
            }
            "assistant" => {
                let (blocks, calls) = assistant::read(&message, place, reading)?;
                // Some clients write calls that were made at once as messages of their own.
                let goes_on = calls.iter().any(|call| call.answered_by == AnsweredBy::Tool);
                chat.assistant(blocks, calls, goes_on)?;
            }
            "tool" => chat
                .result(message.required("tool_call_id")?, |id| tool_results::read(id, &message, reading))?,
            "function" => chat
                .function_result(message.required("name")?, |id| tool_results::read(id, &message, reading))?,
            other => {
                let problem =
                    format!("is {}; give one of system, developer, user, assistant and tool", quoted(other));
                return Err(role.refuse(&problem));
            }
        }
    }
    chat.end(list, ROLE, reading)
}
