//! ConverseStream: Converse, answered event by event.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

use crate::protocol::content::{ConverseBody, ConverseCollector, ConverseEvent, ConverseOutput, Usage};
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::eventstream::Frame;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::stream::event_type;
use crate::protocol::operation::{
    Collector, Operation, StreamError, StreamOperation, Undecodable, collect, request_to,
};
use bytes::Bytes;
use http::Method;

/// Asks a model, and reads its answer as it is written.
#[derive(Clone, Debug)]
pub struct ConverseStream {
    model_id: ModelId,
    body: Document,
}

impl ConverseStream {
    /// `body` goes out byte for byte; it is only checked to be a JSON object.
    pub fn new(model_id: ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Ok(Self { model_id, body: Document::object("body", body)? })
    }

    /// A body that is put together and checked here.
    pub fn typed(model_id: ModelId, body: &ConverseBody) -> Result<Self, InvalidInput> {
        Ok(Self { body: body.stream_document(&model_id)?, model_id })
    }

    /// The model.
    pub fn model_id(&self) -> &ModelId {
        &self.model_id
    }

    /// What will be sent.
    pub fn body(&self) -> &Document {
        &self.body
    }
}

impl Operation for ConverseStream {
    type Output = ConverseOutput;

    fn name(&self) -> &'static str {
        "ConverseStream"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn region(&self) -> Option<&str> {
        self.model_id.arn_region()
    }

    fn model_id(&self) -> Option<&ModelId> {
        Some(&self.model_id)
    }

    fn with_model_id(&self, model_id: ModelId) -> Option<Self> {
        Some(Self { model_id, ..self.clone() })
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let headers = [("content-type", "application/json")];
        let path = self.model_id.path_to("converse-stream");
        request_to(endpoint, Method::POST, path, &headers, self.body.bytes().clone())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<ConverseOutput, Undecodable> {
        collect(self, response.into_body()).map_err(|e| Undecodable::new(self.name(), e.error.to_string()))
    }
}

impl StreamOperation for ConverseStream {
    type Event = ConverseEvent;
    type Collector = ConverseCollector;

    fn event(&self, frame: Frame) -> Result<Option<ConverseEvent>, StreamError> {
        let Some(event_type) = event_type(self.name(), &frame)? else { return Ok(None) };
        let event = ConverseEvent::read(event_type, Document::new(frame.shared_payload()));
        Ok(Some(event.map_err(|problem| Undecodable::new(self.name(), problem))?))
    }

    // Metadata follows, but a stream that lacks it has the whole answer.
    fn may_end_after(&self, event: &ConverseEvent) -> bool {
        matches!(event, ConverseEvent::MessageStop { .. })
    }

    fn last_event(&self) -> &'static str {
        "messageStop"
    }

    fn usage(&self, event: &ConverseEvent) -> Option<Usage> {
        match event {
            ConverseEvent::Metadata { usage, .. } => usage.clone(),
            _ => None,
        }
    }

    fn collector(&self) -> ConverseCollector {
        ConverseCollector::default()
    }
}

impl Collector for ConverseCollector {
    type Event = ConverseEvent;
    type Output = ConverseOutput;

    fn push(&mut self, event: &ConverseEvent) {
        self.push(event);
    }

    fn output(self) -> ConverseOutput {
        ConverseCollector::output(&self)
    }
}
