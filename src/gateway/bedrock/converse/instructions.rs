//! Instructions: beside the messages, or at the beginning of the first one.

use super::tools::cache_point;
use crate::gateway::bedrock::family::Caching;
use crate::gateway::bedrock::plan::Plan;
use crate::gateway::chat::Block;
use crate::protocol::content::ContentBlock;

/// The instructions, with one more where a format needs it.
pub(super) fn system(plan: &Plan<'_>) -> Vec<ContentBlock> {
    let (chat, family) = (plan.chat, plan.family);
    let mut system = Vec::with_capacity(chat.system.len() + 1);
    for block in &chat.system {
        match block {
            Block::Text(text) => system.push(ContentBlock::Text(text.clone())),
            Block::CachePoint(point) if family.caching > Caching::No && !system.is_empty() => {
                system.push(ContentBlock::CachePoint(cache_point(*point, family)));
            }
            _ => {}
        }
    }
    system.extend(plan.instruction.clone().map(ContentBlock::Text));
    system
}

/// Puts instructions where a family takes them that has no other place for them: into the first text.
pub(super) fn begin_with(before: &[ContentBlock], blocks: &mut Vec<ContentBlock>) {
    let texts = before.iter().filter_map(|block| match block {
        ContentBlock::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let mut text = texts.collect::<Vec<_>>().join("\n\n");
    match blocks.first_mut() {
        _ if text.is_empty() => {}
        Some(ContentBlock::Text(first)) => {
            text.push_str("\n\n");
            first.insert_str(0, &text);
        }
        _ => blocks.insert(0, ContentBlock::Text(text)),
    }
}
