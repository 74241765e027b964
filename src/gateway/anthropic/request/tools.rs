//! Tools, and whether one must be used.
//! <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview>

use super::cache_control::cache_point;
use crate::gateway::anthropic::CHOICE_OF_DROPPED;
use crate::gateway::chat::{Chat, Tool, ToolChoice};
use crate::gateway::dropped::Dropped;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use std::borrow::Cow;

/// Members that change only how a tool's arguments arrive.
const WITHOUT_MEANING_HERE: [&str; 2] = ["eager_input_streaming", "type"];
/// A tool that a Claude finds by a search. Every other model has all of them before it, and need not search.
const DEFER_LOADING: &str = "defer_loading";
const TOOL_SEARCH: &str = "tool_search_tool_";

/// The client's own tools. Those that Claude was taught, or that run on Anthropic's servers, no other model knows.
pub(super) fn tools(node: Value<'_>, dropped: &mut Dropped) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Vec::new();
    for given in node.elements()? {
        let object = given.object()?;
        let kind = object.get("type").map(Value::string).transpose()?;
        match kind.as_deref() {
            None | Some("custom") => tools.push(tool(&object, dropped)?),
            Some(kind) if kind.starts_with(TOOL_SEARCH) => dropped.in_any_case(&given.path()),
            Some(kind) => {
                let problem = format!("is a {kind} tool, which only Claude knows; give tools of type custom");
                dropped.param(&given.path(), &problem)?;
            }
        }
    }
    Ok(tools)
}

fn tool(object: &Object<'_>, dropped: &mut Dropped) -> Result<Tool, Refusal> {
    let schema = object.required("input_schema")?.object_bytes()?;
    for (name, node) in object.members() {
        let is_known = ["name", "description", "input_schema", "strict", "cache_control"].contains(&name)
            || WITHOUT_MEANING_HERE.contains(&name);
        if is_known || node.text() == "false" {
            continue;
        }
        if name == DEFER_LOADING {
            dropped.in_any_case(name);
        } else {
            dropped.param(&node.path(), "is nothing that this model can be given; leave it out")?;
        }
    }
    Ok(Tool {
        name: object.text("name")?,
        description: object.get("description").map(Value::string).transpose()?.map(Cow::into_owned),
        input_schema: Some(schema),
        strict: object.get("strict").map(Value::boolean).transpose()?,
        cache_point: cache_point(object)?,
    })
}

/// Whether a tool must be used, and how many at once.
pub(super) fn choose(chat: &mut Chat, node: Value<'_>) -> Result<(), Refusal> {
    let choice = node.object()?;
    chat.tool_choice = match choice.required("type")?.word(&["auto", "any", "tool", "none"])? {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "tool" => ToolChoice::Tool(choice.text("name")?),
        _ => ToolChoice::None,
    };
    let one_at_once = choice.get("disable_parallel_tool_use").map(Value::boolean).transpose()?;
    chat.parallel_tool_calls = one_at_once.map(|one| !one);
    Ok(())
}

/// Leaves out the choice of a tool that is left out, and every choice where no tool is left.
pub(super) fn without_dropped(
    chat: &mut Chat,
    body: &Object<'_>,
    dropped: &mut Dropped,
) -> Result<(), Refusal> {
    if chat.tools.is_empty() {
        chat.tool_choice = ToolChoice::Unset;
    }
    let ToolChoice::Tool(chosen) = &chat.tool_choice else { return Ok(()) };
    let is_chosen =
        |tool: Value<'_>| tool.object().is_ok_and(|tool| tool.text("name").is_ok_and(|name| name == *chosen));
    let was_given = || body.get("tools")?.elements().ok()?.any(is_chosen).then_some(());
    if chat.tools.iter().all(|tool| tool.name != *chosen) && was_given().is_some() {
        dropped.param("tool_choice", CHOICE_OF_DROPPED)?;
        chat.tool_choice = ToolChoice::Unset;
    }
    Ok(())
}
