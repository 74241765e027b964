//! Requests as clients send them, read or refused by name.

mod bodies;
mod conversations;
mod files;
mod parameters;
mod tools;

use super::{ChatCompletion, ReadOptions};
use crate::gateway::chat::{Block, Effort, Format, Reasoning, ResultBlock, Role, ToolChoice};
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::gateway::shape::Shape;
use crate::protocol::content::ServiceTier;
use bytes::Bytes;
use serde_json::{Value, json};
use std::path::PathBuf;

const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn read_with(options: &ReadOptions, body: &Value) -> Result<ChatCompletion, Refusal> {
    ChatCompletion::read_body(&Bytes::from(body.to_string()), options)
}

/// A request of one user's text, with more members.
fn with(members: &Value) -> Value {
    let mut body = json!({ "model": "m", "messages": [{ "role": "user", "content": "Hi" }] });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn read(body: &Value) -> ChatCompletion {
    read_with(&ReadOptions::default(), body).unwrap_or_else(|refusal| panic!("{body}: {}", refusal.message()))
}

fn read_text(body: &str) -> ChatCompletion {
    ChatCompletion::read_body(&Bytes::from(body.to_owned()), &ReadOptions::default()).unwrap()
}

/// The message and the field of a refusal.
fn refused(body: &Value) -> (String, String) {
    named(&read_with(&ReadOptions::default(), body).expect_err(&body.to_string()))
}

fn named(refusal: &Refusal) -> (String, String) {
    assert_eq!(refusal.kind(), RefusalKind::Invalid);
    let param = refusal.document(Shape::OpenAi)["error"]["param"].as_str().unwrap_or_default().to_owned();
    (refusal.message().to_owned(), param)
}

/// What is said, a line a message.
fn said(messages: &Value) -> Vec<String> {
    let chat = read(&json!({ "model": "m", "messages": messages })).chat;
    let role = |role| if role == Role::User { "user" } else { "assistant" };
    let lines =
        chat.messages.iter().map(|message| format!("{}: {}", role(message.role), shown(&message.blocks)));
    let system = Some(format!("system: {}", shown(&chat.system))).filter(|_| !chat.system.is_empty());
    system.into_iter().chain(lines).collect()
}

fn shown(blocks: &[Block]) -> String {
    let result = |block: &ResultBlock| match block {
        ResultBlock::Text(text) => format!("{text:?}"),
        ResultBlock::Json(json) => String::from_utf8_lossy(json).into_owned(),
        ResultBlock::Image(_) => "image".to_owned(),
        ResultBlock::Document(_) => "document".to_owned(),
    };
    let one = |block: &Block| match block {
        Block::Text(text) => format!("{text:?}"),
        Block::ToolUse { id, name, input } => format!("{id} {name}({})", String::from_utf8_lossy(input)),
        Block::ToolResult { tool_use_id, content, .. } => {
            format!("{tool_use_id} -> {}", content.iter().map(result).collect::<Vec<_>>().join(" "))
        }
        Block::Thinking { text, signature } => format!("thinks {text:?} {signature}"),
        Block::RedactedThinking(data) => format!("thinks {data}"),
        Block::CachePoint(point) => format!("{point:?}"),
        other => format!("{other:?}"),
    };
    blocks.iter().map(one).collect::<Vec<_>>().join(" | ")
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })
}
