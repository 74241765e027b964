//! Tools in a conversation, from the service's side: what the model asks for in one turn is answered in the next, all
//! of it and nothing else.
//!
//! - <https://github.com/pydantic/pydantic-ai/issues/2327>
//! - <https://github.com/strands-agents/harness-sdk/issues/1435>
//! - <https://github.com/BerriAI/litellm/issues/20047>
//! - <https://github.com/sigoden/aichat/issues/1550>

use super::member::{Member, returned};
use crate::emulator::refused::Refused;
use serde_json::Value;
use std::collections::BTreeSet;

/// Marks a tool that the service runs itself: it is asked for and answered within one turn.
const OF_THE_SERVICE: &str = "server_tool_use";

/// Checks what one block asks for or answers. Whether it belongs to a tool.
pub(super) fn check_block(block: &Member, message: usize, at: usize) -> Result<bool, Refused> {
    let place = format!("messages.{message}.content.{at}");
    if let Some(tool_use) = block.optional("toolUse")? {
        check_name(&tool_use.required("toolUseId")?, ".:")?;
        check_name(&tool_use.required("name")?, "")?;
        if !tool_use.required("input")?.value().is_object() {
            return Err(no_object(&format!("{place}.toolUse.input")));
        }
        return Ok(true);
    }
    let Some(result) = block.optional("toolResult")? else { return Ok(false) };
    check_name(&result.required("toolUseId")?, ".:")?;
    let content = result.required("content")?.items(0..=usize::MAX)?;
    for (part, told) in content.iter().enumerate() {
        if told.optional("json")?.is_some_and(|json| !json.value().is_object()) {
            return Err(no_object(&format!("{place}.toolResult.content.{part}.json")));
        }
    }
    if let Some(status) = result.optional("status")?
        && status.one_of(&["success", "error"])? == "error"
        && content.is_empty()
    {
        return Err(Refused::validation(format!(
            "The content field at {place}.toolResult cannot be empty when status value is error."
        )));
    }
    Ok(true)
}

/// Checks that uses and results meet, turn by turn.
pub(super) fn check(messages: &Member) -> Result<(), Refused> {
    let mut asked = Vec::new();
    for (at, message) in messages.items(0..=usize::MAX)?.iter().map(Member::value).enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        // What a system message tells stands between turns and is none.
        if role == "system" {
            continue;
        }
        let (uses, results) = (ids(message, "toolUse"), ids(message, "toolResult"));
        check_sides(at, role, &uses, &results)?;
        check_duplicates(at, "toolUse", &uses)?;
        check_duplicates(at, "toolResult", &results)?;
        if results.len() > asked.len() {
            return Err(Refused::validation(format!(
                "The number of toolResult blocks at messages.{at}.content exceeds the number of toolUse blocks of previous turn."
            )));
        }
        let open: Vec<&str> = asked.into_iter().filter(|id| !results.contains(id)).collect();
        if !open.is_empty() {
            return Err(Refused::validation(format!(
                "Expected toolResult blocks at messages.{at}.content for the following Ids: {}",
                open.join(", ")
            )));
        }
        asked = uses;
    }
    Ok(())
}

/// Checks the tools and which of them the model is told to use.
pub(super) fn check_tools(config: &Member) -> Result<(), Refused> {
    let mut names = BTreeSet::new();
    for (at, tool) in config.required("tools")?.items(1..=usize::MAX)?.iter().enumerate() {
        if let Some(spec) = tool.optional("toolSpec")? {
            let name = spec.required("name")?;
            check_name(&name, "")?;
            names.extend(name.value().as_str());
            if let Some(description) = spec.optional("description")? {
                description.text(1..=usize::MAX)?;
            }
            let schema = spec.required("inputSchema")?.required("json")?;
            if schema.object()?.get("type").is_none_or(|kind| kind != "object") {
                return Err(Refused::validation(format!(
                    "The value at toolConfig.tools.{at}.toolSpec.inputSchema.json.type must be one of the following: object."
                )));
            }
        }
    }
    let Some(choice) = config.optional("toolChoice")? else { return Ok(()) };
    choice.only(&["auto", "any", "tool"])?;
    let Some(tool) = choice.optional("tool")? else { return Ok(()) };
    let name = tool.required("name")?;
    check_name(&name, "")?;
    match name.value().as_str().filter(|name| !names.contains(name)) {
        Some(unknown) => Err(returned(&format!("Tool '{unknown}' not found in provided tools"))),
        None => Ok(()),
    }
}

/// The model asks, and who speaks with it answers.
fn check_sides(at: usize, role: &str, uses: &[&str], results: &[&str]) -> Result<(), Refused> {
    let (strange, side) = match role {
        "user" if !uses.is_empty() => ("tool_use", "assistant"),
        "assistant" if !results.is_empty() => ("tool_result", "user"),
        _ => return Ok(()),
    };
    Err(returned(&format!("messages.{at}: `{strange}` blocks can only be in `{side}` messages")))
}

fn check_duplicates(at: usize, kind: &str, ids: &[&str]) -> Result<(), Refused> {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<&str> = ids.iter().copied().filter(|id| !seen.insert(*id)).collect();
    if twice.is_empty() {
        return Ok(());
    }
    let twice: Vec<&str> = twice.into_iter().collect();
    Err(Refused::validation(format!(
        "The {kind} blocks at messages.{at}.content contain duplicate Ids: {}",
        twice.join(", ")
    )))
}

/// The ids in a message's blocks of this kind, without those of the service's own tools.
fn ids<'a>(message: &'a Value, kind: &str) -> Vec<&'a str> {
    let blocks = || message["content"].as_array().into_iter().flatten();
    let own: BTreeSet<&str> = blocks()
        .filter(|block| block["toolUse"]["type"] == OF_THE_SERVICE)
        .filter_map(|block| block["toolUse"]["toolUseId"].as_str())
        .collect();
    let of_kind = blocks().filter_map(|block| block[kind]["toolUseId"].as_str());
    of_kind.filter(|id| !own.contains(id)).collect()
}

fn no_object(place: &str) -> Refused {
    Refused::validation(format!(
        "The format of the value at {place} is invalid. Provide a json object for the field and try again."
    ))
}

/// 1 to 64 letters, digits, `_`, `-`, and these.
fn check_name(name: &Member, also: &str) -> Result<(), Refused> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || also.contains(c);
    if name.text(1..=64)?.chars().all(is_plain) {
        return Ok(());
    }
    Err(name.refuse(&format!("Member must satisfy regular expression pattern: [a-zA-Z0-9_{also}-]+")))
}
