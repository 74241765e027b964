//! What models of some families refuse that others take, by Converse.

use super::member::Member;
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::Value;

/// Who takes no turn with text and tools in it: <https://github.com/langchain-ai/langchain-aws/pull/1118>,
/// <https://github.com/strands-agents/harness-sdk/issues/1223>.
const PART_TOOLS: [&str; 2] = ["meta.", "mistral."];

/// Refuses what this model does not take.
pub(super) fn check(model: &ModelId, body: &Value) -> Result<(), Refused> {
    let request = Member::request(body);
    let is_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| model.family().starts_with(prefix));
    if is_of(&PART_TOOLS) {
        check_parted(&request.required("messages")?)?;
    }
    Ok(())
}

fn check_parted(messages: &Member) -> Result<(), Refused> {
    for (at, message) in messages.items(0..=usize::MAX)?.iter().enumerate() {
        let content = message.value()["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (member, name) in [("toolUse", "tool use"), ("toolResult", "tool result")] {
            let of_tools = content.iter().filter(|block| block.get(member).is_some()).count();
            if of_tools != 0 && of_tools != content.len() {
                return Err(Refused::validation(format!(
                    "messages.{at}.content: Conversation blocks and {name} blocks cannot be provided in the same turn."
                )));
            }
        }
    }
    Ok(())
}
