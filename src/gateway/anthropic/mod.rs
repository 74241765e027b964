//! Anthropic's API: messages, and counting their tokens.
//! <https://docs.anthropic.com/en/api/messages>

mod count_tokens;
mod messages;

pub(super) use count_tokens::count_tokens;
pub(super) use messages::messages;
