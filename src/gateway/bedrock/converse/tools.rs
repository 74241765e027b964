//! The tools of a plan, as Converse has them.

use crate::gateway::bedrock::family::{Caching, Choices, Family};
use crate::gateway::bedrock::plan::Plan;
use crate::gateway::bedrock::tools::{Choice, GivenTool};
use crate::protocol::content::{CachePoint, Tool, ToolChoice, ToolConfig};

/// The tools and the choice of one; `None` where there is none. Without a choice it is `auto`, which is left out, since
/// some families refuse the field.
pub(super) fn tool_config(plan: &Plan<'_>) -> Option<ToolConfig> {
    let tools = &plan.tools;
    if tools.given.is_empty() {
        return None;
    }
    let mut config = ToolConfig::new();
    for tool in &tools.given {
        config = config.tool(spec(tool));
        if let Some(point) = tool.cache_point {
            config = config.cache_point(cache_point(point, plan.family));
        }
    }
    Some(match &tools.choice {
        Choice::Unsaid | Choice::Auto | Choice::None => config,
        Choice::Tool(name) if plan.family.tool_choice == Choices::All => {
            config.choice(ToolChoice::Tool(name.clone()))
        }
        Choice::Tool(_) | Choice::Any => config.choice(ToolChoice::Any),
    })
}

/// A cache point, for no longer than the family has it.
pub(super) fn cache_point(point: CachePoint, family: &Family) -> CachePoint {
    if family.caching == Caching::OneHour { point } else { CachePoint::new() }
}

fn spec(tool: &GivenTool<'_>) -> Tool {
    let mut spec = Tool::new(tool.name.as_str(), tool.schema.clone());
    if let Some(description) = &tool.description {
        spec = spec.description(description.as_ref());
    }
    if tool.is_strict { spec.strict(true) } else { spec }
}
