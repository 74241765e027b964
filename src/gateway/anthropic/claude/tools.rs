//! The tools of a request: the client's own pass through, those that run on Anthropic's servers do not exist on Bedrock.

use crate::gateway::dropped::Dropped;
use crate::gateway::json::Value;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::array;
use std::borrow::Cow;

/// How the types of tools begin that run on Anthropic's servers.
const ON_SERVERS: [&str; 5] = ["web_search_", "web_fetch_", "code_execution_", "advisor_", "mcp_toolset"];

/// How the types of tools begin that look others up.
pub(super) const TOOL_SEARCH: &str = "tool_search_tool_";

/// The tools as they go out.
pub(super) struct Tools<'a> {
    /// As they came, or without those that are left out; `None` where none is left.
    pub(super) json: Option<Cow<'a, str>>,
    dropped: Vec<Value<'a>>,
}

/// Those of the tools that Bedrock has; what looks tools up is among them where it may (`can_search`), and else all of
/// them are loaded at once.
pub(super) fn tools<'a>(
    tools: Value<'a>,
    can_search: bool,
    dropped: &mut Dropped,
) -> Result<Tools<'a>, Refusal> {
    let all = Cow::Borrowed(tools.text());
    // To look costs less than to read, and almost nobody has them.
    let may_have = |kind: &&str| tools.text().contains(kind);
    if !ON_SERVERS.iter().any(may_have) && (can_search || !may_have(&TOOL_SEARCH)) {
        return Ok(Tools { json: Some(all), dropped: Vec::new() });
    }
    let (mut kept, mut gone) = (Vec::new(), Vec::new());
    for tool in tools.elements()? {
        let kind = tool.object()?.get("type").map(Value::string).transpose()?.unwrap_or_default();
        if !can_search && kind.starts_with(TOOL_SEARCH) {
            dropped.in_any_case(&tool.path());
            gone.push(tool);
        } else if ON_SERVERS.iter().any(|server| kind.starts_with(server)) {
            refuse(tool, &kind, dropped)?;
            gone.push(tool);
        } else {
            kept.push(tool);
        }
    }
    let json = match (kept.is_empty(), gone.is_empty()) {
        (true, _) => None,
        (false, true) => Some(all),
        (false, false) => Some(array(kept.into_iter().map(Value::text)).into()),
    };
    Ok(Tools { json, dropped: gone })
}

impl Tools<'_> {
    /// Whether a choice names a tool that is left out. What else may be wrong with it, the service says.
    pub(super) fn are_without(&self, choice: Value<'_>) -> bool {
        let name = |object: Value<'_>| object.object().ok()?.text("name").ok();
        let Some(chosen) = name(choice).filter(|_| !self.dropped.is_empty()) else { return false };
        self.dropped.iter().any(|tool| name(*tool).as_ref() == Some(&chosen))
    }
}

fn refuse(tool: Value<'_>, kind: &str, dropped: &mut Dropped) -> Result<(), Refusal> {
    let problem = format!("is a {kind} tool, which runs on Anthropic's servers and not on Bedrock");
    dropped.param(&tool.path(), &problem)
}
