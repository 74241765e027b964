//! What the assistant said, thought and called before.

use super::cache_control;
use super::conversation::{AnsweredBy, Call};
use super::parts::{self, text};
use super::reading::Reading;
use crate::gateway::chat::Block;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;
use serde_json::json;
use serde_json::value::RawValue;

/// One message of the assistant; `place` is its place in the chat.
pub(super) fn read<'a>(
    message: &Object<'a>,
    place: usize,
    reading: &mut Reading<'_>,
) -> Result<(Vec<Block>, Vec<Call<'a>>), Refusal> {
    let mut blocks = thinking(message)?;
    if let Some(content) = message.get("content") {
        blocks.append(&mut parts::each(content, reading, |kind, part, _| match kind {
            "text" => text(part).map(Some),
            "refusal" => Ok(Some(Block::Text(part.required("refusal")?.string()?.into_owned()))),
            "thinking" | "redacted_thinking" => thought(part),
            _ => Ok(None),
        })?);
    }
    if let Some(refusal) = message.get("refusal") {
        let refusal = refusal.string()?;
        if !refusal.trim().is_empty() {
            blocks.push(Block::Text(refusal.into_owned()));
        }
    }
    if let Some(audio) = message.get("audio") {
        reading
            .cannot_honour(audio, "it names an answer that OpenAI has spoken; give its text as content")?;
    }
    let calls = calls(message, place, &mut blocks)?;
    let point = cache_control::read(message, reading)?;
    cache_control::add(&mut blocks, point);
    Ok((blocks, calls))
}

/// Only what a model has signed can go back: `reasoning_content` alone is left out.
fn thinking(message: &Object<'_>) -> Result<Vec<Block>, Refusal> {
    let mut blocks = Vec::new();
    if let Some(list) = message.get("thinking_blocks") {
        for value in list.elements()? {
            let part = value.object()?;
            match part.required("type")?.string()?.as_ref() {
                "thinking" | "redacted_thinking" => blocks.extend(thought(&part)?.filter(is_not_empty)),
                _ => return Err(value.refuse("is neither of the type thinking nor redacted_thinking")),
            }
        }
    }
    Ok(blocks)
}

/// A text without a signature becomes a blank text, which is left out like any other.
pub(in crate::gateway::openai) fn thought(part: &Object<'_>) -> Result<Option<Block>, Refusal> {
    let string = |name| part.get(name).map(Value::string).transpose();
    if let Some(data) = string("data")? {
        return Ok(Some(if data.is_empty() { blank() } else { Block::RedactedThinking(data.into_owned()) }));
    }
    let text = part.required("thinking")?.string()?.into_owned();
    Ok(Some(match string("signature")? {
        Some(signature) if !signature.is_empty() => {
            Block::Thinking { text, signature: signature.into_owned() }
        }
        _ => blank(),
    }))
}

fn blank() -> Block {
    Block::Text(String::new())
}

fn is_not_empty(block: &Block) -> bool {
    !matches!(block, Block::Text(text) if text.is_empty())
}

fn calls<'a>(message: &Object<'a>, place: usize, blocks: &mut Vec<Block>) -> Result<Vec<Call<'a>>, Refusal> {
    let mut calls = Vec::new();
    if let Some(list) = message.get("tool_calls") {
        for value in list.elements()? {
            let call = value.object()?;
            if let Some(kind) = call.get("type").filter(|kind| kind.text() != "\"function\"") {
                return Err(kind.refuse("must be function; Bedrock has no other calls"));
            }
            let id = call.required("id")?.name()?.into_owned();
            let function_value = call.required("function")?.object()?;
            calls.push(function(value, &function_value, id, AnsweredBy::Tool, blocks)?);
        }
    }
    if let Some(value) = message.get("function_call") {
        // Calls before `tools` have no id; the place of the message is unique enough.
        let id = format!("function_call_{place}");
        calls.push(function(value, &value.object()?, id, AnsweredBy::Function, blocks)?);
    }
    Ok(calls)
}

fn function<'a>(
    field: Value<'a>,
    function: &Object<'a>,
    id: String,
    answered_by: AnsweredBy,
    blocks: &mut Vec<Block>,
) -> Result<Call<'a>, Refusal> {
    let name = function.required("name")?.name()?.into_owned();
    let input = function.get("arguments").map_or_else(|| Ok(Bytes::from_static(b"{}")), arguments)?;
    blocks.push(Block::ToolUse { id: id.clone(), name: name.clone(), input });
    Ok(Call { id, name, field, answered_by, result: None })
}

/// A JSON object, which stands in a string. What a model once wrote wrong must not end the chat, so it is kept as `_raw`.
pub(in crate::gateway::openai) fn arguments(value: Value<'_>) -> Result<Bytes, Refusal> {
    if value.is_object() {
        return Ok(value.bytes());
    }
    let text = value.string()?;
    let json = text.trim();
    if json.is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if is_object(json) {
        return Ok(Bytes::from(json.to_owned()));
    }
    Ok(Bytes::from(json!({ "_raw": text }).to_string()))
}

/// Whether a text is a JSON object.
pub(super) fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<&RawValue>(text).is_ok()
}
