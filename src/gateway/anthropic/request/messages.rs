//! Messages and instructions.

use super::block::{blocks, text_blocks};
use crate::gateway::chat::{Block, Message, Role};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;

/// What is said.
pub(super) struct Said {
    /// Instructions that stand before the first message.
    pub(super) system: Vec<Block>,
    /// Neighbours of one role are one, and a message of which nothing is left is none.
    pub(super) messages: Vec<Message>,
}

/// All messages. Coding agents tell a model of their own agents and skills with messages of the role `system`: what
/// stands among the others is the user's here, since no other model takes instructions there.
pub(super) fn messages(node: Value<'_>) -> Result<Said, Refusal> {
    let mut said = Said { system: Vec::new(), messages: Vec::new() };
    for given in node.elements()? {
        let message = given.object()?;
        let word = message.required("role")?.word(&["user", "assistant", "system"])?;
        let content = message.required("content")?;
        let (role, mut blocks) = match word {
            "user" => (Role::User, blocks(content, Role::User)?),
            "assistant" => (Role::Assistant, blocks(content, Role::Assistant)?),
            _ => (Role::User, text_blocks(content)?),
        };
        match said.messages.last_mut() {
            _ if blocks.is_empty() => {}
            None if word == "system" => said.system.append(&mut blocks),
            Some(last) if last.role == role => last.blocks.append(&mut blocks),
            _ => said.messages.push(Message { role, blocks }),
        }
    }
    match said.messages.first().map(|message| message.role) {
        None => Err(node.refuse("has nothing to be answered; give at least one message with content")),
        Some(Role::Assistant) => Err(node.refuse("must begin with a message of the user")),
        Some(Role::User) => Ok(said),
    }
}

/// Instructions: a text, or blocks of text.
pub(super) fn system(node: Value<'_>) -> Result<Vec<Block>, Refusal> {
    text_blocks(node)
}
