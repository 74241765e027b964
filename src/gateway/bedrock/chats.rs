//! Chats for tests of this folder.

use crate::gateway::chat::{Block, Chat, Format, LogPair, Message, ResultBlock, Role, Tool};
use bytes::Bytes;

/// A chat of one message.
pub(super) fn chat(said: &str) -> Chat {
    Chat { messages: vec![user(vec![text(said)])], ..Chat::default() }
}

pub(super) fn text(text: &str) -> Block {
    Block::Text(text.to_owned())
}

pub(super) fn user(blocks: Vec<Block>) -> Message {
    Message { role: Role::User, blocks }
}

pub(super) fn call(id: &str, name: &str, input: &str) -> Block {
    Block::ToolUse { id: id.to_owned(), name: name.to_owned(), input: Bytes::from(input.to_owned()) }
}

/// The assistant asks for a tool.
pub(super) fn asked(id: &str, name: &str, input: &str) -> Message {
    Message { role: Role::Assistant, blocks: vec![call(id, name, input)] }
}

pub(super) fn result(id: &str, said: &str) -> Block {
    let content = vec![ResultBlock::Text(said.to_owned())];
    Block::ToolResult { tool_use_id: id.to_owned(), content, is_error: false }
}

pub(super) fn tool(name: &str, schema: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        description: None,
        input_schema: Some(Bytes::from(schema.to_owned())),
        strict: None,
        cache_point: None,
    }
}

pub(super) fn schema(schema: &str) -> Format {
    Format::JsonSchema { name: "out".to_owned(), description: None, schema: Bytes::from(schema.to_owned()) }
}

pub(super) fn log_pair(key: &str, value: &str) -> LogPair {
    LogPair { param: "metadata", key: key.to_owned(), value: value.to_owned() }
}
