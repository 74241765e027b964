//! Chat ⇄ Bedrock: bodies of Converse and of Claude's InvokeModel, their answers and events; native paths passed through.

mod answer;
mod blocks;
#[cfg(test)]
mod bodies_fit;
#[cfg(test)]
mod chats;
mod claude_body;
mod claude_events;
mod claude_messages;
mod converse_body;
mod converse_events;
mod converse_messages;
mod converse_tools;
mod count_tokens;
mod document_names;
mod events;
mod family;
mod history;
mod json_format;
mod left_out;
mod metadata;
mod native;
mod prepared;
mod reasoning;
mod restore;
mod sampling;
mod schema;
mod tool_names;
mod tool_use_ids;
mod upstream;

pub(super) use count_tokens::{count_chat, count_claude};
#[cfg(test)]
#[path = "../../../tests/shapes/mod.rs"]
mod shapes;

pub(super) use events::Events;
pub(super) use native::native;
pub(super) use upstream::{answer, events};
