//! Where a prompt is cached up to.
//! <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>

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
