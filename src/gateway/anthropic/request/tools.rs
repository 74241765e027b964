//! Tools, and whether one must be used.
//! <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview>

use super::cache_control::cache_point;
use crate::gateway::anthropic::node::{Node, Object};
use crate::gateway::anthropic::unsupported::Unsupported;
use crate::gateway::chat::{Chat, Tool, ToolChoice};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// Members that change only how a tool's arguments arrive.
const WITHOUT_MEANING_HERE: [&str; 2] = ["eager_input_streaming", "type"];

/// The client's own tools. Those that Claude was taught, or that run on Anthropic's servers, no other model knows.
pub(super) fn tools(node: &Node<'_>, unsupported: &mut Unsupported) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Vec::new();
    for given in node.array()? {
        let object = given.object()?;
        let kind = object.optional("type").map(|kind| kind.string()).transpose()?;
        match kind.as_deref() {
            None | Some("custom") => tools.push(tool(&object, unsupported)?),
            Some(kind) => {
                let problem = format!("is a {kind} tool, which only Claude knows; give tools of type custom");
                unsupported.found(given.path(), &problem)?;
            }
        }
    }
    Ok(tools)
}

fn tool(object: &Object<'_>, unsupported: &mut Unsupported) -> Result<Tool, Refusal> {
    let schema = object.required("input_schema")?;
    if !schema.json().starts_with('{') {
        // It names what is wrong.
        schema.object()?;
    }
    for (name, node) in object.members() {
        let is_known = ["name", "description", "input_schema", "strict", "cache_control"].contains(&name)
            || WITHOUT_MEANING_HERE.contains(&name);
        if !is_known && !["null", "false"].contains(&node.json()) {
            unsupported.found(node.path(), "is nothing that this model can be given; leave it out")?;
        }
    }
    Ok(Tool {
        name: object.text("name")?,
        description: object.optional("description").map(|text| text.string()).transpose()?,
        input_schema: Some(Bytes::copy_from_slice(schema.json().as_bytes())),
        strict: object.optional("strict").map(|strict| strict.boolean()).transpose()?,
        cache_point: cache_point(object)?,
    })
}

/// Whether a tool must be used, and how many at once.
pub(super) fn choose(chat: &mut Chat, node: &Node<'_>) -> Result<(), Refusal> {
    let choice = node.object()?;
    chat.tool_choice = match choice.required("type")?.word(&["auto", "any", "tool", "none"])? {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "tool" => ToolChoice::Tool(choice.text("name")?),
        _ => ToolChoice::None,
    };
    let one_at_once = choice.optional("disable_parallel_tool_use").map(|one| one.boolean()).transpose()?;
    chat.parallel_tool_calls = one_at_once.map(|one| !one);
    Ok(())
}
