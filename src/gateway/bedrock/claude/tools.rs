//! A chat's tools, as Claude's own shape has them.
//! <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview>

use super::messages::write_cache_control;
use crate::gateway::bedrock::arguments::Arguments;
use crate::gateway::bedrock::family::{Caching, Family, JsonSchema};
use crate::gateway::bedrock::history::{GONE, has_tool_blocks, tool_uses};
use crate::gateway::bedrock::native_schema::is_native;
use crate::gateway::bedrock::schema::object_schema;
use crate::gateway::bedrock::tool_names::{ToolNames, checked_tool};
use crate::gateway::chat::{Chat, Tool, ToolChoice};
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::{ArrayWriter, ObjectWriter};
use bytes::Bytes;
use std::collections::BTreeSet;

/// Writes the tools; where a chat once had tools and has none now, their names with nothing behind them.
pub(super) fn write_tools(
    chat: &Chat,
    family: &Family,
    names: &ToolNames,
    tools: &mut ArrayWriter<'_>,
) -> Result<(), Refusal> {
    if chat.tools.is_empty() && has_tool_blocks(chat) {
        for name in taken_names(chat, names) {
            let mut tool = tools.object();
            tool.string("name", &name).string("description", GONE);
            tool.raw("input_schema", schema_text("tools", &object_schema(None))?);
        }
    }
    for tool in &chat.tools {
        write_tool(tool, names.fit(&tool.name), family, tools.object())?;
    }
    Ok(())
}

/// About how long the tools are as JSON.
pub(super) fn tools_length(chat: &Chat) -> usize {
    const NAMES: usize = 160;
    let of_tool = |tool: &Tool| {
        tool.description.as_ref().map_or(0, String::len) + tool.input_schema.as_ref().map_or(0, Bytes::len)
    };
    chat.tools.iter().map(|tool| NAMES + of_tool(tool)).sum()
}

/// The names of all tools, of those in the history too.
pub(super) fn taken_names(chat: &Chat, names: &ToolNames) -> BTreeSet<String> {
    let tools = chat.tools.iter().map(|tool| tool.name.as_str());
    let mut taken: BTreeSet<String> =
        tools.chain(tool_uses(chat).map(|(_, name)| name)).map(|name| names.fit(name).to_owned()).collect();
    if taken.is_empty() && has_tool_blocks(chat) {
        // Results without uses: the service says so, in its own words.
        taken.insert("tool".to_owned());
    }
    taken
}

/// Writes one tool.
pub(super) fn write_tool(
    tool: &Tool,
    name: &str,
    family: &Family,
    mut json: ObjectWriter<'_>,
) -> Result<(), Refusal> {
    json.string("name", name);
    let arguments = Arguments::of(tool, family)?;
    if let Some(description) = arguments.description(tool) {
        json.string("description", &description);
    }
    let schema = arguments.schema;
    json.raw("input_schema", schema_text(&format!("tools.{}", tool.name), &schema)?);
    if tool.strict == Some(true) && family.json_schema == JsonSchema::Everywhere && is_native(&schema) {
        json.value("strict", &true.into());
    }
    if let Some(point) = tool.cache_point.filter(|_| family.caching > Caching::No) {
        write_cache_control(point, family, &mut json);
    }
    Ok(())
}

/// Writes which tool must be used, where that has to be said.
pub(super) fn write_tool_choice(
    chat: &Chat,
    family: &Family,
    names: &ToolNames,
    may_use_tools: bool,
    dropped: &mut Dropped,
    body: &mut ObjectWriter<'_>,
) -> Result<(), Refusal> {
    if !may_use_tools {
        body.object("tool_choice").string("type", "none");
        return Ok(());
    }
    let alone = chat.parallel_tool_calls == Some(false) || chat.takes_one_tool;
    let is_forced = matches!(chat.tool_choice, ToolChoice::Required | ToolChoice::Tool(_));
    let (kind, name) = if is_forced && !family.can_force_tools() {
        dropped.param(chat.names.tool_choice, "cannot force a tool with this model; give auto or none")?;
        ("auto", None)
    } else {
        match &chat.tool_choice {
            ToolChoice::Unset if !alone => return Ok(()),
            ToolChoice::Required => ("any", None),
            ToolChoice::Tool(name) => ("tool", Some(names.fit(checked_tool(chat, name)?))),
            ToolChoice::Unset | ToolChoice::Auto | ToolChoice::None => ("auto", None),
        }
    };
    let mut choice = body.object("tool_choice");
    choice.string("type", kind);
    if let Some(name) = name {
        choice.string("name", name);
    }
    if alone {
        choice.value("disable_parallel_tool_use", &true.into());
    }
    Ok(())
}

/// A schema passes through: it was parsed before, so it is text.
pub(super) fn schema_text<'a>(param: &str, schema: &'a [u8]) -> Result<&'a str, Refusal> {
    std::str::from_utf8(schema).map_err(|_| Refusal::field(param, "is no UTF-8"))
}
