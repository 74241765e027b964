//! The functions that a model may call.

use super::cache_control;
use super::reading::{Reading, quoted};
use crate::gateway::chat::Tool;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use std::borrow::Cow;
use std::collections::HashSet;

/// `tools`, and `functions`, which were there before them.
pub(super) fn read(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<Vec<Tool>, Refusal> {
    let mut tools = Tools::default();
    if let Some(list) = root.get("tools") {
        for value in list.elements()? {
            if let Some(tool) = tool(value, reading)? {
                tools.add(value, tool)?;
            }
        }
    }
    if let Some(list) = root.get("functions") {
        for value in list.elements()? {
            tools.add(value, function(&value.object()?)?)?;
        }
    }
    Ok(tools.tools)
}

/// Tools, each of a name of its own.
#[derive(Default)]
pub(in crate::gateway::openai) struct Tools {
    pub(in crate::gateway::openai) tools: Vec<Tool>,
    names: HashSet<String>,
}

impl Tools {
    pub(in crate::gateway::openai) fn add(&mut self, value: Value<'_>, tool: Tool) -> Result<(), Refusal> {
        if !self.names.insert(tool.name.clone()) {
            return Err(value.refuse(&format!("has the name {}, which another one has", quoted(&tool.name))));
        }
        self.tools.push(tool);
        Ok(())
    }
}

/// A tool of a type that Bedrock has nothing for: refused, or left out.
pub(in crate::gateway::openai) fn of_another_type(
    kind: Value<'_>,
    kinds: &str,
    reading: &mut Reading<'_>,
) -> Result<(), Refusal> {
    let name = quoted(&kind.string()?);
    reading.cannot_honour(kind, &format!("no model of Bedrock has tools of the type {name}, only of {kinds}"))
}

/// `None` where it is of a kind that is left out.
fn tool(value: Value<'_>, reading: &mut Reading<'_>) -> Result<Option<Tool>, Refusal> {
    let tool = value.object()?;
    if let Some(kind) = tool.get("type")
        && kind.string()? != "function"
    {
        of_another_type(kind, "the type function", reading)?;
        return Ok(None);
    }
    let function_value = tool.required("function")?.object()?;
    let mut read = function(&function_value)?;
    let point = cache_control::read(&tool, reading)?;
    read.cache_point = match point {
        Some(point) => Some(point),
        None => cache_control::read(&function_value, reading)?,
    };
    Ok(Some(read))
}

/// The name by which a tool is called; that of a group of tools stands before it.
pub(in crate::gateway::openai) fn called(tool: &Object<'_>) -> Result<String, Refusal> {
    let name = tool.required("name")?.name()?;
    Ok(match tool.get("namespace") {
        Some(namespace) => in_group(&namespace.string()?, &name),
        None => name.into_owned(),
    })
}

/// The name of a tool in a group of tools.
pub(in crate::gateway::openai) fn in_group(group: &str, name: &str) -> String {
    [group, ".", name].concat()
}

/// A function, without the point up to which it is cached.
pub(in crate::gateway::openai) fn function(function: &Object<'_>) -> Result<Tool, Refusal> {
    let description = function.get("description").map(Value::string).transpose()?;
    // An empty object says as little as none, and Claude wants a type.
    let parameters = function.get("parameters").filter(|value| !value.is_object() || !value.is_empty());
    Ok(Tool {
        name: function.required("name")?.name()?.into_owned(),
        description: description.filter(|text| !text.trim().is_empty()).map(Cow::into_owned),
        input_schema: parameters.map(Value::object_bytes).transpose()?,
        strict: function.get("strict").map(Value::boolean).transpose()?,
        cache_point: None,
    })
}
