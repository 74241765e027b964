//! CountTokens, from the service's side. It counts by a rule of thumb: four characters of text are a token, and each
//! text is at least one. A real count is within a third of that for English, and nobody should rely on more.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html>

use super::claude;
use super::converse::check_messages;
use super::member::{Member, malformed};
use super::tool_turns::check_tools;
use crate::emulator::answerable::refuse_ended;
use crate::emulator::catalog::{Catalog, UNKNOWN_MODEL};
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::{Value, json};

const CHARS_PER_TOKEN: usize = 4;

/// Claude before 3.5 is counted by nobody. <https://docs.aws.amazon.com/bedrock/latest/userguide/count-tokens.html>
const UNCOUNTED: [&str; 5] = [
    "anthropic.claude-3-haiku",
    "anthropic.claude-3-sonnet",
    "anthropic.claude-3-opus",
    "anthropic.claude-instant",
    "anthropic.claude-v",
];

/// `{"inputTokens": N}`
pub(in crate::emulator) fn count_tokens(
    model_id: &str,
    region: &str,
    body: &[u8],
    catalog: &Catalog,
) -> Result<Value, Refused> {
    let model = checked_model(model_id, region, catalog)?;
    let body: Value =
        serde_json::from_slice(body).map_err(|e| malformed(&format!("the body is no JSON ({e})")))?;
    if !body.is_object() {
        return Err(malformed("expected type: JSONObject"));
    }
    let input = Member::request(&body).required("input")?;
    let tokens = match (input.optional("converse")?, input.optional("invokeModel")?) {
        (Some(request), None) => of_converse(&model, &request)?,
        (None, Some(request)) => of_invoke_model(&model, &request)?,
        _ => return Err(input.refuse("a CountTokensInput has exactly one member, converse or invokeModel")),
    };
    Ok(json!({ "inputTokens": tokens }))
}

/// Only base ids of newer Claude are counted; an inference profile is refused like a model that cannot be counted.
fn checked_model(model_id: &str, region: &str, catalog: &Catalog) -> Result<ModelId, Refused> {
    let unknown = || Refused::validation(UNKNOWN_MODEL);
    let model = ModelId::new(model_id).map_err(|_| unknown())?;
    let is_elsewhere = model.arn_region().is_some_and(|named| named != region);
    if is_elsewhere || !catalog.may_have(&model) {
        return Err(unknown());
    }
    refuse_ended(&model, catalog)?;
    let base_id = match model_id.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":foundation-model/").map(|(_, id)| id),
        None => Some(model_id),
    };
    let is_counted = base_id.is_some_and(|id| {
        id.starts_with("anthropic.claude-") && !UNCOUNTED.iter().any(|old| id.starts_with(old))
    });
    if is_counted {
        Ok(model)
    } else {
        Err(Refused::validation("The provided model doesn't support counting tokens."))
    }
}

fn of_converse(model: &ModelId, request: &Member) -> Result<usize, Refused> {
    if let Some(messages) = request.optional("messages")? {
        check_messages(model, &messages)?;
    }
    if let Some(config) = request.optional("toolConfig")? {
        check_tools(&config)?;
    }
    let parts = ["messages", "system", "toolConfig"];
    Ok(request
        .object()?
        .iter()
        .filter(|(name, _)| parts.contains(&name.as_str()))
        .map(|(_, v)| tokens(v))
        .sum())
}

/// The body of an InvokeModel, in base64.
fn of_invoke_model(model: &ModelId, request: &Member) -> Result<usize, Refused> {
    let body = request.required("body")?;
    let decoded = base64_simd::STANDARD
        .decode_to_vec(body.text(1..=usize::MAX)?)
        .map_err(|_| body.refuse("the body is not valid base64"))?;
    match serde_json::from_slice::<Value>(&decoded) {
        Ok(body) if body.is_object() => {
            claude::check_conversation(model, &body)?;
            Ok(tokens(&body))
        }
        _ => Err(malformed("expected type: JSONObject")),
    }
}

/// Every text in a document, names of members left out.
pub(super) fn tokens(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count().div_ceil(CHARS_PER_TOKEN).max(1),
        Value::Array(items) => items.iter().map(tokens).sum(),
        Value::Object(members) => members.values().map(tokens).sum(),
        _ => 1,
    }
}
