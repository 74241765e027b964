//! A chat: what is said so far, and how it is to be answered.

use super::param_names::ParamNames;
use crate::protocol::content::{Audio, CachePoint, DocumentBlock, Image, ServiceTier, Video};
use bytes::Bytes;
use serde_json::Number;

/// A chat, as a client means it. Roles alternate and the first message is the user's: neighbours were merged by whoever
/// read it. No block of text is blank.
#[derive(Clone, Debug, Default)]
pub(in crate::gateway) struct Chat {
    /// Instructions, in order: texts and cache points.
    pub(in crate::gateway) system: Vec<Block>,
    pub(in crate::gateway) messages: Vec<Message>,
    pub(in crate::gateway) tools: Vec<Tool>,
    pub(in crate::gateway) tool_choice: ToolChoice,
    /// `Some(false)`: at most one tool a turn.
    pub(in crate::gateway) parallel_tool_calls: Option<bool>,
    /// The client takes the first tool of a turn only: others need not be asked for, where the model can be told so.
    pub(in crate::gateway) takes_one_tool: bool,
    pub(in crate::gateway) max_tokens: Option<u64>,
    pub(in crate::gateway) sampling: Sampling,
    /// None of them is empty.
    pub(in crate::gateway) stop: Vec<String>,
    pub(in crate::gateway) format: Format,
    pub(in crate::gateway) reasoning: Option<Reasoning>,
    /// An effort, and thinking as the model sees fit, are wishes, as Anthropic's API has them: a model that knows none
    /// of it answers all the same.
    pub(in crate::gateway) thinking_is_wish: bool,
    pub(in crate::gateway) service_tier: Option<ServiceTier>,
    /// For the invocation log, which may not take all of it.
    pub(in crate::gateway) metadata: Vec<LogPair>,
    /// Members of `additionalModelRequestFields`, or of Claude's own body, each with its JSON text: what only one model
    /// has and a client gives by its own name.
    pub(in crate::gateway) additional: Vec<(String, Bytes)>,
    /// What a refusal calls all this.
    pub(in crate::gateway) names: ParamNames,
    /// Leaves out what the model cannot honour, and names it, instead of refusing it.
    pub(in crate::gateway) drop_unsupported: bool,
}

/// What the invocation log is to have beside a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct LogPair {
    /// The client's parameter that it is of.
    pub(in crate::gateway) param: &'static str,
    pub(in crate::gateway) key: String,
    pub(in crate::gateway) value: String,
}

#[derive(Clone, Debug)]
pub(in crate::gateway) struct Message {
    pub(in crate::gateway) role: Role,
    pub(in crate::gateway) blocks: Vec<Block>,
}

/// Who speaks. What a tool answered is the user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Role {
    User,
    Assistant,
}

/// One thing that is said.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum Block {
    Text(String),
    Image(Image),
    Document(DocumentBlock),
    Video(Video),
    Audio(Audio),
    /// A tool that the assistant asked for. `input` is a JSON object, as the client wrote it.
    ToolUse {
        id: String,
        name: String,
        input: Bytes,
    },
    /// What a tool answered.
    ToolResult {
        tool_use_id: String,
        content: Vec<ResultBlock>,
        is_error: bool,
    },
    /// What the assistant thought; without its signature it is not sent back.
    Thinking {
        text: String,
        signature: String,
    },
    /// Encrypted thoughts, as base64.
    RedactedThinking(String),
    /// Caches everything before it.
    CachePoint(CachePoint),
}

/// One thing that a tool answered.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum ResultBlock {
    Text(String),
    /// A JSON object, as the client wrote it.
    Json(Bytes),
    Image(Image),
    Document(DocumentBlock),
}

/// A function that the model may ask for.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct Tool {
    pub(in crate::gateway) name: String,
    pub(in crate::gateway) description: Option<String>,
    /// A JSON schema, byte for byte; `None` where the client gives none: no arguments.
    pub(in crate::gateway) input_schema: Option<Bytes>,
    pub(in crate::gateway) strict: Option<bool>,
    /// Caches the tools up to here.
    pub(in crate::gateway) cache_point: Option<CachePoint>,
}

/// Whether a tool must be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) enum ToolChoice {
    /// Nothing is said: the model decides.
    #[default]
    Unset,
    Auto,
    /// No tool may be used, whatever the chat has of them.
    None,
    /// At least one, whichever.
    Required,
    /// This one.
    Tool(String),
}

/// How the answer is drawn. Numbers are written as the client wrote them.
#[derive(Clone, Debug, Default)]
pub(in crate::gateway) struct Sampling {
    pub(in crate::gateway) temperature: Option<Number>,
    pub(in crate::gateway) top_p: Option<Number>,
    pub(in crate::gateway) top_k: Option<Number>,
}

/// What the answer's text must be.
#[derive(Clone, Debug, Default)]
pub(in crate::gateway) enum Format {
    #[default]
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON of this schema, which is a JSON object, byte for byte.
    JsonSchema { name: String, description: Option<String>, schema: Bytes },
}

/// How much the model thinks before it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Reasoning {
    Off,
    Effort(Effort),
    /// At most so many tokens.
    Budget(u64),
    /// The model decides.
    Adaptive,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Effort {
    Minimal,
    Low,
    Medium,
    High,
    ExtraHigh,
    Max,
}
