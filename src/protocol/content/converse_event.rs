//! The events of ConverseStream.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html>

use super::stop_reason::StopReason;
use super::text_delta::TextDelta;
use super::usage::Usage;
use crate::protocol::document::{
    Change, Document, ObjectWriter, member, members_in_order, on_one_line, rewritten, string,
};
use crate::protocol::json::named_members;
use serde_json::value::RawValue;

/// One event. Its payload is kept, so that nothing of a new model is lost.
///
/// A stream has `messageStart`, then for each block `contentBlockStart` (which text and reasoning do not have),
/// `contentBlockDelta`s and `contentBlockStop`, then `messageStop` and `metadata`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConverseEvent {
    /// The answer begins.
    MessageStart {
        /// Who speaks: `assistant`.
        role: String,
        /// As it came, padding included.
        payload: Document,
    },
    /// A block begins that has more than its deltas: a tool use, a tool result, an image.
    ContentBlockStart {
        /// Which block.
        content_block_index: u64,
        /// What begins.
        start: BlockStart,
        /// As it came, padding included.
        payload: Document,
    },
    /// A piece of a block. It can be empty.
    ContentBlockDelta {
        /// Which block.
        content_block_index: u64,
        /// The piece.
        delta: BlockDelta,
        /// As it came, padding included.
        payload: Document,
    },
    /// A block is complete.
    ContentBlockStop {
        /// Which block.
        content_block_index: u64,
        /// As it came, padding included.
        payload: Document,
    },
    /// The answer is complete. [`ConverseEvent::Metadata`] follows.
    MessageStop {
        /// Why the model stopped.
        stop_reason: StopReason,
        /// As it came, padding included; `additionalModelResponseFields` is in it.
        payload: Document,
    },
    /// What the answer took.
    Metadata {
        /// Tokens.
        usage: Option<Usage>,
        /// How long the model took, in milliseconds.
        latency_ms: Option<u64>,
        /// As it came, padding included; `trace` is in it.
        payload: Document,
    },
    /// An event that is not known here.
    Unknown {
        /// Its `:event-type`.
        event_type: String,
        /// As it came.
        payload: Document,
    },
}

/// How a block begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockStart {
    /// The model asks for a tool; the deltas have its arguments.
    ToolUse {
        /// The id that the result must name.
        tool_use_id: String,
        /// The name of the tool.
        name: String,
        /// `server_tool_use`, for a tool that the service itself calls.
        tool_type: Option<String>,
    },
    /// Any other: its name (`toolResult`, `image`) and its JSON.
    Other {
        /// The member of the union.
        kind: String,
        /// Its value.
        value: Document,
    },
}

/// A piece of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BlockDelta {
    /// Text.
    Text(String),
    /// Arguments of a tool: a piece of JSON text, which is no JSON by itself.
    ToolUseInput(String),
    /// Thoughts.
    ReasoningText(String),
    /// The signature of the thoughts.
    ReasoningSignature(String),
    /// Encrypted thoughts, as base64.
    ReasoningRedacted(String),
    /// Any other: its name (`citation`, `toolResult`, `image`) and its JSON.
    Other {
        /// The member of the union.
        kind: String,
        /// Its value.
        value: Document,
    },
}

/// A random string that hides the length of an event from those who see encrypted traffic.
const PADDING: &str = "p";

/// What is read of a payload, whichever event it is.
const MEMBERS: [&str; 7] = ["contentBlockIndex", "delta", "start", "role", "stopReason", "usage", "metrics"];

impl ConverseEvent {
    /// Reads an event. The refusal says what is missing.
    pub fn read(event_type: &str, payload: Document) -> Result<Self, String> {
        if event_type == "contentBlockDelta" {
            let text_delta = TextDelta::read(&payload.text());
            if let Some(TextDelta { content_block_index, text }) = text_delta {
                let delta = BlockDelta::Text(text);
                return Ok(Self::ContentBlockDelta { content_block_index, delta, payload });
            }
        }
        let text = payload.text();
        let missing = |what: &str| format!("an event {event_type} has no {what}");
        let Some([index, delta, start, role, stop_reason, usage, metrics]) = named_members(&text, MEMBERS)
        else {
            return match event_type {
                "messageStart" | "contentBlockStart" | "contentBlockDelta" | "contentBlockStop"
                | "messageStop" | "metadata" => Err(format!("an event {event_type} is no JSON object")),
                _ => Ok(Self::Unknown { event_type: event_type.to_owned(), payload }),
            };
        };
        let index = || {
            let index = index.and_then(|raw| raw.get().parse().ok());
            index.ok_or_else(|| missing("contentBlockIndex"))
        };
        let event = match event_type {
            "messageStart" => Self::MessageStart {
                role: role.and_then(string).ok_or_else(|| missing("role"))?,
                payload: payload.clone(),
            },
            "contentBlockStart" => Self::ContentBlockStart {
                content_block_index: index()?,
                start: BlockStart::read(start.ok_or_else(|| missing("start"))?),
                payload: payload.clone(),
            },
            "contentBlockDelta" => Self::ContentBlockDelta {
                content_block_index: index()?,
                delta: BlockDelta::read(delta.ok_or_else(|| missing("delta"))?),
                payload: payload.clone(),
            },
            "contentBlockStop" => {
                Self::ContentBlockStop { content_block_index: index()?, payload: payload.clone() }
            }
            "messageStop" => {
                let reason = stop_reason.and_then(string).ok_or_else(|| missing("stopReason"))?;
                Self::MessageStop { stop_reason: StopReason::named(&reason), payload: payload.clone() }
            }
            "metadata" => Self::Metadata {
                usage: usage.and_then(|raw| Usage::read(document(raw))),
                latency_ms: metrics.and_then(|raw| {
                    let [latency] = named_members(raw.get(), ["latencyMs"])?;
                    latency?.get().parse().ok()
                }),
                payload: payload.clone(),
            },
            _ => Self::Unknown { event_type: event_type.to_owned(), payload: payload.clone() },
        };
        Ok(event)
    }

