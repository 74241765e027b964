//! Betas: a header of Anthropic's API, a member of the body on Bedrock.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html>

use super::tools::TOOL_SEARCH as SEARCHES;
use crate::error::Error;
use crate::gateway::dropped::Dropped;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use http::{HeaderMap, HeaderName};

const HEADER: HeaderName = HeaderName::from_static("anthropic-beta");
/// The header as a refusal names it.
const FIELD: &str = "anthropic-beta";
/// More than any client has: each is compared with all others.
const MOST: usize = 100;

/// What says only who asks; Bedrock knows it by the signature.
const OF_THE_CLIENT: [&str; 2] = ["claude-code-", "oauth-"];

/// What was a beta once and needs no name any more. Clients still send the names (the official one
/// `token-counting-2024-11-01` with every count), and Bedrock refuses them: "invalid beta flag".
/// <https://github.com/anthropics/claude-code/issues/56595>
const NONE_ANY_MORE: [&str; 5] =
    ["extended-cache-ttl-", "pdfs-", "prompt-caching-20", "structured-outputs-", "token-counting-"];

/// What Anthropic's own platform does sooner, for less, or beside the model. Bedrock refuses them, and a name alone
/// asks for nothing: who uses what it stands for says so with a tool or a member, which is refused by its own name, or a
/// message, which needs no beta there. Coding agents send them unasked. (Bedrock has the efficient tools of 2025, not
/// those of 2026.)
///
/// - <https://github.com/router-for-me/CLIProxyAPI/issues/4750>
/// - <https://github.com/BerriAI/litellm/pull/19877>
const AS_GOOD_WITHOUT: [&str; 18] = [
    "advanced-tool-use-",
    "advisor-tool-",
    "afk-mode-",
    "code-execution-",
    "fast-mode-",
    "files-api-",
    "mcp-client-",
    "mcp-servers-",
    "message-batches-",
    "message-threads-",
    "mid-conversation-system-",
    "prompt-caching-scope-",
    "redact-thinking-",
    "skills-",
    "thinking-token-count-",
    "token-efficient-tools-2026",
    "web-fetch-",
    "web-search-",
];

/// What AWS documents, beside the page above:
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-tool-use.html>,
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-compaction.html>.
const OF_BEDROCK: [&str; 12] = [
    COMPACTION,
    "computer-use-",
    "context-1m-",
    CONTEXT_MANAGEMENT,
    "dev-full-thinking-",
    "effort-",
    "fine-grained-tool-streaming-",
    "interleaved-thinking-",
    "output-128k-",
    "token-efficient-tools-2025",
    TOOL_EXAMPLES,
    TOOL_SEARCH,
];

/// What `context_management` needs: each kind of edits has a beta.
const COMPACTION: &str = "compact-";
const COMPACTION_BETA: &str = "compact-2026-01-12";
const CONTEXT_MANAGEMENT: &str = "context-management-";
const CONTEXT_MANAGEMENT_BETA: &str = "context-management-2025-06-27";

/// Bedrock has two parts of `advanced-tool-use-`, each by a name of its own.
const TOOL_SEARCH: &str = "tool-search-tool-";
const TOOL_SEARCH_BETA: &str = "tool-search-tool-2025-10-19";
const TOOL_EXAMPLES: &str = "tool-examples-";
const TOOL_EXAMPLES_BETA: &str = "tool-examples-2025-10-29";
const ADVANCED_TOOL_USE: &str = "advanced-tool-use-";

/// The betas of the body and of the header, each once. Which of the rest a model takes, Bedrock knows.
pub(super) fn betas(
    body: &Object<'_>,
    headers: &HeaderMap,
    dropped: &mut Dropped,
) -> Result<Vec<String>, Refusal> {
    let mut given = Vec::new();
    if let Some(member) = body.get("anthropic_beta") {
        for beta in member.elements()? {
            given.push(beta.string()?.into_owned());
        }
    }
    for value in headers.get_all(HEADER) {
        let value = value.to_str().map_err(|_| Refusal::field(FIELD, "must be plain ASCII"))?;
        given.extend(value.split(',').map(|beta| beta.trim().to_owned()).filter(|beta| !beta.is_empty()));
    }
    if given.len() > MOST {
        return Err(Refusal::field(FIELD, &format!("has {} names; give at most {MOST}", given.len())));
    }
    let is_advanced = given.iter().any(|beta| beta.starts_with(ADVANCED_TOOL_USE));
    let needed = needed_by_tools(body, is_advanced)?;
    let mut betas: Vec<String> = Vec::with_capacity(given.len());
    for beta in given {
        if is_one_of(&beta, &AS_GOOD_WITHOUT) {
            // What is sent by another name is not left out.
            if !beta.starts_with(ADVANCED_TOOL_USE) || needed.is_empty() {
                dropped.in_any_case(FIELD);
            }
        } else if !is_one_of(&beta, &OF_THE_CLIENT)
            && !is_one_of(&beta, &NONE_ANY_MORE)
            && !betas.contains(&beta)
        {
            betas.push(beta);
        }
    }
    for (kind, name) in needed {
        if !betas.iter().any(|beta| beta.starts_with(kind)) {
            betas.push(name.to_owned());
        }
    }
    Ok(betas)
}

