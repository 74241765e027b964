//! Blocks of an answer: what a model wrote, asked for and thought.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>

use crate::protocol::document::Document;
use crate::protocol::json::Value;
use std::borrow::Cow;

/// A tool that the model asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolUse {
    id: String,
    name: String,
    input: Document,
    tool_type: Option<String>,
}

impl ToolUse {
    pub(super) fn new(id: String, name: String, input: Document, tool_type: Option<String>) -> Self {
        Self { id, name, input, tool_type }
    }

    /// The id that the result must name.
    pub fn tool_use_id(&self) -> &str {
        &self.id
    }

    /// The name of the tool.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The arguments: JSON as the model wrote it, `{}` where it wrote none.
    pub fn input(&self) -> &Document {
        &self.input
    }

    /// `server_tool_use`, for a tool that the service itself calls.
    pub fn tool_type(&self) -> Option<&str> {
        self.tool_type.as_deref()
    }
}

/// What the model thought before it answered. To go on with the conversation it must be sent back unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reasoning {
    /// Thoughts that may be read, and what proves that they were not changed.
    Text {
        /// The thoughts.
        text: String,
        /// The signature, where the model gives one.
        signature: Option<String>,
    },
    /// Encrypted thoughts, as base64.
    Redacted(String),
}

/// One block of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerBlock {
    /// Text.
    Text(String),
    /// A tool that the model asks for.
    ToolUse(ToolUse),
    /// What the model thought.
    Reasoning(Reasoning),
    /// What has no view here; the document has it.
    Other,
}

impl AnswerBlock {
    /// All text, joined.
    pub(super) fn text_of(blocks: &[Self]) -> String {
        let texts = blocks.iter().filter_map(|block| match block {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    pub(super) fn tool_uses_of(blocks: &[Self]) -> impl Iterator<Item = &ToolUse> {
        blocks.iter().filter_map(|block| match block {
            Self::ToolUse(tool_use) => Some(tool_use),
            _ => None,
        })
    }

    pub(super) fn reasoning_of(blocks: &[Self]) -> impl Iterator<Item = &Reasoning> {
        blocks.iter().filter_map(|block| match block {
            Self::Reasoning(reasoning) => Some(reasoning),
            _ => None,
        })
    }

    /// Reads one block of `output.message.content`. What has no view here stays in the document.
    pub(super) fn read(block: Value<'_>) -> Self {
        let known = block.members().find_map(|(kind, value)| match kind.str()?.as_ref() {
            "text" => Some(Self::Text(value.str()?.into_owned())),
            "toolUse" => Some(Self::ToolUse(tool_use(value)?)),
            "reasoningContent" => Some(Self::Reasoning(reasoning(value)?)),
            "citationsContent" => Some(Self::Text(cited_text(value)?)),
            _ => None,
        });
        known.unwrap_or(Self::Other)
    }
}

fn tool_use(value: Value<'_>) -> Option<ToolUse> {
    let text = |name: &str| value.get(name)?.str().map(Cow::into_owned);
    let input = value.get("input").map_or("{}", Value::text).to_owned();
    Some(ToolUse::new(text("toolUseId")?, text("name")?, Document::new(input), text("type")))
}

fn reasoning(value: Value<'_>) -> Option<Reasoning> {
    value.members().find_map(|(kind, value)| match kind.str()?.as_ref() {
        "reasoningText" => {
            let text = |name: &str| value.get(name)?.str().map(Cow::into_owned);
            Some(Reasoning::Text { text: text("text")?, signature: text("signature") })
        }
        "redactedContent" => Some(Reasoning::Redacted(value.str()?.into_owned())),
        _ => None,
    })
}

/// A text with citations stands in pieces beside them.
fn cited_text(value: Value<'_>) -> Option<String> {
    Some(value.get("content")?.elements()?.filter_map(|piece| piece.get("text")?.str()).collect())
}
