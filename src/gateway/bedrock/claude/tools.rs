//! The tools of a plan, as Claude's own shape has them.
//! <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview>

use super::messages::write_cache_control;
use crate::gateway::bedrock::family::Family;
use crate::gateway::bedrock::tools::{Choice, GivenTool, Tools};
use crate::gateway::refusal::Refusal;
use crate::protocol::document::ObjectWriter;

/// Writes the tools, and which one must be used, where that has to be said.
pub(super) fn write_tools(
    tools: &Tools<'_>,
    family: &Family,
    body: &mut ObjectWriter<'_>,
) -> Result<(), Refusal> {
    if tools.given.is_empty() {
        return Ok(());
    }
    let mut given = body.array("tools");
    for tool in &tools.given {
        write_tool(tool, family, given.object())?;
    }
    drop(given);
    let (kind, name) = match &tools.choice {
        Choice::Unsaid if !tools.one_at_once => return Ok(()),
        Choice::Unsaid | Choice::Auto => ("auto", None),
        Choice::None => ("none", None),
        Choice::Any => ("any", None),
        Choice::Tool(name) => ("tool", Some(name)),
    };
    let mut choice = body.object("tool_choice");
    choice.string("type", kind);
    if let Some(name) = name {
        choice.string("name", name);
    }
    if tools.one_at_once {
        choice.value("disable_parallel_tool_use", &true.into());
    }
    Ok(())
}

/// About how long the tools are as JSON.
pub(super) fn tools_length(tools: &Tools<'_>) -> usize {
    const NAMES: usize = 160;
    let description = |tool: &GivenTool<'_>| tool.description.as_ref().map_or(0, |text| text.len());
    tools.given.iter().map(|tool| NAMES + description(tool) + tool.schema.len()).sum()
}

fn write_tool(tool: &GivenTool<'_>, family: &Family, mut json: ObjectWriter<'_>) -> Result<(), Refusal> {
    json.string("name", &tool.name);
    if let Some(description) = &tool.description {
        json.string("description", description);
    }
    json.raw("input_schema", schema_text(&format!("tools.{}", tool.name), &tool.schema)?);
    if tool.is_strict {
        json.value("strict", &true.into());
    }
    if let Some(point) = tool.cache_point {
        write_cache_control(point, family, &mut json);
    }
    Ok(())
}

/// A schema passes through: it was parsed before, so it is text.
pub(super) fn schema_text<'a>(param: &str, schema: &'a [u8]) -> Result<&'a str, Refusal> {
    std::str::from_utf8(schema).map_err(|_| Refusal::field(param, "is no UTF-8"))
}
