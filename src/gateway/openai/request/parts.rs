//! The content of a message: a text, or parts of several kinds.

use super::reading::{Reading, quoted};
use super::{cache_control, media};
use crate::gateway::chat::Block;
use crate::gateway::json::{Object, Value};
use crate::gateway::openai::data_url::{DataUrl, base64};
use crate::gateway::refusal::Refusal;

/// What a user says, or a tool: texts and files.
pub(super) fn read(content: Value<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    each(content, reading, |kind, part, reading| match kind {
        "text" => text(part).map(Some),
        "image_url" | "video_url" => media::at_url(url(part, kind, reading)?, reading).map(Some),
        "file" => file(&part.required("file")?.object()?, reading).map(Some),
        "input_audio" => {
            let audio = part.required("input_audio")?.object()?;
            media::audio(audio.required("data")?, audio.required("format")?).map(Some)
        }
        _ => Ok(None),
    })
}

/// Instructions: texts only.
pub(super) fn texts(content: Value<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    each(content, reading, |kind, part, _| match kind {
        "text" => text(part).map(Some),
        _ => Ok(None),
    })
}

/// Reads a text, or each part by its type. `read` gives `None` for a type that does not belong there. Blank texts are
/// left out: Bedrock refuses them.
pub(in crate::gateway::openai) fn each(
    content: Value<'_>,
    reading: &mut Reading<'_>,
    mut read: impl FnMut(&str, &Object<'_>, &mut Reading<'_>) -> Result<Option<Block>, Refusal>,
) -> Result<Vec<Block>, Refusal> {
    if content.is_string() {
        let text = content.string()?;
        return Ok(if text.trim().is_empty() { Vec::new() } else { vec![Block::Text(text.into_owned())] });
    }
    let parts = content.elements().map_err(|_| content.refuse("must be a string or an array of parts"))?;
    let mut blocks = Vec::new();
    for value in parts {
        let part = value.object()?;
        let kind = part.required("type")?;
        let name = kind.string()?;
        let block = read(&name, &part, reading)?;
        let block =
            block.ok_or_else(|| kind.refuse(&format!("is {}, which does not belong here", quoted(&name))))?;
        let is_blank = matches!(&block, Block::Text(text) if text.trim().is_empty());
        blocks.extend(Some(block).filter(|_| !is_blank));
        let point = cache_control::read(&part, reading)?;
        cache_control::add(&mut blocks, point);
    }
    Ok(blocks)
}

pub(in crate::gateway::openai) fn text(part: &Object<'_>) -> Result<Block, Refusal> {
    Ok(Block::Text(part.required("text")?.string()?.into_owned()))
}

/// Some clients give the URL itself where an object with it should stand.
fn url<'a>(part: &Object<'a>, kind: &str, reading: &mut Reading<'_>) -> Result<Value<'a>, Refusal> {
    let value = part.required(kind)?;
    if value.is_string() {
        return Ok(value);
    }
    let file = value.object()?;
    // How closely to look: Bedrock's models look at a file as it is.
    if file.get("detail").is_some_and(|detail| detail.text() != "\"auto\"") {
        reading.dropped.in_any_case(&format!("messages[].content[].{kind}.detail"));
    }
    file.required("url")
}

pub(in crate::gateway::openai) fn file(
    file: &Object<'_>,
    reading: &mut Reading<'_>,
) -> Result<Block, Refusal> {
    let name = file.get("filename").map(Value::string).transpose()?;
    if let Some(data) = file.get("file_data") {
        let text = data.name()?;
        let refuse = |problem| data.refuse(problem);
        return match DataUrl::read(&text).map_err(refuse)? {
            Some(url) => media::of_bytes(&url.media_type, name.as_deref(), url.bytes, data, reading),
            None => media::of_bytes("", name.as_deref(), base64(&text).map_err(refuse)?, data, reading),
        };
    }
    let Some(id) = file.get("file_id") else {
        return Err(file.refuse("has no file_data"));
    };
    let text = id.string()?;
    if text.starts_with("s3://") {
        return media::in_s3(&text, id, reading);
    }
    Err(id.refuse("names a file that was uploaded, and the gateway keeps none; give file_data"))
}
