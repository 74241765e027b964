//! The blocks of a message.

use super::cache_control::cache_point;
use super::media::{document, image};
use super::tool_result::tool_result;
use crate::gateway::chat::{Block, Role};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

const OF_THE_USER: [&str; 4] = ["text", "image", "document", "tool_result"];
const OF_THE_ASSISTANT: [&str; 4] = ["text", "tool_use", "thinking", "redacted_thinking"];

/// What a message says: a text, or blocks.
pub(super) fn blocks(content: Value<'_>, role: Role) -> Result<Vec<Block>, Refusal> {
    if content.is_string() {
        return Ok(text_block(content.string()?.into_owned()).into_iter().collect());
    }
    let mut blocks = Vec::new();
    for node in content.elements()? {
        let object = node.object()?;
        let kind = object.required("type")?;
        let known = match role {
            Role::User => &OF_THE_USER,
            Role::Assistant => &OF_THE_ASSISTANT,
        };
        // A refusal of an unknown type says which there are.
        let block = match kind.word(known)? {
            "text" => text_block(object.text("text")?),
            "image" => Some(Block::Image(image(&object)?)),
            "document" => Some(Block::Document(document(&object)?)),
            "tool_result" => Some(tool_result(&object)?),
            "tool_use" => Some(tool_use(&object)?),
            "thinking" => thinking(&object)?,
            _ => Some(Block::RedactedThinking(object.text("data")?)),
        };
        blocks.extend(block);
        push_cache_point(&mut blocks, &object)?;
    }
    Ok(blocks)
}

/// A text, or blocks of text, without those that are blank.
pub(super) fn text_blocks(content: Value<'_>) -> Result<Vec<Block>, Refusal> {
    if content.is_string() {
        return Ok(text_block(content.string()?.into_owned()).into_iter().collect());
    }
    let mut blocks = Vec::new();
    for node in content.elements()? {
        let object = node.object()?;
        object.required("type")?.word(&["text"])?;
        blocks.extend(text_block(object.text("text")?));
        push_cache_point(&mut blocks, &object)?;
    }
    Ok(blocks)
}

fn text_block(text: String) -> Option<Block> {
    (!text.trim().is_empty()).then_some(Block::Text(text))
}

/// A point caches what is before it: at the beginning there is nothing, and a second one in a place is none.
fn push_cache_point(blocks: &mut Vec<Block>, object: &Object<'_>) -> Result<(), Refusal> {
    if let Some(point) = cache_point(object)?
        && blocks.last().is_some_and(|last| !matches!(last, Block::CachePoint(_)))
    {
        blocks.push(Block::CachePoint(point));
    }
    Ok(())
}

fn tool_use(object: &Object<'_>) -> Result<Block, Refusal> {
    Ok(Block::ToolUse {
        input: object.required("input")?.object_bytes()?,
        id: object.text("id")?,
        name: object.text("name")?,
    })
}

/// Without its signature nobody takes a thought back.
fn thinking(object: &Object<'_>) -> Result<Option<Block>, Refusal> {
    let text = object.text("thinking")?;
    let signature = object.get("signature").map(Value::string).transpose()?;
    Ok(signature
        .filter(|signature| !signature.is_empty())
        .map(|signature| Block::Thinking { text, signature: signature.into_owned() }))
}