    /// The name of the event: `contentBlockDelta`.
    pub fn event_type(&self) -> &str {
        match self {
            Self::MessageStart { .. } => "messageStart",
            Self::ContentBlockStart { .. } => "contentBlockStart",
            Self::ContentBlockDelta { .. } => "contentBlockDelta",
            Self::ContentBlockStop { .. } => "contentBlockStop",
            Self::MessageStop { .. } => "messageStop",
            Self::Metadata { .. } => "metadata",
            Self::Unknown { event_type, .. } => event_type,
        }
    }

    /// The payload, as it came: the padding `p` included.
    pub fn payload(&self) -> &Document {
        match self {
            Self::MessageStart { payload, .. }
            | Self::ContentBlockStart { payload, .. }
            | Self::ContentBlockDelta { payload, .. }
            | Self::ContentBlockStop { payload, .. }
            | Self::MessageStop { payload, .. }
            | Self::Metadata { payload, .. }
            | Self::Unknown { payload, .. } => payload,
        }
    }

    /// The text, of a delta of text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::ContentBlockDelta { delta: BlockDelta::Text(text), .. } => Some(text),
            _ => None,
        }
    }

    /// The event in boto3's form, on one line and without the padding:
    /// `{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hi"}}}`. The members keep their text and their order. A payload that is no JSON object stands there as a string.
    pub fn union_json(&self) -> String {
        let payload = on_one_line(without_padding(self.payload()).trim());
        ObjectWriter::default().raw(self.event_type(), &payload).finish_text()
    }
}

impl BlockStart {
    fn read(raw: &RawValue) -> Self {
        let (kind, value) = union_member(raw);
        if kind == "toolUse" {
            let members = members_in_order(value.get()).unwrap_or_default();
            let text = |name: &str| member(&members, name).and_then(string);
            if let (Some(tool_use_id), Some(name)) = (text("toolUseId"), text("name")) {
                return Self::ToolUse { tool_use_id, name, tool_type: text("type") };
            }
        }
        Self::Other { kind, value: document(value) }
    }
}

impl BlockDelta {
    fn read(raw: &RawValue) -> Self {
        Self::known(raw).unwrap_or_else(|| {
            let (kind, value) = union_member(raw);
            Self::Other { kind, value: document(value) }
        })
    }

    fn known(raw: &RawValue) -> Option<Self> {
        match named_members(raw.get(), ["text", "toolUse", "reasoningContent"])? {
            [Some(text), None, None] => string(text).map(Self::Text),
            [None, Some(tool_use), None] => {
                let [input] = named_members(tool_use.get(), ["input"])?;
                string(input?).map(Self::ToolUseInput)
            }
            [None, None, Some(thoughts)] => {
                match named_members(thoughts.get(), ["text", "signature", "redactedContent"])? {
                    [Some(text), None, None] => string(text).map(Self::ReasoningText),
                    [None, Some(signature), None] => string(signature).map(Self::ReasoningSignature),
                    [None, None, Some(redacted)] => string(redacted).map(Self::ReasoningRedacted),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The one member of a union. Of an object that is empty or none at all, the whole value under an empty name.
fn union_member(raw: &RawValue) -> (String, &RawValue) {
    let members = members_in_order(raw.get()).unwrap_or_default();
    members.into_iter().next().unwrap_or((String::new(), raw))
}

fn document(raw: &RawValue) -> Document {
    Document::new(raw.get().to_owned())
}

/// The payload's JSON, without the padding.
pub(super) fn without_padding(payload: &Document) -> String {
    let text = payload.text();
    let Some(members) = members_in_order(&text) else {
        return serde_json::Value::from(text.as_ref()).to_string();
    };
    let without = |name: &str, _: &str| if name == PADDING { Change::LeaveOut } else { Change::Keep };
    rewritten(&members, without).map_or_else(|| text.into_owned(), |mut object| object.finish_text())
}
