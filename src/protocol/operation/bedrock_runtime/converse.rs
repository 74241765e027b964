//! Converse: one form of conversation for every model.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use crate::protocol::content::{ConverseBody, ConverseOutput};
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// Asks a model, and waits for its whole answer.
#[derive(Clone, Debug)]
pub struct Converse {
    model_id: ModelId,
    body: Document,
}

impl Converse {
    /// `body` goes out byte for byte; it is only checked to be a JSON object.
    pub fn new(model_id: ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Ok(Self { model_id, body: Document::object("body", body)? })
    }

    /// A body that is put together and checked here.
    pub fn typed(model_id: ModelId, body: &ConverseBody) -> Result<Self, InvalidInput> {
        Ok(Self { body: body.document(&model_id)?, model_id })
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

impl Operation for Converse {
    type Output = ConverseOutput;

    fn name(&self) -> &'static str {
        "Converse"
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

    fn decodes_headers(&self) -> bool {
        false
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let headers = [("content-type", "application/json")];
        let path = self.model_id.path_to("converse");
        request_to(endpoint, Method::POST, path, &headers, self.body.bytes().clone())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<ConverseOutput, Undecodable> {
        ConverseOutput::read(Document::new(response.into_body()))
            .map_err(|e| Undecodable::new(self.name(), e))
    }
}
