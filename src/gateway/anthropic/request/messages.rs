//! Messages and instructions.

use super::block::{blocks, text_blocks};
use crate::gateway::chat::{Block, Message, Role};
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;

/// All messages: neighbours of one role are one, and one of which nothing is left is none.
pub(super) fn messages(node: Value<'_>) -> Result<Vec<Message>, Refusal> {
    let mut messages: Vec<Message> = Vec::new();
    for given in node.elements()? {
        let message = given.object()?;
        let role = match message.required("role")?.word(&["user", "assistant"])? {
            "user" => Role::User,
            _ => Role::Assistant,
        };
        let content = message.required("content")?;
        let mut blocks = blocks(content, role)?;
        match messages.last_mut() {
            _ if blocks.is_empty() => {}
            Some(last) if last.role == role => last.blocks.append(&mut blocks),
            _ => messages.push(Message { role, blocks }),
        }
    }
    match messages.first().map(|message| message.role) {
        None => Err(node.refuse("has nothing to be answered; give at least one message with content")),
        Some(Role::Assistant) => Err(node.refuse("must begin with a message of the user")),
        Some(Role::User) => Ok(messages),
    }
}

/// Instructions: a text, or blocks of text.
pub(super) fn system(node: Value<'_>) -> Result<Vec<Block>, Refusal> {
    text_blocks(node)
}
