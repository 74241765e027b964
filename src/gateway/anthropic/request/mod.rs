//! A request of Anthropic's shape → a chat, for models that are no Claude.
//! <https://docs.anthropic.com/en/api/messages>
//!
//! | file | job |
//! |---|---|
//! | `messages`, `block`, `tool_result` | what is said |
//! | `media` | images and documents |
//! | `cache_control` | where a prompt is cached up to |
//! | `tools` | tools, and whether one must be used |
//! | `settings` | how the answer is drawn, thinking, format, tier, metadata |

mod block;
mod cache_control;
mod media;
mod messages;
mod settings;
mod tool_result;
mod tools;

use super::asked_message::AskedMessage;
use super::unsupported::Unsupported;
use crate::gateway::chat::Chat;
use crate::gateway::refusal::Refusal;

/// The chat that a request asks to be answered.
pub(super) fn chat(asked: &AskedMessage<'_>, unsupported: &mut Unsupported) -> Result<Chat, Refusal> {
    asked.body.required("max_tokens")?;
    counted_chat(asked, unsupported)
}

/// The chat whose tokens are to be counted: it needs no `max_tokens`.
pub(super) fn counted_chat(asked: &AskedMessage<'_>, unsupported: &mut Unsupported) -> Result<Chat, Refusal> {
    let mut chat = Chat::default();
    let mut names = media::DocumentNames::default();
    chat.messages = messages::messages(&asked.body.required("messages")?, &mut names)?;
    for (name, node) in asked.body.members() {
        if node.json() == "null" {
            continue;
        }
        match name {
            "system" => chat.system = messages::system(&node)?,
            "tools" => chat.tools = tools::tools(&node, unsupported)?,
            "tool_choice" => tools::choose(&mut chat, &node)?,
            "max_tokens" => chat.max_tokens = Some(node.count(1)?),
            // Betas are Claude's.
            "model" | "stream" | "messages" | "anthropic_version" | "anthropic_beta" => {}
            _ if settings::set(&mut chat, name, &node)? => {}
            _ => unsupported.found(name, "is nothing that this model can be given; leave it out")?,
        }
    }
    settings::think(&mut chat, &asked.body)?;
    // Where no tool is left, none can be chosen.
    if chat.tools.is_empty() {
        chat.tool_choice = crate::gateway::chat::ToolChoice::Unset;
    }
    Ok(chat)
}
