//! `cache_control`, which other gateways have taken over from Anthropic: everything up to here is cached.
//! <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>

use super::reading::Reading;
use crate::gateway::chat::Block;
use crate::gateway::json::Object;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::CachePoint;

/// What Bedrock takes.
const MAX_POINTS: usize = 4;

/// The cache point that an object asks for, if it does.
pub(super) fn read(object: &Object<'_>, reading: &mut Reading<'_>) -> Result<Option<CachePoint>, Refusal> {
    let Some(value) = object.get("cache_control") else { return Ok(None) };
    let control = value.object()?;
    let kind = control.required("type")?;
    if kind.string()? != "ephemeral" {
        return Err(kind.refuse("must be ephemeral"));
    }
    reading.cache_points += 1;
    if reading.cache_points > MAX_POINTS {
        return Err(value.refuse(&format!("is one too many; give at most {MAX_POINTS} in a request")));
    }
    let Some(ttl) = control.get("ttl") else { return Ok(Some(CachePoint::new())) };
    let parsed = ttl.string()?.parse().map_err(|_| ttl.refuse("is neither 5m nor 1h"))?;
    Ok(Some(CachePoint::new().ttl(parsed)))
}

/// Puts a point where there is something to cache.
pub(super) fn add(blocks: &mut Vec<Block>, point: Option<CachePoint>) {
    let has_something = blocks.last().is_some_and(|block| !matches!(block, Block::CachePoint(_)));
    blocks.extend(point.filter(|_| has_something).map(Block::CachePoint));
}
