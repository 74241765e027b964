//! Chat ⇄ Bedrock: bodies of Converse and of Claude's InvokeModel, their answers and events; native paths passed through.

mod answer;
mod blocks;
mod claude_events;
mod converse_events;
mod events;
mod native;
mod restore;
mod upstream;

pub(super) use events::Events;
pub(super) use native::native;
pub(super) use upstream::{answer, events};
