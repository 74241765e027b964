//! Passed through to a Claude and back: the client's own members, byte for byte and in their order.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>

mod betas;
mod chunks;
mod family;
mod hints;
mod invoke;
mod native_body;
mod system_messages;
mod textual;
mod tools;

pub(super) use betas::betas_are_refused;
pub(super) use chunks::{Chunks, refusal_in};
pub(super) use family::claude_takes;
pub(super) use invoke::{ClaudeStream, answer, open};
pub(super) use native_body::{NativeBody, body_to_count, native_body, with_fewer_betas};
