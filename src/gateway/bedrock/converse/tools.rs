//! Which tools a model is given by Converse, which has no way to forbid the tools that it is given, and refuses the
//! traces of tools in a history without any.

use crate::gateway::bedrock::arguments::Arguments;
use crate::gateway::bedrock::family::{Caching, Choices, Family, JsonSchema, WithTools};
use crate::gateway::bedrock::history::{GONE, has_tool_blocks, tool_uses};
use crate::gateway::bedrock::native_schema::is_native;
use crate::gateway::bedrock::schema::object_schema;
use crate::gateway::bedrock::tool_names::{ToolNames, checked_tool};
use crate::gateway::chat::{Chat, Tool, ToolChoice};
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{CachePoint, Tool as ToolSpec, ToolChoice as SpecChoice, ToolConfig};
use std::collections::BTreeSet;

const SEVERAL_AT_ONCE: &str =
    "cannot be honoured by this model, which may use several tools at once; leave it out";
const NOT_TAKEN: &str = "cannot be used by this model; leave them out, or ask another";
const CANNOT_FORCE: &str = "cannot force a tool with this model; give auto or none";

/// What is done with tools.
#[derive(Debug)]
pub(super) struct ToolPlan {
    pub(super) config: Option<ToolConfig>,
    /// Whether the uses and results in the history are told as text.
    pub(super) as_text: bool,
    /// Whether the client lets the model use tools.
    pub(super) has_tools_of_client: bool,
}

/// What is done with the tools of a chat.
pub(super) fn tool_plan(
    chat: &Chat,
    family: &Family,
    names: &ToolNames,
    dropped: &mut Dropped,
) -> Result<ToolPlan, Refusal> {
    let takes_none = family.with_tools == WithTools::TakesNone;
    if takes_none && !chat.tools.is_empty() && chat.tool_choice != ToolChoice::None {
        dropped.param("tools", NOT_TAKEN)?;
    }
    if takes_none || chat.tool_choice == ToolChoice::None {
        return Ok(ToolPlan { config: None, as_text: has_tool_blocks(chat), has_tools_of_client: false });
    }
    if chat.tools.is_empty() {
        let config = has_tool_blocks(chat).then(|| tools_of_history(chat, names));
        return Ok(ToolPlan { config, as_text: false, has_tools_of_client: false });
    }
    if chat.parallel_tool_calls == Some(false) {
        dropped.param(chat.names.one_tool_at_once, SEVERAL_AT_ONCE)?;
    }
    let (choice, only) = choice(chat, family, dropped)?;
    let mut config = ToolConfig::new();
    for tool in chat.tools.iter().filter(|tool| only.is_none_or(|only| tool.name == only)) {
        config = config.tool(spec(tool, names.fit(&tool.name), family)?);
        if let Some(point) = tool.cache_point.filter(|_| family.caching >= Caching::Everywhere) {
            config = config.cache_point(cache_point(point, family));
        }
    }
    let choice = choice.map(|choice| match choice {
        SpecChoice::Tool(name) => SpecChoice::Tool(names.fit(&name).to_owned()),
        other => other,
    });
    let config = choice.into_iter().fold(config, ToolConfig::choice);
    Ok(ToolPlan { config: Some(config), as_text: false, has_tools_of_client: true })
}

/// The one tool whose arguments are the answer.
pub(super) fn json_tool_config(tool: &Tool, family: &Family) -> Result<ToolConfig, Refusal> {
    let choice = match family.tool_choice {
        Choices::All => SpecChoice::Tool(tool.name.clone()),
        _ => SpecChoice::Any,
    };
    Ok(ToolConfig::new().tool(spec(tool, &tool.name, family)?).choice(choice))
}

/// A cache point, for no longer than the family has it.
pub(super) fn cache_point(point: CachePoint, family: &Family) -> CachePoint {
    if family.caching == Caching::OneHour { point } else { CachePoint::new() }
}

/// The choice, and the only tool to give where a family cannot be told which one. Without a choice it is `auto`, which
/// is left out, since some families refuse the field.
fn choice<'a>(
    chat: &'a Chat,
    family: &Family,
    dropped: &mut Dropped,
) -> Result<(Option<SpecChoice>, Option<&'a str>), Refusal> {
    let wanted = match &chat.tool_choice {
        ToolChoice::Unset | ToolChoice::Auto | ToolChoice::None => return Ok((None, None)),
        ToolChoice::Required => None,
        ToolChoice::Tool(name) => Some(checked_tool(chat, name)?),
    };
    Ok(match (family.tool_choice, wanted) {
        (Choices::Auto, _) => {
            dropped.param(chat.names.tool_choice, CANNOT_FORCE)?;
            (None, None)
        }
        (_, None) => (Some(SpecChoice::Any), None),
        (Choices::All, Some(name)) => (Some(SpecChoice::Tool(name.to_owned())), None),
        (Choices::Any, Some(name)) => (Some(SpecChoice::Any), Some(name)),
    })
}

/// Tools of which only the name is known.
fn tools_of_history(chat: &Chat, names: &ToolNames) -> ToolConfig {
    let mut known: BTreeSet<&str> = tool_uses(chat).map(|(_, name)| names.fit(name)).collect();
    if known.is_empty() {
        // Results without uses: the service says so, in its own words.
        known.insert("tool");
    }
    let stub = |name| ToolSpec::new(name, object_schema(None)).description(GONE);
    known.into_iter().map(stub).fold(ToolConfig::new(), ToolConfig::tool)
}

fn spec(tool: &Tool, name: &str, family: &Family) -> Result<ToolSpec, Refusal> {
    let arguments = Arguments::of(tool, family)?;
    let strict = tool.strict == Some(true)
        && family.json_schema >= JsonSchema::Converse
        && is_native(&arguments.schema);
    let description = arguments.description(tool);
    let mut spec = ToolSpec::new(name, arguments.schema);
    if let Some(description) = description {
        spec = spec.description(description);
    }
    Ok(if strict { spec.strict(true) } else { spec })
}
