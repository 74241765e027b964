//! What of a chat's messages a model takes: turns that alternate, without what it would refuse.

use super::family::{Caching, Family};
use crate::gateway::chat::{Block, Chat, Message, Role};

/// What is said to a model that must not be left with the assistant's word.
pub(super) const GO_ON: &str = "Continue.";
/// What a tool answers that answers nothing.
pub(super) const NO_OUTPUT: &str = "(no output)";
/// What a tool is said to be that a chat once had.
pub(super) const GONE: &str = "This tool is no longer available; do not use it.";

/// One turn. It has a block at least.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) role: Role,
    pub(super) blocks: Vec<&'a Block>,
}

/// The turns of a chat. Thoughts are for the model that had them: a Claude; cache points are for models that cache.
pub(super) fn turns<'a>(chat: &'a Chat, family: &Family) -> Vec<Turn<'a>> {
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(chat.messages.len());
    for message in &chat.messages {
        if turns.last().is_none_or(|turn| turn.role != message.role) {
            turns.push(Turn { role: message.role, blocks: Vec::with_capacity(message.blocks.len()) });
        }
        let Some(turn) = turns.last_mut() else { continue };
        for block in &message.blocks {
            let is_taken = match block {
                Block::Thinking { .. } | Block::RedactedThinking(_) => family.is_claude(),
                // A point with nothing before it caches nothing that the turn before did not.
                Block::CachePoint(_) => family.caching > Caching::No && !turn.blocks.is_empty(),
                _ => true,
            };
            if is_taken {
                turn.blocks.push(block);
            }
        }
        if turn.blocks.is_empty() {
            turns.pop();
        } else if message.role == Role::User {
            // What tools answered comes first, or is not taken as the answer to what was asked before.
            turn.blocks.sort_by_key(|block| !matches!(block, Block::ToolResult { .. }));
        }
    }
    turns
}

/// Whether a model was given tools before: their uses and results stand in the messages.
pub(super) fn has_tool_blocks(chat: &Chat) -> bool {
    blocks(chat).any(|block| matches!(block, Block::ToolUse { .. } | Block::ToolResult { .. }))
}

/// Whether the model goes on with words that were put into its mouth.
pub(super) fn is_begun(chat: &Chat, family: &Family) -> bool {
    family.prefill && chat.messages.last().is_some_and(|last| last.role == Role::Assistant)
}

/// Whether a Claude with a budget of thoughts can think at the end of this chat: not within a turn that it began without
/// thoughts, as clients tell it that keep texts and tool uses only, nor where its words were begun for it.
///
/// - <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>
/// - <https://docs.claude.com/en/docs/build-with-claude/extended-thinking>
pub(super) fn can_think_on(chat: &Chat, family: &Family) -> bool {
    if chat.messages.last().is_some_and(|last| last.role == Role::Assistant) {
        return !family.prefill;
    }
    let is_result = |block: &Block| matches!(block, Block::ToolResult { .. });
    let is_open =
        |message: &&Message| message.role == Role::Assistant || message.blocks.iter().any(is_result);
    let begins_with_thought = |message: &Message| {
        matches!(message.blocks.first(), Some(Block::Thinking { .. } | Block::RedactedThinking(_)))
    };
    let open = chat.messages.iter().rev().take_while(is_open);
    let mut said = open.filter(|message| message.role == Role::Assistant).peekable();
    // Between one tool and the next it may go on without a thought.
    said.peek().is_none() || said.any(begins_with_thought)
}

/// Ids and names of the tools that were asked for.
pub(super) fn tool_uses(chat: &Chat) -> impl Iterator<Item = (&str, &str)> {
    blocks(chat).filter_map(|block| match block {
        Block::ToolUse { id, name, .. } => Some((id.as_str(), name.as_str())),
        _ => None,
    })
}

fn blocks(chat: &Chat) -> impl Iterator<Item = &Block> {
    chat.messages.iter().flat_map(|message: &Message| &message.blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::content::CachePoint;

    #[test]
    fn what_is_left_alternates() {
        let text = |text: &str| Block::Text(text.to_owned());
        let thought = Block::Thinking { text: "hm".to_owned(), signature: "s".to_owned() };
        let message = |role, blocks| Message { role, blocks };
        let chat = Chat {
            messages: vec![
                message(Role::User, vec![Block::CachePoint(CachePoint::new()), text("a")]),
                message(Role::Assistant, vec![thought]),
                message(Role::User, vec![text("b"), Block::CachePoint(CachePoint::new())]),
            ],
            ..Chat::default()
        };
        let shape = |family: &str| -> Vec<(Role, usize)> {
            turns(&chat, Family::of(family)).iter().map(|turn| (turn.role, turn.blocks.len())).collect()
        };
        assert_eq!(
            shape("anthropic.claude-sonnet-4"),
            [(Role::User, 1), (Role::Assistant, 1), (Role::User, 2)]
        );
        assert_eq!(shape("meta.llama4"), [(Role::User, 2)]);
    }
}
