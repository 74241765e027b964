//! Who says what. OpenAI's roles may come in any order; Bedrock's alternate, begin with the user, and every tool's result
//! follows its call.

use super::assistant::{self, Call};
use super::reading::{Reading, quoted};
use super::{cache_control, parts, tool_results};
use crate::gateway::chat::{Block, Message, Role};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use std::collections::HashMap;

/// Who of several speaks: Bedrock knows roles alone.
const NAME: &str = "messages[].name";

/// Who begins, where it is not the user.
const ROLE: &str = "messages[].role";
/// Stands before what the assistant says first: a greeting, or what is left of a history that was cut.
const BEGINNING: &str = "(The chat begins.)";

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
                chat.assistant(blocks, calls, reading)?;
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
        chat.ask_by_instruction(reading);
    }
    if chat.messages.is_empty() {
        return Err(list.refuse("has nothing that a user says; add a message of the role user with a text"));
    }
    Ok((chat.system, chat.messages))
}

#[derive(Default)]
struct Conversation<'a> {
    system: Vec<Block>,
    /// Where the last of the instructions begins.
    last_instruction: usize,
    messages: Vec<Message>,
    /// What the assistant has called last, and what was answered so far.
    calls: Vec<Call<'a>>,
    /// The place of each call by its id.
    places: HashMap<String, usize>,
    /// Whether further calls belong to another turn.
    is_answered: bool,
}

impl<'a> Conversation<'a> {
    fn instruct(&mut self, mut blocks: Vec<Block>) {
        if says_something(&blocks) {
            self.last_instruction = self.system.len();
        }
        self.system.append(&mut blocks);
    }

    /// Many programs have all of their prompt in one message of the role system, which OpenAI's models answer. Bedrock's
    /// want something of the user: that is then the last of the instructions.
    fn ask_by_instruction(&mut self, reading: &mut Reading<'_>) {
        let asks = self.system.split_off(self.last_instruction);
        if says_something(&asks) {
            reading.dropped.in_any_case(ROLE);
            self.add(Role::User, asks);
        }
    }

    fn user(&mut self, blocks: Vec<Block>) -> Result<(), Refusal> {
        if says_something(&blocks) {
            self.results_are_whole()?;
            self.add(Role::User, blocks);
        }
        Ok(())
    }

    fn assistant(
        &mut self,
        blocks: Vec<Block>,
        calls: Vec<Call<'a>>,
        reading: &mut Reading<'_>,
    ) -> Result<(), Refusal> {
        if !says_something(&blocks) {
            return Ok(());
        }
        let has_legacy = calls.iter().any(|call| call.is_legacy);
        // Some clients write calls that were made at once as messages of their own.
        if calls.is_empty() || has_legacy || self.is_answered {
            self.results_are_whole()?;
        }
        self.is_answered = has_legacy;
        if self.messages.is_empty() {
            reading.dropped.in_any_case(ROLE);
            self.add(Role::User, vec![Block::Text(BEGINNING.to_owned())]);
        }
        self.add(Role::Assistant, blocks);
        for call in calls {
            if self.places.insert(call.id.clone(), self.calls.len()).is_some() {
                let problem = format!("has the id {}, which another call has", quoted(&call.id));
                return Err(call.field.refuse(&problem));
            }
            self.calls.push(call);
        }
        Ok(())
    }

    fn result(
        &mut self,
        id: Value<'_>,
        message: &Object<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<(), Refusal> {
        let wanted = id.string()?;
        let place = self.places.get(wanted.as_ref());
        let Some(call) = place.and_then(|place| self.calls.get_mut(*place)) else {
            let problem = format!(
                "is {}, but the assistant's message before it has no tool call of that id",
                quoted(&wanted)
            );
            return Err(id.refuse(&problem));
        };
        if call.result.is_some() {
            return Err(id.refuse(&format!("is {}, a tool call that has a result already", quoted(&wanted))));
        }
        call.result = Some(tool_results::read(&call.id, message, reading)?);
        self.is_answered = true;
        Ok(())
    }

    fn function_result(
        &mut self,
        name: Value<'_>,
        message: &Object<'_>,
        reading: &mut Reading<'_>,
    ) -> Result<(), Refusal> {
        let wanted = name.string()?;
        let open = self.calls.last_mut().filter(|call| call.is_legacy && call.result.is_none());
        let Some(call) = open.filter(|call| call.name == wanted) else {
            let problem = format!(
                "is {}, but the assistant's message before it has no such function_call",
                quoted(&wanted)
            );
            return Err(name.refuse(&problem));
        };
        call.result = Some(tool_results::read(&call.id, message, reading)?);
        Ok(())
    }

    /// Puts the results into one message of the user, in the order of their calls. None may be missing.
    fn results_are_whole(&mut self) -> Result<(), Refusal> {
        self.places.clear();
        for call in std::mem::take(&mut self.calls) {
            let Some(result) = call.result else {
                let needed = if call.is_legacy {
                    format!("of the role function and the name {}", quoted(&call.name))
                } else {
                    format!("of the role tool with the tool_call_id {}", quoted(&call.id))
                };
                return Err(call.field.refuse(&format!("has no result; a message {needed} must follow")));
            };
            self.add(Role::User, result);
        }
        Ok(())
    }

    /// Adds to the last message where it is of the same role.
    fn add(&mut self, role: Role, mut blocks: Vec<Block>) {
        match self.messages.last_mut() {
            Some(last) if last.role == role => last.blocks.append(&mut blocks),
            _ => self.messages.push(Message { role, blocks }),
        }
    }

    /// Claude refuses an answer that begins with text which ends in white space.
    fn trim_the_end(&mut self) {
        let Some(last) = self.messages.last_mut().filter(|last| last.role == Role::Assistant) else { return };
        let end = last.blocks.iter_mut().rfind(|block| !matches!(block, Block::CachePoint(_)));
        if let Some(Block::Text(text)) = end {
            text.truncate(text.trim_end().len());
        }
    }
}

/// Whether there is more than thoughts and places to cache up to.
fn says_something(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| {
        !matches!(block, Block::CachePoint(_) | Block::Thinking { .. } | Block::RedactedThinking(_))
    })
}
