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
    let mut tools = Vec::new();
    let mut names = HashSet::new();
    let mut add = |value: Value<'_>, tool: Tool| {
        if !names.insert(tool.name.clone()) {
            return Err(value.refuse(&format!("has the name {}, which another one has", quoted(&tool.name))));
        }
        tools.push(tool);
        Ok(())
    };
    if let Some(list) = root.get("tools") {
        for value in list.elements()? {
            if let Some(tool) = tool(value, reading)? {
                add(value, tool)?;
            }
        }
    }
    if let Some(list) = root.get("functions") {
        for value in list.elements()? {
            add(value, function(&value.object()?)?)?;
        }
    }
    Ok(tools)
}

/// `None` where it is of a kind that is left out.
fn tool(value: Value<'_>, reading: &mut Reading<'_>) -> Result<Option<Tool>, Refusal> {
    let tool = value.object()?;
    if let Some(kind) = tool.get("type") {
        let name = kind.string()?;
        if name != "function" {
            let why = format!(
                "no model of Bedrock has tools of the type {}, only of the type function",
                quoted(&name)
            );
            reading.cannot_honour(kind, &why)?;
            return Ok(None);
        }
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

fn function(function: &Object<'_>) -> Result<Tool, Refusal> {
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
