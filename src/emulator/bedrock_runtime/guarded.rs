//! Converse with a guardrail: what it finds in what the model is asked. Where a conversation marks what is to be
//! guarded, only that is; else every text is.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html>

use super::guardrails::{Assessed, BLOCKED_MESSAGE};
use super::reply::Reply;
use serde_json::{Value, json};

/// What is said in place of the model, where the guardrail of a request blocks what it asks.
pub(super) fn intervention(body: &Value) -> Option<Reply> {
    let (_, assessed) = assess(body)?;
    assessed
        .is_blocked
        .then(|| Reply { stop_reason: "guardrail_intervened", ..Reply::text(BLOCKED_MESSAGE.to_owned()) })
}

/// The `trace` of an answer, where the request asks for it.
pub(super) fn trace(body: &Value) -> Option<Value> {
    if !matches!(body["guardrailConfig"]["trace"].as_str(), Some("enabled" | "enabled_full")) {
        return None;
    }
    let (id, assessed) = assess(body)?;
    let name = id.rsplit('/').next().unwrap_or(id);
    Some(json!({ "guardrail": {
        "actionReason": assessed.reason(),
        "inputAssessment": { name: assessed.assessment },
        "modelOutput": [],
    } }))
}

/// The guardrail's id and what it finds.
fn assess(body: &Value) -> Option<(&str, Assessed)> {
    let config = &body["guardrailConfig"];
    let given = |name: &str| config[name].as_str().filter(|text| !text.is_empty());
    let (id, _version) = (given("guardrailIdentifier")?, given("guardrailVersion")?);
    let of_messages =
        || body["messages"].as_array().into_iter().flatten().flat_map(|message| blocks(&message["content"]));
    let marked: Vec<&str> = of_messages()
        .chain(blocks(&body["system"]))
        .filter_map(|block| block["guardContent"]["text"]["text"].as_str())
        .collect();
    let texts = if marked.is_empty() {
        of_messages().filter_map(|block| block["text"].as_str()).collect()
    } else {
        marked
    };
    Some((id, Assessed::of(&texts, 0)))
}

fn blocks(content: &Value) -> impl Iterator<Item = &Value> {
    content.as_array().into_iter().flatten()
}
