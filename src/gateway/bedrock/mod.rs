//! Chat ⇄ Bedrock: bodies of Converse and of Claude's InvokeModel, their answers and events; native paths passed through.

mod converse_body;
mod count_tokens;
mod events;
mod native;
mod restore;
mod upstream;

pub(super) use count_tokens::{count_chat, count_claude};
pub(super) use events::Events;
pub(super) use native::native;
pub(super) use upstream::{answer, events};
