//! The body of `POST /v1/chat/completions` → a chat.
//! <https://platform.openai.com/docs/api-reference/chat/create>
//!
//! | file | job |
//! |---|---|
//! | `chat_completion`, `reading` | the whole request, and what is known while it is read |
//! | `parameters` | numbers, stop sequences, streaming, the count of choices |
//! | `reasoning`, `response_format`, `metadata` | how much is thought, what the text must be, what the log gets |
//! | `unsupported` | what Bedrock has nothing for: refused, or left out and named |
//! | `messages`, `assistant`, `tool_results` | who says what |
//! | `conversation` | what was said: merged, ordered, each result with its call |
//! | `parts`, `media`, `media_type` | texts and files |
//! | `tools`, `tool_choice` | functions, and whether one must be called |
//! | `cache_control` | where a prompt is cached up to |

pub(super) mod assistant;
mod cache_control;
mod chat_completion;
pub(super) mod conversation;
pub(super) mod media;
mod media_type;
mod messages;
pub(super) mod metadata;
pub(super) mod parameters;
pub(super) mod parts;
pub(super) mod reading;
pub(super) mod reasoning;
pub(super) mod response_format;
#[cfg(test)]
mod tests;
pub(super) mod tool_choice;
pub(super) mod tool_results;
pub(super) mod tools;
pub(super) mod unsupported;

pub(in crate::gateway) use chat_completion::ChatCompletion;
#[cfg(test)]
pub(in crate::gateway) use reading::ReadOptions;
