//! `--echo`: the model says what it was asked, so that the tests of a client see what the client sent. The text is a
//! JSON object, the body in it byte for byte:
//!
//! ```json
//! {"operation":"Converse","modelId":"amazon.nova-lite-v1:0","headers":{"content-type":"application/json"},"body":{…}}
//! ```

use super::compose::is_completion;
use super::inference_operation::InferenceOperation;
use super::reply::Reply;
use crate::emulator::refused::Refused;
use crate::protocol::document::ObjectWriter;
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::Value;

/// The headers that are told, beside all of `x-amzn-bedrock-`. What authorizes is never among them.
const TOLD_HEADERS: [&str; 3] = ["accept", "content-type", "user-agent"];

/// The answer of a model that says what it was asked.
pub(super) fn answer(
    operation: InferenceOperation,
    asked: &ModelId,
    (model, body): (&ModelId, &Value),
    request: &Request<Bytes>,
) -> Result<Response<Bytes>, Refused> {
    let completes = is_completion(operation, body);
    let reply = Reply { completes, ..Reply::text(told_request(operation, asked, request)) };
    reply.answer(operation, model)
}

fn told_request(operation: InferenceOperation, model: &ModelId, request: &Request<Bytes>) -> String {
    let mut object = ObjectWriter::default();
    object.string("operation", operation.name()).string("modelId", model.as_str());
    let mut headers = object.object("headers");
    for (name, value) in told(request.headers()) {
        headers.string(name, value);
    }
    drop(headers);
    object.raw("body", String::from_utf8_lossy(request.body()).trim()).finish_text()
}

fn told(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter(|(name, _)| {
            TOLD_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("x-amzn-bedrock-")
        })
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
}
