//! Parameters of one value.

use super::reading::Reading;
use crate::gateway::chat::Sampling;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::ServiceTier;
use bytes::Bytes;
use serde_json::Number;

/// Each choice is a call of its own, and paid as such.
const MAX_CHOICES: u64 = 8;
/// What Bedrock takes.
const MAX_STOP_SEQUENCES: usize = 2500;

/// The former name of the two gives way.
pub(in crate::gateway::openai) fn name_of_max_tokens(root: &Object<'_>) -> &'static str {
    if root.get("max_completion_tokens").is_some() { "max_completion_tokens" } else { "max_tokens" }
}

pub(in crate::gateway::openai) fn max_tokens(root: &Object<'_>) -> Result<Option<u64>, Refusal> {
    let Some(value) = root.get(name_of_max_tokens(root)) else { return Ok(None) };
    match value.unsigned()? {
        0 => Err(value.refuse("must be at least 1")),
        tokens => Ok(Some(tokens)),
    }
}

/// How the answer is drawn.
pub(in crate::gateway::openai) fn sampling(
    root: &Object<'_>,
    reading: &mut Reading<'_>,
) -> Result<Sampling, Refusal> {
    Ok(Sampling {
        temperature: temperature(root, reading)?,
        top_p: root.get("top_p").map(|value| value.number(0.0, 1.0)).transpose()?,
        top_k: top_k(root)?,
    })
}

/// OpenAI's range is 0 to 2, Bedrock's 0 to 1. Above 1 stands what is as near as can be, and the client is told: scaled,
/// every value of it would mean something else than on Bedrock.
fn temperature(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<Option<Number>, Refusal> {
    let Some(value) = root.get("temperature") else { return Ok(None) };
    let temperature = value.number(0.0, 2.0)?;
    if temperature.as_f64().is_some_and(|value| value > 1.0) {
        reading.dropped.in_any_case("temperature");
        return Ok(Some(Number::from(1)));
    }
    Ok(Some(temperature))
}

/// Other servers write 0 or -1 for no limit.
fn top_k(root: &Object<'_>) -> Result<Option<Number>, Refusal> {
    let Some(value) = root.get("top_k").filter(|value| !matches!(value.text(), "0" | "-1")) else {
        return Ok(None);
    };
    value.unsigned().map(|top_k| Some(Number::from(top_k)))
}

/// Claude refuses sequences of white space, so they are left out; but who relies on one is told.
pub(in crate::gateway::openai) fn stop(
    root: &Object<'_>,
    reading: &mut Reading<'_>,
) -> Result<Vec<String>, Refusal> {
    let Some(value) = root.get("stop") else { return Ok(Vec::new()) };
    if value.is_string() {
        return Ok(add_stop(Vec::new(), &value.string()?, reading));
    }
    let mut stop = Vec::new();
    for element in value.elements().map_err(|_| value.refuse("must be a string or an array of strings"))? {
        stop = add_stop(stop, &element.string()?, reading);
    }
    if stop.len() > MAX_STOP_SEQUENCES {
        return Err(value.refuse(&format!("has {} sequences; give at most {MAX_STOP_SEQUENCES}", stop.len())));
    }
    Ok(stop)
}

fn add_stop(mut stop: Vec<String>, sequence: &str, reading: &mut Reading<'_>) -> Vec<String> {
    if !sequence.trim().is_empty() {
        stop.push(sequence.to_owned());
    } else if !sequence.is_empty() {
        reading.dropped.in_any_case("stop");
    }
    stop
}

/// `auto` is what Bedrock does where nothing is said.
pub(in crate::gateway::openai) fn service_tier(root: &Object<'_>) -> Result<Option<ServiceTier>, Refusal> {
    let Some(value) = root.get("service_tier") else { return Ok(None) };
    let tier = value.string()?;
    if tier == "auto" {
        return Ok(None);
    }
    let known = tier.parse().ok();
    known.map(Some).ok_or_else(|| value.refuse("is none of auto, default, flex, priority and reserved"))
}

/// What only one model has, by Bedrock's own name for it.
pub(in crate::gateway::openai) fn additional(root: &Object<'_>) -> Result<Vec<(String, Bytes)>, Refusal> {
    let Some(value) = root.get("additionalModelRequestFields") else { return Ok(Vec::new()) };
    let fields = value.object()?;
    Ok(fields.members().map(|(name, value)| (name.to_owned(), value.bytes())).collect())
}

pub(in crate::gateway::openai) fn n(root: &Object<'_>) -> Result<usize, Refusal> {
    let Some(value) = root.get("n") else { return Ok(1) };
    match value.unsigned() {
        Ok(n @ 1..=MAX_CHOICES) => Ok(usize::try_from(n).unwrap_or(1)),
        _ => {
            Err(value
                .refuse(&format!("must be a whole number from 1 to {MAX_CHOICES}: each choice is a call")))
        }
    }
}

pub(in crate::gateway::openai) fn stream(root: &Object<'_>) -> Result<bool, Refusal> {
    root.get("stream").map_or(Ok(false), Value::boolean)
}

pub(in crate::gateway::openai) fn include_usage(root: &Object<'_>) -> Result<bool, Refusal> {
    let Some(options) = root.get("stream_options") else { return Ok(false) };
    let options = options.object()?;
    options.get("include_usage").map_or(Ok(false), Value::boolean)
}
