//! A chat in the shape of Claude's own API, as InvokeModel takes it.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>
//!
//! | file | job |
//! |---|---|
//! | `body` | the whole body, and the headers beside it |
//! | `messages` | its `system` and `messages` |
//! | `tools` | its `tools` and `tool_choice` |
//! | `events` | chunks of InvokeModelWithResponseStream → blocks |

mod body;
mod events;
mod messages;
mod tools;

pub(super) use body::claude_body;
pub(super) use events::ClaudeEvents;
pub(in crate::gateway) use events::gave_up;
