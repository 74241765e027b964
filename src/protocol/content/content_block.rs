//! One block of a message: exactly one thing that is said.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>

use super::answer_block::Reasoning;
use super::cache_point::CachePoint;
use super::document_block::DocumentBlock;
use super::media::{Audio, Image, Video};
use super::tool_config::check_tool_name;
use crate::protocol::document::{ArrayWriter, Document, ObjectWriter, string_length};
use crate::protocol::invalid_input::{FieldPath, InvalidInput};
use crate::protocol::words::words;
use bytes::Bytes;

const MAX_TOOL_USE_ID_CHARS: usize = 64;
/// The length of what stands around the content of a block.
const NAMES: usize = 64;

/// One block of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text; it must not be blank.
    Text(String),
    /// An image, by a user only.
    Image(Image),
    /// A document, by a user only, with a text beside it.
    Document(DocumentBlock),
    /// A video, by a user only.
    Video(Video),
    /// Audio, by a user only.
    Audio(Audio),
    /// A tool that the assistant asked for.
    ToolUse {
        /// The id that the result names.
        tool_use_id: String,
        /// The name of the tool.
        name: String,
        /// The arguments: JSON. It goes out byte for byte.
        input: Document,
    },
    /// What a tool answered, by a user.
    ToolResult(ToolResult),
    /// Caches everything before it.
    CachePoint(CachePoint),
    /// What the assistant thought; it goes back unchanged.
    Reasoning(Reasoning),
    /// A text that the guardrail checks, while it passes over the rest.
    GuardText {
        /// The text.
        text: String,
        /// What it is: `grounding_source`, `query`, `guard_content`.
        qualifiers: Vec<String>,
    },
    /// An image that the guardrail checks: PNG or JPEG.
    GuardImage(Image),
    /// Any block, given as JSON: what has no form here, or what a model answered. It goes out byte for byte.
    Json(Document),
}

words! {
    /// How a tool ended.
    ToolResultStatus, "toolResult.status" {
        /// It answered.
        Success = "success",
        /// It failed.
        Error = "error",
    }
}

/// What a tool answered.
#[derive(Clone, Debug)]
pub struct ToolResult {
    tool_use_id: String,
    content: Vec<ResultContent>,
    status: Option<ToolResultStatus>,
}

#[derive(Clone, Debug)]
enum ResultContent {
    Text(String),
    Json(Bytes),
    Image(Image),
    Document(DocumentBlock),
    Video(Video),
}

impl ToolResult {
    /// The answer to this tool use: 1 to 64 letters, digits, `_`, `.`, `:` and `-`.
    pub fn new(tool_use_id: impl Into<String>) -> Self {
        Self { tool_use_id: tool_use_id.into(), content: Vec::new(), status: None }
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.push(ResultContent::Text(text.into()))
    }

    /// Adds a JSON object, which goes out byte for byte. The service takes no array and no plain value here.
    #[must_use]
    pub fn json(self, json: impl Into<Bytes>) -> Self {
        self.push(ResultContent::Json(json.into()))
    }

    /// Adds an image.
    #[must_use]
    pub fn image(self, image: impl Into<Image>) -> Self {
        self.push(ResultContent::Image(image.into()))
    }

    /// Adds a document.
    #[must_use]
    pub fn document(self, document: DocumentBlock) -> Self {
        self.push(ResultContent::Document(document))
    }

    /// Adds a video.
    #[must_use]
    pub fn video(self, video: Video) -> Self {
        self.push(ResultContent::Video(video))
    }

    /// How it ended. Nova, and Claude from 3 on, take it.
    #[must_use]
    pub fn status(mut self, status: ToolResultStatus) -> Self {
        self.status = Some(status);
        self
    }

    fn push(mut self, content: ResultContent) -> Self {
        self.content.push(content);
        self
    }

    fn write(&self, path: FieldPath<'_>, mut result: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        check_tool_use_id(format_args!("{path}.toolUseId"), &self.tool_use_id)?;
        let mut content = result.string("toolUseId", &self.tool_use_id).array("content");
        for (place, one) in self.content.iter().enumerate() {
            one.write(format_args!("{path}.content[{place}]"), content.object())?;
        }
        drop(content);
        if let Some(status) = self.status {
            result.string("status", status.as_str());
        }
        Ok(())
    }
}

impl ResultContent {
    fn write(&self, path: FieldPath<'_>, mut block: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        match self {
            Self::Text(text) => {
                block.string("text", text);
            }
            Self::Json(json) => {
                let json = Document::object_at(format_args!("{path}.json"), json.clone())?;
                block.document("json", &json);
            }
            Self::Image(image) => image.write(format_args!("{path}.image"), block.object("image"))?,
            Self::Document(document) => {
                document.write(format_args!("{path}.document"), block.object("document"))?;
            }
            Self::Video(video) => video.write(format_args!("{path}.video"), block.object("video"))?,
        }
        Ok(())
    }

    fn length(&self) -> usize {
        NAMES
            + match self {
                Self::Text(text) => text.len(),
                Self::Json(json) => json.len(),
                Self::Image(image) => image.length(),
                Self::Document(document) => document.length(),
                Self::Video(video) => video.length(),
            }
    }
}

