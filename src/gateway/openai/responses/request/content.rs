//! The content of a message or of a tool's output: a text, or parts of several kinds.

use crate::gateway::chat::Block;
use crate::gateway::json::{Object, Value};
use crate::gateway::openai::data_url::after_scheme;
use crate::gateway::openai::request::parts::{each, file, text};
use crate::gateway::openai::request::{media, reading::Reading};
use crate::gateway::refusal::Refusal;

/// How closely a model is to look: Bedrock's models look at a file as it is.
const DETAIL: &str = "input[].content[].detail";

/// Instructions: texts only.
pub(super) fn texts(content: Value<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    each(content, reading, |kind, part, _| if is_text(kind) { text(part).map(Some) } else { Ok(None) })
}

/// What a user says.
pub(super) fn of_user(content: Value<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    each(content, reading, |kind, part, reading| match kind {
        "input_audio" => {
            let audio = part.required("input_audio")?.object()?;
            media::audio(audio.required("data")?, audio.required("format")?).map(Some)
        }
        _ => text_or_file(kind, part, reading),
    })
}

/// What a tool answers.
pub(super) fn of_tool(content: Value<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    each(content, reading, text_or_file)
}

/// What the assistant said.
pub(super) fn of_assistant(content: Value<'_>, reading: &mut Reading<'_>) -> Result<Vec<Block>, Refusal> {
    each(content, reading, |kind, part, _| match kind {
        "refusal" => Ok(Some(Block::Text(part.required("refusal")?.string()?.into_owned()))),
        _ if is_text(kind) => text(part).map(Some),
        _ => Ok(None),
    })
}

/// Clients mix up the types of texts, which mean the same.
fn is_text(kind: &str) -> bool {
    matches!(kind, "input_text" | "output_text" | "text")
}

fn text_or_file(kind: &str, part: &Object<'_>, reading: &mut Reading<'_>) -> Result<Option<Block>, Refusal> {
    match kind {
        "input_image" => {
            look(part, reading);
            match (part.get("image_url"), part.get("file_id")) {
                (Some(url), _) => media::at_url(url, reading).map(Some),
                (None, Some(_)) => file(part, reading).map(Some),
                (None, None) => Err(part.refuse("has no image_url; give one, with the image as a data: URL")),
            }
        }
        "input_file" => {
            look(part, reading);
            match part.get("file_url").filter(|_| part.get("file_data").is_none()) {
                Some(url) => file_at(url, reading).map(Some),
                None => file(part, reading).map(Some),
            }
        }
        _ if is_text(kind) => text(part).map(Some),
        _ => Ok(None),
    }
}

/// Only images are fetched.
fn file_at(url: Value<'_>, reading: &mut Reading<'_>) -> Result<Block, Refusal> {
    let text = url.name()?;
    if ["http://", "https://"].iter().any(|scheme| after_scheme(&text, scheme).is_some()) {
        return Err(url.refuse("is a URL, and the gateway fetches no files; give file_data"));
    }
    media::at_url(url, reading)
}

fn look(part: &Object<'_>, reading: &mut Reading<'_>) {
    if part.get("detail").is_some_and(|detail| detail.text() != "\"auto\"") {
        reading.dropped.in_any_case(DETAIL);
    }
}
