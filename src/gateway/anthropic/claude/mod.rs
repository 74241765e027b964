//! Passed through to a Claude and back: the client's own members, byte for byte and in their order.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>
//!
//! | file | job |
//! |---|---|
//! | `invoke`, `native_body` | the call, whole or streamed, and the body that it is sent |
//! | `family` | whether a route leads to a Claude, and what that one takes |
//! | `betas`, `hints`, `tools`, `system_messages` | what Bedrock has in another place, or refuses |
//! | `chunks`, `textual` | the answer: events and what they say of the call; text that is changed in it |

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
