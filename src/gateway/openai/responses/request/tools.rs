//! What a model may call: functions, tools whose input is a text (`custom`), and groups of both (`namespace`).

use super::super::client_tools::{ClientTool, ClientTools, schema_of_input};
use crate::gateway::chat::Tool;
use crate::gateway::json::{Object, Value};
use crate::gateway::openai::request::reading::Reading;
use crate::gateway::openai::request::tools::{Tools, function, of_another_type};
use crate::gateway::refusal::Refusal;

/// The types of a tool that can be chosen.
pub(super) const KINDS: [&str; 2] = ["function", "custom"];
const KNOWN: &str = "the types function, custom and namespace";

/// The tools of a request.
#[derive(Default)]
pub(super) struct Given<'a> {
    pub(super) tools: Vec<Tool>,
    pub(super) client: ClientTools,
    /// Those that are not dropped.
    pub(super) kept: Vec<Value<'a>>,
}

pub(super) fn read<'a>(root: &Object<'a>, reading: &mut Reading<'_>) -> Result<Given<'a>, Refusal> {
    let mut given = Given::default();
    let mut tools = Tools::default();
    let Some(list) = root.get("tools") else { return Ok(given) };
    for value in list.elements()? {
        let tool = value.object()?;
        let kind = tool.required("type")?;
        if kind.string()? == "namespace" {
            let namespace = tool.required("name")?.name()?;
            for member in tool.required("tools")?.elements()? {
                add(member, Some(&namespace), &mut tools, &mut given.client, reading)?;
            }
            given.kept.push(value);
        } else if add(value, None, &mut tools, &mut given.client, reading)? {
            given.kept.push(value);
        }
    }
    given.tools = tools.tools;
    Ok(given)
}

/// Whether it is kept.
fn add(
    value: Value<'_>,
    namespace: Option<&str>,
    tools: &mut Tools,
    client: &mut ClientTools,
    reading: &mut Reading<'_>,
) -> Result<bool, Refusal> {
    let tool = value.object()?;
    let kind = tool.required("type")?;
    let mut read = match kind.string()?.as_ref() {
        "function" => function(&tool)?,
        "custom" => custom(&tool, reading)?,
        _ => {
            of_another_type(kind, KNOWN, reading)?;
            return Ok(false);
        }
    };
    check(&tool, reading)?;
    let is_custom = kind.text() == "\"custom\"";
    let known = ClientTool { name: read.name, namespace: namespace.map(str::to_owned), is_custom };
    read.name = known.full_name();
    client.add(known);
    tools.add(value, read)?;
    Ok(true)
}

/// A model is told what form the input has, and cannot be held to it.
fn custom(tool: &Object<'_>, reading: &mut Reading<'_>) -> Result<Tool, Refusal> {
    let mut read = function(tool)?;
    read.input_schema = Some(schema_of_input());
    let Some(format) = tool.get("format") else { return Ok(read) };
    let form = format.object()?;
    let kind = form.required("type")?;
    match kind.string()?.as_ref() {
        "text" => {}
        "grammar" => {
            // Where it stands directly there, and where other clients have it.
            let inner = form.get("grammar").map(Value::object).transpose()?;
            let grammar = inner.as_ref().unwrap_or(&form);
            let (syntax, definition) = (grammar.text("syntax")?, grammar.text("definition")?);
            let about = read.description.map(|text| text + "\n\n").unwrap_or_default();
            read.description =
                Some(format!("{about}The input must be valid by this {syntax} grammar:\n{definition}"));
            reading.dropped.in_any_case(&format.path());
        }
        _ => return Err(kind.refuse("is neither text nor grammar")),
    }
    Ok(read)
}

/// What else is said of a tool.
fn check(tool: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
    // All tools are given at once; none is looked for when it is needed.
    if let Some(deferred) = tool.get("defer_loading").filter(|value| value.text() == "true") {
        reading.dropped.in_any_case(&deferred.path());
    }
    if let Some(waits) = tool.get("async").filter(|value| value.text() == "true") {
        reading.cannot_honour(waits, "a model waits for what its tools answer")?;
    }
    if let Some(callers) = tool.get("allowed_callers") {
        let is_called = callers.elements()?.any(|caller| caller.text() == "\"direct\"");
        if !is_called && !callers.is_empty() {
            reading.cannot_honour(callers, "only the model itself calls tools here")?;
        }
    }
    Ok(())
}
