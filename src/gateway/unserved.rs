//! Paths that are not served: those of other APIs, and those that a wrong base URL leads to.

use super::refusal::{Refusal, RefusalKind};
use http::Method;

const USE_CHAT: &str = "use /v1/chat/completions";
const SEND_AGAIN: &str =
    "nothing is kept here: send all items of a chat to POST /v1/responses, with store: false";
const USE_BATCH: &str = "make batches with `bedwire batch`";
const ONLY_PROXIED: &str = "Bedrock's own /model/{id}/invoke takes such models";
const GIVE_THEM: &str = "give what is in them in the messages, as base64";

/// What begins so, what it is, and what there is instead.
const OTHER_APIS: [(&str, &str, &str); 20] = [
    ("/v1/responses/compact", "the packing of a long chat", "send a summary of it to /v1/responses"),
    ("/v1/responses", "a response that was kept", SEND_AGAIN),
    ("/v1/conversations", "OpenAI's Conversations API", SEND_AGAIN),
    ("/v1/assistants", "OpenAI's Assistants API", USE_CHAT),
    ("/v1/threads", "OpenAI's Assistants API", USE_CHAT),
    ("/v1/realtime", "OpenAI's Realtime API", USE_CHAT),
    ("/v1/completions", "OpenAI's API of completions without a chat", USE_CHAT),
    ("/v1/complete", "Anthropic's API of completions without messages", "use /v1/messages"),
    ("/v1/messages/batches", "Anthropic's API of batches", USE_BATCH),
    ("/v1/batches", "OpenAI's API of batches", USE_BATCH),
    ("/v1/files", "an API of files", GIVE_THEM),
    ("/v1/uploads", "OpenAI's API of uploads", GIVE_THEM),
    ("/v1/vector_stores", "OpenAI's API of vector stores", "make vectors with /v1/embeddings"),
    ("/v1/images", "OpenAI's API of images", ONLY_PROXIED),
    ("/v1/audio", "OpenAI's API of speech", ONLY_PROXIED),
    ("/v1/moderations", "OpenAI's moderation", "Bedrock has guardrails: `bedwire guardrail`"),
    ("/v1/fine_tuning", "OpenAI's API of fine-tuning", "Bedrock has its own"),
    ("/v1/evals", "OpenAI's API of evaluations", "Bedrock has its own"),
    ("/v1/skills", "an API of skills", GIVE_THEM),
    ("/v1/organizations", "an API of organizations", "there are keys in the file of `bedwire serve`"),
];

/// How paths end that are served, or would be under another base URL.
const ENDINGS: [&str; 9] = [
    "/chat/completions",
    "/completions",
    "/embeddings",
    "/messages",
    "/messages/count_tokens",
    "/models",
    "/responses",
    "/responses/input_tokens",
    "/videos",
];

/// Why there is nothing at a path, and what to do.
pub(super) fn unserved(method: &Method, path: &str) -> Refusal {
    let is_below =
        |begin: &str| path.strip_prefix(begin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let why = if let Some((_, what, instead)) = OTHER_APIS.iter().find(|(begin, _, _)| is_below(begin)) {
        format!("{what} is not served here; {instead}")
    } else if path.contains("//") || ENDINGS.iter().any(|ending| path.ends_with(ending)) {
        "the base URL of this gateway ends in /v1 for clients of OpenAI's API, and has no path for those of Anthropic's \
         and of Bedrock's"
            .to_owned()
    } else {
        "there are /v1/chat/completions, /v1/responses, /v1/embeddings, /v1/models, /v1/videos, /v1/messages, and Bedrock's own paths \
         below /model/ and /async-invoke"
            .to_owned()
    };
    let message = format!("there is nothing at {method} {path}; {why}");
    Refusal::new(RefusalKind::NotFound, message).code("unknown_url")
}
