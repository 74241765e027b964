//! Blocks of an answer: what a model wrote, asked for and thought.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html>

use crate::protocol::document::{Document, elements, members_in_order, string};
use serde_json::value::RawValue;

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
pub(super) enum AnswerBlock {
    Text(String),
    ToolUse(ToolUse),
    Reasoning(Reasoning),
    Other,
}

impl AnswerBlock {
    /// Reads one block of `output.message.content`. What has no view here stays in the document.
    pub(super) fn read(raw: &RawValue) -> Self {
        let known =
            members_in_order(raw.get()).unwrap_or_default().into_iter().find_map(|(kind, value)| match kind
                .as_str()
            {
                "text" => Some(Self::Text(string(value)?)),
                "toolUse" => Some(Self::ToolUse(tool_use(value)?)),
                "reasoningContent" => Some(Self::Reasoning(reasoning(value)?)),
                "citationsContent" => Some(Self::Text(cited_text(value)?)),
                _ => None,
            });
        known.unwrap_or(Self::Other)
    }
}

fn tool_use(raw: &RawValue) -> Option<ToolUse> {
    let members = members_in_order(raw.get())?;
    let member = |name: &str| members.iter().find(|(member, _)| member == name).map(|(_, value)| *value);
    let input = member("input").map_or("{}", RawValue::get).to_owned();
    Some(ToolUse::new(
        string(member("toolUseId")?)?,
        string(member("name")?)?,
        Document::new(input),
        member("type").and_then(string),
    ))
}

fn reasoning(raw: &RawValue) -> Option<Reasoning> {
    members_in_order(raw.get())?.into_iter().find_map(|(kind, value)| match kind.as_str() {
        "reasoningText" => {
            let members = members_in_order(value.get())?;
            let member = |name: &str| {
                members.iter().find(|(member, _)| member == name).and_then(|(_, value)| string(value))
            };
            Some(Reasoning::Text { text: member("text")?, signature: member("signature") })
        }
        "redactedContent" => Some(Reasoning::Redacted(string(value)?)),
        _ => None,
    })
}

/// A text with citations stands in pieces beside them.
fn cited_text(raw: &RawValue) -> Option<String> {
    let members = members_in_order(raw.get())?;
    let (_, content) = members.into_iter().find(|(name, _)| name == "content")?;
    let pieces = elements(content.get())?.into_iter().filter_map(|piece| {
        members_in_order(piece.get())?
            .into_iter()
            .find(|(name, _)| name == "text")
            .and_then(|(_, text)| string(text))
    });
    Some(pieces.collect())
}
