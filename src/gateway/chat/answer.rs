//! An answer, whole or event by event.

use crate::protocol::content::{StopReason, Usage};
use bytes::Bytes;
use http::HeaderValue;

/// A whole answer.
#[derive(Clone, Debug, Default)]
pub(in crate::gateway) struct Answer {
    pub(in crate::gateway) blocks: Vec<AnswerBlock>,
    pub(in crate::gateway) stop_reason: Option<StopReason>,
    /// Which of the stop sequences was written, where the model says so.
    pub(in crate::gateway) stop_sequence: Option<String>,
    pub(in crate::gateway) usage: Option<Usage>,
    /// The tier that served it, in AWS's word, where the answer says so.
    pub(in crate::gateway) service_tier: Option<String>,
    /// What AWS's support asks for.
    pub(in crate::gateway) request_id: Option<HeaderValue>,
}

/// One thing that is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum AnswerBlock {
    Text(String),
    Thinking {
        text: String,
        signature: Option<String>,
    },
    /// Encrypted thoughts, as base64.
    RedactedThinking(String),
    /// A tool that the model asks for; `input` is JSON as the model wrote it.
    ToolUse {
        id: String,
        name: String,
        input: Bytes,
    },
}

/// One event of an answer. Each block has one start, deltas and one stop, also where the model leaves some out; blocks
/// are numbered 0, 1, 2… in the order of their starts. `Stop` comes once, after the last block; `Usage` may come more
/// than once, each time with all of it; the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Event {
    BlockStart { index: usize, start: Start },
    Delta { index: usize, delta: Delta },
    BlockStop { index: usize },
    Stop { reason: StopReason, stop_sequence: Option<String> },
    Usage(Usage),
}

/// How a block begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Start {
    Text,
    Thinking,
    /// Encrypted thoughts, as base64; the block has no deltas.
    RedactedThinking(String),
    ToolUse {
        id: String,
        name: String,
    },
}

/// A piece of a block. None is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Delta {
    Text(String),
    /// A piece of JSON text. A tool use whose deltas join to nothing has `{}`.
    ToolInput(String),
    Thinking(String),
    Signature(String),
}
