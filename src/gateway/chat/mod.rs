//! What both APIs mean: a chat, an answer, its events. Names are the client's here, and what passes through (schemas,
//! arguments) is the text that the client wrote; what Bedrock cannot take as it is, `bedrock/` changes and changes back.

mod answer;
mod param_names;
mod request;

pub(super) use answer::{Answer, AnswerBlock, Delta, Event, Start};
pub(super) use param_names::ParamNames;
pub(super) use request::{
    Block, Chat, Effort, Format, LogPair, Message, Reasoning, ResultBlock, Role, Sampling, Tool, ToolChoice,
};
