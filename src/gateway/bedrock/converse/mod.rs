//! A chat in the shape of Converse, which takes every model.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>
//!
//! | file | job |
//! |---|---|
//! | `body` | the whole body: inference, additional fields |
//! | `instructions` | its `system` |
//! | `messages` | its `messages` |
//! | `parted` | turns that a family takes only in two |
//! | `tools` | its `toolConfig` |
//! | `events` | events of ConverseStream → blocks |

mod body;
mod events;
mod instructions;
mod messages;
mod parted;
mod tools;

pub(super) use body::converse_body;
pub(super) use events::read as read_event;