/// Those of these that Bedrock documents.
pub(super) fn documented(betas: &[String]) -> Vec<String> {
    betas.iter().filter(|beta| is_one_of(beta, &OF_BEDROCK)).cloned().collect()
}

/// What is left to ask with where Bedrock refuses a beta, and does not say which: those that it documents, and then
/// none, since not every Claude takes all of these. `None` where none is left to be taken away.
pub(super) fn fewer(betas: &[String], dropped: &mut Dropped) -> Option<Vec<String>> {
    if betas.is_empty() {
        return None;
    }
    dropped.in_any_case(FIELD);
    let documented = documented(betas);
    Some(if documented.len() < betas.len() { documented } else { Vec::new() })
}

/// Whether that is why Bedrock refuses a request.
pub(in crate::gateway::anthropic) fn betas_are_refused(error: &Error) -> bool {
    error.status() == Some(400) && error.message().to_ascii_lowercase().contains("invalid beta flag")
}

/// The beta that `context_management` needs and that is not among these.
pub(super) fn missing_for_edits(management: Value<'_>, betas: &[String]) -> Option<&'static str> {
    let is_there = |kind: &str| betas.iter().any(|beta| beta.starts_with(kind));
    let edits = management.object().ok().and_then(|management| management.get("edits"));
    let needed = edits.and_then(|edits| edits.elements().ok()).into_iter().flatten().map(|edit| {
        let kind = edit.object().and_then(|edit| edit.text("type")).unwrap_or_default();
        if kind.starts_with("compact_") {
            (COMPACTION, COMPACTION_BETA)
        } else {
            (CONTEXT_MANAGEMENT, CONTEXT_MANAGEMENT_BETA)
        }
    });
    let needed: Vec<(&str, &str)> = needed.collect();
    // What edits nothing is known to Bedrock by either.
    if needed.is_empty() && !is_there(COMPACTION) && !is_there(CONTEXT_MANAGEMENT) {
        return Some(CONTEXT_MANAGEMENT_BETA);
    }
    needed.into_iter().find(|(kind, _)| !is_there(kind)).map(|(_, beta)| beta)
}

/// Whether tools can be looked up.
pub(super) fn has_tool_search(betas: &[String]) -> bool {
    betas.iter().any(|beta| beta.starts_with(TOOL_SEARCH))
}

/// Whether tools can have examples.
pub(super) fn has_tool_examples(betas: &[String]) -> bool {
    betas.iter().any(|beta| beta.starts_with(TOOL_EXAMPLES))
}

/// The betas, each with what its names begin with, that these tools need on Bedrock. On Anthropic's platform what looks
/// tools up needs none, and what is only looked up or has examples needs another.
fn needed_by_tools(
    body: &Object<'_>,
    is_advanced: bool,
) -> Result<Vec<(&'static str, &'static str)>, Refusal> {
    let Some(tools) = body.get("tools") else { return Ok(Vec::new()) };
    if !tools.text().contains(SEARCHES) && !is_advanced {
        return Ok(Vec::new());
    }
    let (mut searches, mut has_examples) = (false, false);
    for tool in tools.elements()? {
        let tool = tool.object()?;
        let is_deferred = tool.get("defer_loading").is_some_and(|defer| defer.text() == "true");
        searches |= is_tool_search(&tool) || is_advanced && is_deferred;
        has_examples |= is_advanced && tool.get("input_examples").is_some();
    }
    let search = searches.then_some((TOOL_SEARCH, TOOL_SEARCH_BETA));
    let examples = has_examples.then_some((TOOL_EXAMPLES, TOOL_EXAMPLES_BETA));
    Ok(search.into_iter().chain(examples).collect())
}

/// Whether a tool looks others up.
fn is_tool_search(tool: &Object<'_>) -> bool {
    tool.text("type").is_ok_and(|kind| kind.starts_with(SEARCHES))
}

fn is_one_of(beta: &str, kinds: &[&str]) -> bool {
    kinds.iter().any(|kind| beta.starts_with(kind))
}