impl ContentBlock {
    pub(super) fn write(
        &self,
        path: FieldPath<'_>,
        blocks: &mut ArrayWriter<'_>,
    ) -> Result<(), InvalidInput> {
        if let Self::Json(document) = self {
            blocks.document(&Document::object_at(path, document.clone())?);
            return Ok(());
        }
        let mut block = blocks.object();
        match self {
            Self::Text(text) => {
                check_not_blank(format_args!("{path}.text"), text)?;
                block.string("text", text);
            }
            Self::Image(image) => image.write(format_args!("{path}.image"), block.object("image"))?,
            Self::Document(document) => {
                document.write(format_args!("{path}.document"), block.object("document"))?;
            }
            Self::Video(video) => video.write(format_args!("{path}.video"), block.object("video"))?,
            Self::Audio(audio) => audio.write(format_args!("{path}.audio"), block.object("audio"))?,
            Self::ToolUse { tool_use_id, name, input } => {
                check_tool_use_id(format_args!("{path}.toolUse.toolUseId"), tool_use_id)?;
                check_tool_name(format_args!("{path}.toolUse.name"), name)?;
                let input = Document::object_at(format_args!("{path}.toolUse.input"), input.clone())?;
                let mut tool_use = block.object("toolUse");
                tool_use.string("toolUseId", tool_use_id).string("name", name).document("input", &input);
            }
            Self::ToolResult(result) => {
                result.write(format_args!("{path}.toolResult"), block.object("toolResult"))?;
            }
            Self::CachePoint(point) => point.write(block.object("cachePoint")),
            Self::Reasoning(reasoning) => write_reasoning(reasoning, block.object("reasoningContent")),
            Self::GuardText { text, qualifiers } => {
                check_not_blank(format_args!("{path}.guardContent.text.text"), text)?;
                let mut guarded = block.object("guardContent");
                let mut guarded = guarded.object("text");
                guarded.string("text", text);
                if !qualifiers.is_empty() {
                    guarded.strings("qualifiers", qualifiers);
                }
            }
            Self::GuardImage(image) => image.write_for_guardrail(
                format_args!("{path}.guardContent.image"),
                block.object("guardContent").object("image"),
            )?,
            Self::Json(_) => {}
        }
        Ok(())
    }

    /// About how long it is as JSON.
    pub(super) fn length(&self) -> usize {
        NAMES
            + match self {
                Self::Text(text) | Self::GuardText { text, .. } => string_length(text),
                Self::Reasoning(Reasoning::Text { text, signature }) => {
                    string_length(text) + signature.as_ref().map_or(0, String::len)
                }
                Self::Reasoning(Reasoning::Redacted(base64)) => base64.len(),
                Self::Image(image) | Self::GuardImage(image) => image.length(),
                Self::Document(document) => document.length(),
                Self::Video(video) => video.length(),
                Self::Audio(audio) => audio.length(),
                Self::ToolUse { input, .. } => MAX_TOOL_USE_ID_CHARS + input.bytes().len(),
                Self::ToolResult(result) => {
                    MAX_TOOL_USE_ID_CHARS + result.content.iter().map(ResultContent::length).sum::<usize>()
                }
                Self::CachePoint(_) => 0,
                Self::Json(document) => document.bytes().len(),
            }
    }

    /// Whether only a user may say it.
    pub(super) fn is_for_users(&self) -> bool {
        matches!(
            self,
            Self::Image(_) | Self::Document(_) | Self::Video(_) | Self::Audio(_) | Self::ToolResult(_)
        )
    }
}

fn write_reasoning(reasoning: &Reasoning, mut content: ObjectWriter<'_>) {
    match reasoning {
        Reasoning::Text { text, signature } => {
            let mut member = content.object("reasoningText");
            member.string("text", text);
            if let Some(signature) = signature {
                member.string("signature", signature);
            }
        }
        Reasoning::Redacted(base64) => {
            content.string("redactedContent", base64);
        }
    }
}

/// A text must have something in it: the service refuses blank ones.
pub(super) fn check_not_blank(field: FieldPath<'_>, text: &str) -> Result<(), InvalidInput> {
    if text.trim().is_empty() {
        return Err(InvalidInput::new(field.to_string(), "is blank; give a text, or leave the block out"));
    }
    Ok(())
}

fn check_tool_use_id(field: FieldPath<'_>, id: &str) -> Result<(), InvalidInput> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
    if (1..=MAX_TOOL_USE_ID_CHARS).contains(&id.chars().count()) && id.chars().all(fits) {
        return Ok(());
    }
    Err(InvalidInput::new(
        field.to_string(),
        format!("is {id:?}; give 1 to {MAX_TOOL_USE_ID_CHARS} letters, digits and the characters _ . : -"),
    ))
}
