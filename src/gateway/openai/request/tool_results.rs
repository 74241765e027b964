//! What a tool answered.

use super::assistant::is_object;
use super::reading::Reading;
use super::{cache_control, parts};
use crate::gateway::chat::{Block, ResultBlock};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// What stands where a tool answered nothing: Claude refuses a result without content.
const NO_OUTPUT: &str = "(no output)";

/// The result of one call, and a cache point where one is asked for.
pub(super) fn read(id: &str, message: &Object<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    let (content, points) = output(message.get("content"), reading, parts::read)?;
    let is_error = message.get("is_error").map_or(Ok(false), Value::boolean)?;
    let mut blocks = vec![Block::ToolResult { tool_use_id: id.to_owned(), content, is_error }];
    // A result has no places of its own to cache up to: the point stands after it.
    let point = cache_control::read(message, reading)?.map(Block::CachePoint);
    blocks.extend(point.or(points));
    Ok(blocks)
}

/// What was answered, whose parts `read` reads, and the last cache point in it.
pub(in crate::gateway::openai) fn output(
    value: Option<Value<'_>>,
    reading: &mut Reading<'_>,
    read: impl FnOnce(Value<'_>, &mut Reading<'_>) -> Result<Vec<Block>, Refusal>,
) -> Result<(Vec<ResultBlock>, Option<Block>), Refusal> {
    let mut points = Vec::new();
    let mut content = match value {
        Some(value) if value.is_array() => of_parts(value, &mut points, reading, read)?,
        Some(value) if value.is_object() => vec![ResultBlock::Json(value.bytes())],
        Some(value) if value.is_string() => vec![of_text(value.string()?.into_owned())],
        Some(value) => vec![ResultBlock::Text(value.text().to_owned())],
        None => Vec::new(),
    };
    content.retain(|block| !matches!(block, ResultBlock::Text(text) if text.trim().is_empty()));
    if content.is_empty() {
        content.push(ResultBlock::Text(NO_OUTPUT.to_owned()));
    }
    Ok((content, points.pop()))
}

/// Bedrock takes objects as JSON, and no other JSON.
fn of_text(text: String) -> ResultBlock {
    if is_object(&text) { ResultBlock::Json(Bytes::from(text)) } else { ResultBlock::Text(text) }
}

fn of_parts(
    value: Value<'_>,
    points: &mut Vec<Block>,
    reading: &mut Reading<'_>,
    read: impl FnOnce(Value<'_>, &mut Reading<'_>) -> Result<Vec<Block>, Refusal>,
) -> Result<Vec<ResultBlock>, Refusal> {
    let is_parts = |element: Value<'_>| element.object().is_ok_and(|element| element.get("type").is_some());
    if !value.is_empty() && !value.elements()?.all(is_parts) {
        // An array of something else is what a careless client makes of a tool's own JSON.
        return Ok(vec![ResultBlock::Text(value.text().to_owned())]);
    }
    let mut content = Vec::new();
    for block in read(value, reading)? {
        match block {
            Block::Text(text) => content.push(of_text(text)),
            Block::Image(image) => content.push(ResultBlock::Image(image)),
            Block::Document(document) => content.push(ResultBlock::Document(document)),
            point @ Block::CachePoint(_) => points.push(point),
            _ => {
                return Err(
                    value.refuse("has a part that no tool can answer; give texts, images and documents")
                );
            }
        }
    }
    Ok(content)
}
