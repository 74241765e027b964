//! Where a prompt is cached up to.
//! <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>

use crate::gateway::chat::{Block, Message};
use crate::gateway::json::Object;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{CachePoint, CacheTtl};

/// The point after a block, where it asks for one.
pub(super) fn cache_point(block: &Object<'_>) -> Result<Option<CachePoint>, Refusal> {
    let Some(control) = block.get("cache_control") else { return Ok(None) };
    let control = control.object()?;
    control.required("type")?.word(&["ephemeral"])?;
    let Some(ttl) = control.get("ttl") else { return Ok(Some(CachePoint::new())) };
    Ok(Some(CachePoint::new().ttl(ttl.word(&["5m", "1h"])?.parse::<CacheTtl>()?)))
}

/// The point of a whole request, which is that of its last block. Thoughts have none.
pub(super) fn cache_last(messages: &mut [Message], point: CachePoint) {
    let Some(last) = messages.last_mut() else { return };
    let is_thought = |block: &Block| matches!(block, Block::Thinking { .. } | Block::RedactedThinking(_));
    let Some(place) = last.blocks.iter().rposition(|block| !is_thought(block)) else { return };
    if !matches!(last.blocks.get(place), Some(Block::CachePoint(_))) {
        last.blocks.insert(place + 1, Block::CachePoint(point));
    }
}
