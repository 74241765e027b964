//! What Converse says again of the settings that it was given: the latency, the tier, and what the guardrail found. A
//! stream says it in its last event.

use super::answer::{document, frame};
use super::guarded;
use super::inference_operation::InferenceOperation;
use crate::protocol::eventstream::Decoder;
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

const ECHOED: [&str; 2] = ["performanceConfig", "serviceTier"];

/// The answer with these members, where it does not have them already.
pub(super) fn add(operation: InferenceOperation, body: &Value, answer: Response<Bytes>) -> Response<Bytes> {
    if !operation.is_converse() || !answer.status().is_success() {
        return answer;
    }
    let told = told(body);
    if told.is_empty() {
        return answer;
    }
    if operation == InferenceOperation::ConverseStream {
        return answer.map(|frames| in_metadata(&frames, &told).unwrap_or(frames));
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(answer.body()) else { return answer };
    document(&with(members, told))
}

fn told(body: &Value) -> Map<String, Value> {
    let echoed = ECHOED.iter().filter_map(|name| Some(((*name).to_owned(), body.get(name)?.clone())));
    let mut told: Map<String, Value> = echoed.filter(|(_, value)| value.is_object()).collect();
    told.extend(guarded::trace(body).map(|trace| ("trace".to_owned(), trace)));
    told
}

fn with(mut members: Map<String, Value>, told: Map<String, Value>) -> Value {
    for (name, value) in told {
        members.entry(name).or_insert(value);
    }
    Value::Object(members)
}

/// The frames again, with these members in the event that ends them; `None` where they are no frames.
fn in_metadata(frames: &Bytes, told: &Map<String, Value>) -> Option<Bytes> {
    let mut decoder = Decoder::new();
    decoder.push(frames.clone());
    let mut all = Vec::new();
    while let Some(event) = decoder.next_frame().ok()? {
        let metadata = (event.string_header(":event-type") == Some("metadata"))
            .then(|| serde_json::from_slice::<Map<String, Value>>(event.payload()).ok())
            .flatten();
        match metadata {
            Some(members) => all.extend_from_slice(&frame("metadata", &with(members, told.clone())).ok()?),
            None => all.extend_from_slice(event.bytes()),
        }
    }
    Some(all.into())
}
