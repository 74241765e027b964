//! The tools of a request: the client's own pass through, those that run on Anthropic's servers do not exist on Bedrock.

use crate::gateway::json::Value;
use crate::gateway::left_out::LeftOut;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::array;

/// How the types of tools begin that run on Anthropic's servers.
const ON_SERVERS: [&str; 5] = ["web_search_", "web_fetch_", "code_execution_", "advisor_", "mcp_toolset"];

/// The tools as they go out: as they came, or without those that are left out; `None` where none is left.
pub(super) fn tools(tools: Value<'_>, left_out: &mut LeftOut) -> Result<Option<String>, Refusal> {
    // To look costs less than to read, and almost nobody has them.
    if !ON_SERVERS.iter().any(|kind| tools.text().contains(kind)) {
        return Ok(Some(tools.text().to_owned()));
    }
    let mut count = 0;
    let mut kept = Vec::new();
    for tool in tools.elements()? {
        count += 1;
        let kind = tool.object()?.get("type").map(Value::string).transpose()?.unwrap_or_default();
        if ON_SERVERS.iter().any(|server| kind.starts_with(server)) {
            refuse(tool, &kind, left_out)?;
        } else {
            kept.push(tool);
        }
    }
    Ok(match kept.len() {
        0 => None,
        all if all == count => Some(tools.text().to_owned()),
        _ => Some(array(kept.into_iter().map(Value::text))),
    })
}

fn refuse(tool: Value<'_>, kind: &str, left_out: &mut LeftOut) -> Result<(), Refusal> {
    let problem = format!("is a {kind} tool, which runs on Anthropic's servers and not on Bedrock");
    left_out.param(&tool.path(), &problem)
}
