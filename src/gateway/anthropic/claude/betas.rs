//! Betas: a header of Anthropic's API, a member of the body on Bedrock.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html>

use crate::gateway::json::Object;
use crate::gateway::left_out::LeftOut;
use crate::gateway::refusal::Refusal;
use http::{HeaderMap, HeaderName};

const HEADER: HeaderName = HeaderName::from_static("anthropic-beta");
/// The header as a refusal names it.
const FIELD: &str = "anthropic-beta";

/// What says only who asks; Bedrock knows it by the signature.
const OF_THE_CLIENT: [&str; 2] = ["claude-code-", "oauth-"];

/// What was a beta once and needs no name any more. Clients still send the names (the official one
/// `token-counting-2024-11-01` with every count), and Bedrock refuses them: "invalid beta flag".
/// <https://github.com/anthropics/claude-code/issues/56595>
const NONE_ANY_MORE: [&str; 4] = ["extended-cache-ttl-", "pdfs-", "prompt-caching-20", "token-counting-"];

/// What Anthropic's own platform does sooner or for less; the answer is the same without. Claude Code sends them unasked, and
/// Bedrock refuses them. (It has the efficient tools of 2025, not those of 2026.)
/// <https://github.com/router-for-me/CLIProxyAPI/issues/4750>
const AS_GOOD_WITHOUT: [&str; 5] = [
    "fast-mode-",
    // Who asks for a thread is refused by that name.
    "message-threads-",
    "prompt-caching-scope-",
    "redact-thinking-",
    "token-efficient-tools-2026",
];

/// What Anthropic's own platform does beside the model. Bedrock refuses it without saying which it is.
const OF_THE_PLATFORM: [&str; 10] = [
    "advanced-tool-use-",
    "advisor-tool-",
    "code-execution-",
    "files-api-",
    "mcp-client-",
    "mcp-servers-",
    "message-batches-",
    "skills-",
    "web-fetch-",
    "web-search-",
];

/// The betas of the body and of the header, each once. Which of the rest a model takes, Bedrock knows.
pub(super) fn betas(
    body: &Object<'_>,
    headers: &HeaderMap,
    left_out: &mut LeftOut,
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
    let mut betas: Vec<String> = Vec::with_capacity(given.len());
    let is_one_of = |beta: &str, kinds: &[&str]| kinds.iter().any(|kind| beta.starts_with(kind));
    for beta in given {
        if is_one_of(&beta, &OF_THE_PLATFORM) {
            let problem = format!("has {beta:?}, which Bedrock does not offer; leave it out");
            left_out.param(FIELD, &problem)?;
        } else if is_one_of(&beta, &AS_GOOD_WITHOUT) {
            left_out.in_any_case(FIELD);
        } else if !is_one_of(&beta, &OF_THE_CLIENT)
            && !is_one_of(&beta, &NONE_ANY_MORE)
            && !betas.contains(&beta)
        {
            betas.push(beta);
        }
    }
    Ok(betas)
}
