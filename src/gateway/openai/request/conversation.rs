//! A conversation as it is read: neighbours of the same role merged, and each result with its call.

use super::reading::{Reading, quoted};
use super::tool_results;
use crate::gateway::chat::{Block, Message, Role};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use std::collections::HashMap;

/// One call, and its result as soon as that is read.
pub(super) struct Call<'a> {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) field: Value<'a>,
    /// It is a `function_call`, which has no id.
    pub(super) is_legacy: bool,
    pub(super) result: Option<Vec<Block>>,
}

#[derive(Default)]
pub(super) struct Conversation<'a> {
    pub(super) system: Vec<Block>,
    pub(super) messages: Vec<Message>,
    /// What the assistant has called last, and what was answered so far.
    calls: Vec<Call<'a>>,
    /// The place of each call by its id.
    places: HashMap<String, usize>,
    /// Whether further calls belong to another turn.
    is_answered: bool,
}

impl<'a> Conversation<'a> {
    pub(super) fn user(&mut self, blocks: Vec<Block>) -> Result<(), Refusal> {
        if says_something(&blocks) {
            self.results_are_whole()?;
            self.add(Role::User, blocks);
        }
        Ok(())
    }

    pub(super) fn assistant(
        &mut self,
        value: Value<'_>,
        blocks: Vec<Block>,
        calls: Vec<Call<'a>>,
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
            return Err(value.refuse("is the assistant's; a chat begins with a message of the user"));
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

    pub(super) fn result(
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

    pub(super) fn function_result(
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
    pub(super) fn results_are_whole(&mut self) -> Result<(), Refusal> {
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
    pub(super) fn trim_the_end(&mut self) {
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
