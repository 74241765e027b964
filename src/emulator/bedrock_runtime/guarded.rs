//! A model with a guardrail: what it finds in what the model is asked. Where a conversation marks what is to be
//! guarded, only that is; else every text is.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-input-tagging-base-inference.html>

use super::answer::document;
use super::guardrails::{Assessed, BLOCKED_MESSAGE, check_guardrail};
use super::reply::{GUARDRAIL_ACTION, Reply};
use crate::emulator::refused::Refused;
use bytes::Bytes;
use http::{HeaderMap, Response};
use serde_json::{Value, json};

/// The guardrail of an InvokeModel, which its headers name.
pub(super) struct Guard {
    id: String,
    has_trace: bool,
    assessed: Assessed,
}

impl Guard {
    /// `None` where the headers name no guardrail.
    pub(super) fn read(headers: &HeaderMap, body: &Value) -> Result<Option<Self>, Refused> {
        let given = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = given("x-amzn-bedrock-guardrailidentifier");
        let version = given("x-amzn-bedrock-guardrailversion");
        if id.is_none() && version.is_none() {
            return Ok(None);
        }
        let id = id.unwrap_or_default();
        check_guardrail(id, version.unwrap_or_default())?;
        let trace = given("x-amzn-bedrock-trace").unwrap_or_default();
        let has_trace = matches!(trace, "ENABLED" | "ENABLED_FULL");
        Ok(Some(Self { id: id.to_owned(), has_trace, assessed: Assessed::of(&native_texts(body), 0) }))
    }

    /// What is said in place of the model, where the guardrail blocks what it is asked.
    pub(super) fn intervention(&self) -> Option<Reply> {
        let said = || Reply { guarded: Some(self.action()), ..Reply::text(BLOCKED_MESSAGE.to_owned()) };
        self.assessed.is_blocked.then(said)
    }

    fn action(&self) -> &'static str {
        if self.assessed.is_blocked { "INTERVENED" } else { "NONE" }
    }

    /// Says in a whole answer what the guardrail did; an answer that is no document stays as it is.
    pub(super) fn tell(&self, answer: Response<Bytes>) -> Response<Bytes> {
        let document_of = |answer: &Response<Bytes>| serde_json::from_slice(answer.body()).ok();
        let body = answer.status().is_success().then(|| document_of(&answer)).flatten();
        let Some(Value::Object(mut body)) = body else { return answer };
        body.insert(GUARDRAIL_ACTION.to_owned(), self.action().into());
        if self.has_trace {
            let name = self.id.rsplit('/').next().unwrap_or(&self.id);
            let trace = json!({ "guardrail": { "input": { name: self.assessed.assessment } } });
            body.insert("amazon-bedrock-trace".to_owned(), trace);
        }
        let (parts, _) = answer.into_parts();
        Response::from_parts(parts, document(&Value::Object(body)).into_body())
    }
}

/// Every text in a model's own body that the model is asked.
fn native_texts(body: &Value) -> Vec<&str> {
    let prompts = ["prompt", "inputText", "message"].into_iter().filter_map(|name| body[name].as_str());
    let messages = body["messages"].as_array().into_iter().flatten().map(|message| &message["content"]);
    let of_message = |content| {
        let texts = blocks(content).filter_map(|block: &Value| block["text"].as_str());
        content.as_str().into_iter().chain(texts)
    };
    prompts.chain(messages.flat_map(of_message)).collect()
}

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
