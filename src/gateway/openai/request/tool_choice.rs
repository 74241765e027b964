//! Whether a function must be called, and which may be.

use super::reading::quoted;
use super::tools::called;
use crate::gateway::chat::{Tool, ToolChoice};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use std::collections::HashSet;

/// The choice, and the tools that it leaves: `allowed_tools` is honoured by giving no others.
/// `kinds` are the types that a tool may have.
pub(in crate::gateway::openai) fn read(
    root: &Object<'_>,
    tools: Vec<Tool>,
    kinds: &[&str],
) -> Result<(ToolChoice, Vec<Tool>), Refusal> {
    let Some(value) = root.get(name(root)) else { return Ok((ToolChoice::Unset, tools)) };
    let choice = if value.is_string() {
        mode(value)?
    } else {
        let choice = value.object().map_err(|_| value.refuse("must be a string or an object"))?;
        let kind = choice.get("type");
        match kind.map(Value::string).transpose()?.as_deref() {
            Some("allowed_tools") => return allowed(&choice, tools),
            Some(word) if !kinds.contains(&word) => {
                let problem = format!("is none of {} and allowed_tools", kinds.join(", "));
                return Err(kind.unwrap_or(value).refuse(&problem));
            }
            // The choice of `function_call` has no type: it is {"name": …}.
            _ => ToolChoice::Tool(named(&choice, |wanted| tools.iter().any(|tool| tool.name == wanted))?),
        }
    };
    if choice == ToolChoice::Required && tools.is_empty() {
        return Err(value.refuse("needs tools, and there are none"));
    }
    Ok((choice, tools))
}

/// `function_call` was there before it.
pub(super) fn name(root: &Object<'_>) -> &'static str {
    let is_former = root.get("tool_choice").is_none() && root.get("function_call").is_some();
    if is_former { "function_call" } else { "tool_choice" }
}

fn mode(value: Value<'_>) -> Result<ToolChoice, Refusal> {
    match value.string()?.as_ref() {
        "none" => Ok(ToolChoice::None),
        "auto" => Ok(ToolChoice::Auto),
        // The second is Anthropic's and Mistral's word for it.
        "required" | "any" => Ok(ToolChoice::Required),
        _ => Err(value.refuse("is none of none, auto and required")),
    }
}

/// The name of a tool, which must be one of the tools. Chat completions have it in an object of the type's name.
fn named(tool: &Object<'_>, is_one: impl Fn(&str) -> bool) -> Result<String, Refusal> {
    let function = tool.get("function").map(Value::object).transpose()?;
    let tool = function.as_ref().unwrap_or(tool);
    let wanted = called(tool)?;
    if is_one(&wanted) {
        return Ok(wanted);
    }
    let name = tool.required("name")?;
    Err(name.refuse(&format!("is {}, which is none of the tools", quoted(&wanted))))
}

/// <https://platform.openai.com/docs/guides/function-calling#tool-choice>
fn allowed(choice: &Object<'_>, mut tools: Vec<Tool>) -> Result<(ToolChoice, Vec<Tool>), Refusal> {
    // The reference has the list in an object of the type's name, the guide beside the type.
    let nested = choice.get("allowed_tools").map(Value::object).transpose()?;
    let list = nested.as_ref().unwrap_or(choice);
    let chosen = mode(list.required("mode")?)?;
    let entries = list.required("tools")?;
    let given: HashSet<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let mut names = HashSet::new();
    for entry in entries.elements()? {
        names.insert(named(&entry.object()?, |wanted| given.contains(wanted))?);
    }
    if names.is_empty() {
        return Err(entries.refuse("is empty; name a tool, or choose none"));
    }
    tools.retain(|tool| names.contains(&tool.name));
    Ok((chosen, tools))
}
