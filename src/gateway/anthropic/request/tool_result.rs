//! What a tool answered.

use super::media::{document, image};
use crate::gateway::chat::{Block, ResultBlock};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

pub(super) fn tool_result(object: &Object<'_>) -> Result<Block, Refusal> {
    let mut content = Vec::new();
    match object.get("content") {
        None => {}
        Some(text) if text.is_string() => content.extend(text_block(text.string()?.into_owned())),
        Some(blocks) => {
            for node in blocks.elements()? {
                let block = node.object()?;
                match block.required("type")?.word(&["text", "image", "document"])? {
                    "text" => content.extend(text_block(block.text("text")?)),
                    "image" => content.push(ResultBlock::Image(image(&block)?)),
                    _ => content.push(ResultBlock::Document(document(&block)?)),
                }
            }
        }
    }
    let is_error = object.get("is_error").map_or(Ok(false), Value::boolean)?;
    Ok(Block::ToolResult { tool_use_id: object.text("tool_use_id")?, content, is_error })
}

fn text_block(text: String) -> Option<ResultBlock> {
    (!text.trim().is_empty()).then_some(ResultBlock::Text(text))
}
