//! What a response repeats of its request: the clients' types want most of it.

use crate::gateway::chat::Chat;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use crate::protocol::document::{array, on_one_line};
use serde_json::Number;

/// The members, each with a comma before it; `tools` are those that were not dropped. What was changed stands there as
/// it is in force.
pub(super) fn written(root: &Object<'_>, chat: &Chat, tools: &[Value<'_>]) -> Result<String, Refusal> {
    let as_given = |name: &str, else_: &str| {
        root.get(name).map_or_else(|| else_.to_owned(), |value| on_one_line(value.text()))
    };
    let number = |number: &Option<Number>| number.as_ref().map_or("null".to_owned(), Number::to_string);
    let tools = array(tools.iter().map(|tool| on_one_line(tool.text())));
    let text = member_of(root, "text", &[("format", r#"{"type":"text"}"#)])?;
    let reasoning = member_of(root, "reasoning", &[("effort", "null"), ("summary", "null")])?;
    let mut out = String::with_capacity(tools.len() + 512);
    for (name, json) in [
        ("instructions", as_given("instructions", "null")),
        ("max_output_tokens", as_given("max_output_tokens", "null")),
        ("max_tool_calls", as_given("max_tool_calls", "null")),
        ("metadata", as_given("metadata", "{}")),
        ("parallel_tool_calls", as_given("parallel_tool_calls", "true")),
        ("previous_response_id", "null".to_owned()),
        ("prompt_cache_key", as_given("prompt_cache_key", "null")),
        ("reasoning", reasoning),
        ("safety_identifier", as_given("safety_identifier", "null")),
        // Whatever was asked for: who relies on it is told.
        ("store", "false".to_owned()),
        ("temperature", number(&chat.sampling.temperature)),
        ("text", text),
        ("tool_choice", as_given("tool_choice", "\"auto\"")),
        ("tools", tools),
        ("top_logprobs", "0".to_owned()),
        ("top_p", number(&chat.sampling.top_p)),
        ("truncation", "\"disabled\"".to_owned()),
        ("user", as_given("user", "null")),
    ] {
        for piece in [",\"", name, "\":", &json] {
            out.push_str(piece);
        }
    }
    Ok(out)
}

/// A member that is an object, with these of its own members.
fn member_of(root: &Object<'_>, name: &str, members: &[(&str, &str)]) -> Result<String, Refusal> {
    let given = root.get(name).map(Value::object).transpose()?;
    let member = |(name, else_): &(&str, &str)| {
        let value = given.as_ref().and_then(|given| given.get(name));
        let json = value.map_or_else(|| (*else_).to_owned(), |value| on_one_line(value.text()));
        format!("\"{name}\":{json}")
    };
    let members: Vec<String> = members.iter().map(member).collect();
    Ok(format!("{{{}}}", members.join(",")))
}
