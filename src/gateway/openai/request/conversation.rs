//! A conversation as it is read: neighbours of the same role merged, and each result with its call.

use super::reading::{Reading, quoted};
use crate::gateway::chat::{Block, Message, Role};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;
use std::collections::HashMap;

/// Stands before what the assistant says first: a greeting, or what is left of a history that was cut.
const BEGINNING: &str = "(The chat begins.)";

/// What the result of a call looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::openai) enum AnsweredBy {
    /// A message of the role `tool`.
    Tool,
    /// A message of the role `function`, with a name and no id.
    Function,
    /// An item of this type.
    Item(&'static str),
}

/// One call, and its result as soon as that is read.
pub(in crate::gateway::openai) struct Call<'a> {
    pub(in crate::gateway::openai) id: String,
    pub(in crate::gateway::openai) name: String,
    pub(in crate::gateway::openai) field: Value<'a>,
    pub(in crate::gateway::openai) answered_by: AnsweredBy,
    pub(in crate::gateway::openai) result: Option<Vec<Block>>,
}

#[derive(Default)]
pub(in crate::gateway::openai) struct Conversation<'a> {
    system: Vec<Block>,
    /// Where the last of the instructions begins that stand among the messages.
    last_instruction: Option<usize>,
    messages: Vec<Message>,
    /// Whether the user was made to begin.
    is_begun_for_the_user: bool,
    /// What the assistant has called last, and what was answered so far.
    calls: Vec<Call<'a>>,
    /// The place of each call by its id.
    places: HashMap<String, usize>,
    /// Whether further calls belong to another turn.
    is_answered: bool,
}

impl<'a> Conversation<'a> {
    /// Instructions that stand beside the messages.
    pub(in crate::gateway::openai) fn guide(&mut self, mut blocks: Vec<Block>) {
        self.system.append(&mut blocks);
    }

    /// Instructions among the messages.
    pub(in crate::gateway::openai) fn instruct(&mut self, blocks: Vec<Block>) {
        if says_something(&blocks) {
            self.last_instruction = Some(self.system.len());
        }
        self.guide(blocks);
    }

    pub(in crate::gateway::openai) fn user(&mut self, blocks: Vec<Block>) -> Result<(), Refusal> {
        if says_something(&blocks) {
            self.results_are_whole()?;
            self.add(Role::User, blocks);
        }
        Ok(())
    }

    /// What the assistant says. `goes_on` where it may belong to a turn whose calls are not answered yet.
    pub(in crate::gateway::openai) fn assistant(
        &mut self,
        blocks: Vec<Block>,
        calls: Vec<Call<'a>>,
        goes_on: bool,
    ) -> Result<(), Refusal> {
        if !says_something(&blocks) {
            return Ok(());
        }
        if !goes_on || self.is_answered {
            self.results_are_whole()?;
        }
        // A turn has one function call.
        self.is_answered = calls.iter().any(|call| call.answered_by == AnsweredBy::Function);
        if self.messages.is_empty() {
            self.begin_for_the_user(vec![Block::Text(BEGINNING.to_owned())]);
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

    /// What a tool answered; `read` makes blocks of it.
    pub(in crate::gateway::openai) fn result(
        &mut self,
        id: Value<'_>,
        read: impl FnOnce(&str) -> Result<Vec<Block>, Refusal>,
    ) -> Result<(), Refusal> {
        let wanted = id.string()?;
        let place = self.places.get(wanted.as_ref());
        let Some(call) = place.and_then(|place| self.calls.get_mut(*place)) else {
            let problem = format!(
                "is {}, but what the assistant said before it has no tool call of that id",
                quoted(&wanted)
            );
            return Err(id.refuse(&problem));
        };
        if call.result.is_some() {
            return Err(id.refuse(&format!("is {}, a tool call that has a result already", quoted(&wanted))));
        }
        call.result = Some(read(&call.id)?);
        self.is_answered = true;
        Ok(())
    }

    /// The same for a function, which is known by its name.
    pub(in crate::gateway::openai) fn function_result(
        &mut self,
        name: Value<'_>,
        read: impl FnOnce(&str) -> Result<Vec<Block>, Refusal>,
    ) -> Result<(), Refusal> {
        let wanted = name.string()?;
        let open = self
            .calls
            .last_mut()
            .filter(|call| call.answered_by == AnsweredBy::Function && call.result.is_none());
        let Some(call) = open.filter(|call| call.name == wanted) else {
            let problem = format!(
                "is {}, but the assistant's message before it has no such function_call",
                quoted(&wanted)
            );
            return Err(name.refuse(&problem));
        };
        call.result = Some(read(&call.id)?);
        Ok(())
    }

    /// What was said, when all of it is read. `role` is the parameter that says who begins.
    pub(in crate::gateway::openai) fn end(
        mut self,
        list: Value<'_>,
        role: &str,
        reading: &mut Reading<'_>,
    ) -> Result<(Vec<Block>, Vec<Message>), Refusal> {
        self.results_are_whole()?;
        self.trim_the_end();
        if self.messages.is_empty() {
            self.ask_by_instruction();
        }
        if self.is_begun_for_the_user {
            reading.dropped.in_any_case(role);
        }
        if self.messages.is_empty() {
            return Err(
                list.refuse("has nothing that a user says; add a message of the role user with a text")
            );
        }
        Ok((self.system, self.messages))
    }

    /// Many programs have all of their prompt in one message of the role system, which OpenAI's models answer. Bedrock's
    /// want something of the user: that is then the last of the instructions.
    fn ask_by_instruction(&mut self) {
        if let Some(last) = self.last_instruction {
            let asks = self.system.split_off(last);
            self.begin_for_the_user(asks);
        }
    }

    fn begin_for_the_user(&mut self, blocks: Vec<Block>) {
        self.is_begun_for_the_user = true;
        self.add(Role::User, blocks);
    }

    /// Puts the results into one message of the user, in the order of their calls. None may be missing.
    fn results_are_whole(&mut self) -> Result<(), Refusal> {
        self.places.clear();
        for call in std::mem::take(&mut self.calls) {
            let Some(result) = call.result else {
                let (name, id) = (quoted(&call.name), quoted(&call.id));
                let needed = match call.answered_by {
                    AnsweredBy::Tool => format!("a message of the role tool with the tool_call_id {id}"),
                    AnsweredBy::Function => format!("a message of the role function and the name {name}"),
                    AnsweredBy::Item(kind) => format!("an item of the type {kind} with the call_id {id}"),
                };
                return Err(call.field.refuse(&format!("has no result; {needed} must follow")));
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
