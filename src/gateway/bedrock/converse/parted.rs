//! Turns in which what is said stands beside what tools are asked and answer. Some families refuse these: "Conversation
//! blocks and tool use blocks cannot be provided in the same turn." For them one turn becomes two, with a word of the other
//! side between, so that nothing that was said is lost.
//!
//! - <https://github.com/langchain-ai/langchain-aws/pull/1118>
//! - <https://github.com/strands-agents/harness-sdk/issues/1223>

use crate::gateway::bedrock::history::GO_ON;
use crate::protocol::content::{ContentBlock, Message, Role};

/// What the assistant says between what tools answered and what the user says.
const NOTED: &str = "I have the result.";

/// Adds a turn, in two where it has both.
pub(super) fn push_parted(role: Role, blocks: Vec<ContentBlock>, messages: &mut Vec<Message>) {
    let is_tools =
        |block: &ContentBlock| matches!(block, ContentBlock::ToolUse { .. } | ContentBlock::ToolResult(_));
    let (of_tools, said): (Vec<_>, Vec<_>) = blocks.into_iter().partition(is_tools);
    let [first, between, second] = match role {
        _ if of_tools.is_empty() => return messages.push(Message::of(role, said)),
        _ if said.is_empty() => return messages.push(Message::of(role, of_tools)),
        Role::Assistant => {
            [Message::of(role, said), Message::user().text(GO_ON), Message::of(role, of_tools)]
        }
        _ => [Message::of(role, of_tools), Message::assistant().text(NOTED), Message::of(role, said)],
    };
    messages.extend([first, between, second]);
}
