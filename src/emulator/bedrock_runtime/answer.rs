//! What a model says, as the bytes of an operation's answer.

use super::inference_operation::InferenceOperation;
use super::native;
use super::reply::{Event, Reply};
use crate::emulator::refused::Refused;
use crate::protocol::eventstream::{self, EncodeError, encode};
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::Value;

impl Reply {
    /// The answer of an operation.
    pub(super) fn answer(
        &self,
        operation: InferenceOperation,
        model: &ModelId,
    ) -> Result<Response<Bytes>, Refused> {
        match operation {
            InferenceOperation::Converse => Ok(document(&self.converse())),
            InferenceOperation::InvokeModel => {
                let mut answer = document(&native::answer(self, model));
                count(&mut answer, self.input_tokens, Some(self.output_tokens));
                Ok(answer)
            }
            InferenceOperation::ConverseStream => stream(self.converse_events(), operation),
            InferenceOperation::InvokeModelWithResponseStream => {
                stream(native::chunks(self, model), operation)
            }
        }
    }
}

pub(super) fn document(value: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(value.to_string()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// The headers by which clients count what an InvokeModel has used.
pub(super) fn count(answer: &mut Response<Bytes>, input_tokens: usize, output_tokens: Option<usize>) {
    let counts = [
        ("x-amzn-bedrock-input-token-count", Some(input_tokens)),
        ("x-amzn-bedrock-output-token-count", output_tokens),
        ("x-amzn-bedrock-invocation-latency", Some(1)),
    ];
    for (name, number) in counts.into_iter().filter_map(|(name, number)| Some((name, number?))) {
        answer.headers_mut().insert(name, HeaderValue::from(number));
    }
}

fn stream(events: Vec<Event>, operation: InferenceOperation) -> Result<Response<Bytes>, Refused> {
    let mut frames = Vec::new();
    for (name, payload) in events {
        frames.extend_from_slice(&frame(name, &payload).map_err(|e| {
            Refused::service(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerException", e.to_string())
        })?);
    }
    let mut answer = Response::new(Bytes::from(frames));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(eventstream::CONTENT_TYPE));
    if operation == InferenceOperation::InvokeModelWithResponseStream {
        let content_type = HeaderValue::from_static("application/json");
        answer.headers_mut().insert("x-amzn-bedrock-content-type", content_type);
    }
    Ok(answer)
}

pub(super) fn frame(event_type: &str, payload: &Value) -> Result<Bytes, EncodeError> {
    let headers: [(&str, eventstream::HeaderValue<'_>); 3] = [
        (":event-type", event_type.into()),
        (":content-type", "application/json".into()),
        (":message-type", "event".into()),
    ];
    encode(headers, payload.to_string().as_bytes())
}
