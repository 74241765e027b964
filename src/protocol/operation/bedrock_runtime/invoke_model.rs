//! InvokeModel: a body in the model's own shape, and an answer in the same.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html>

use super::invocation_options::InvocationOptions;
use crate::protocol::content::NativeAnswer;
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::{HeaderMap, Method};

/// The longest body that InvokeModel takes, in bytes: 25,000,000.
pub const MAX_BODY_BYTES: usize = 25_000_000;

/// Invokes a model with a body in its own shape.
#[derive(Clone, Debug)]
pub struct InvokeModel {
    model_id: ModelId,
    body: Document,
    options: InvocationOptions,
}

impl InvokeModel {
    /// `body` goes out byte for byte; it is only checked to be a JSON object of at most 25,000,000 bytes.
    pub fn new(model_id: ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Ok(Self { model_id, body: native_body("body", body)?, options: InvocationOptions::default() })
    }

    /// Guardrail, trace, latency, service tier, metadata.
    #[must_use]
    pub fn options(mut self, options: InvocationOptions) -> Self {
        self.options = options;
        self
    }

    /// The model.
    pub fn model_id(&self) -> &ModelId {
        &self.model_id
    }
}

/// A body in the model's own shape: a JSON object of at most 25,000,000 bytes.
pub(super) fn native_body(field: &str, body: impl Into<Document>) -> Result<Document, InvalidInput> {
    let body = Document::object(field, body)?;
    if body.bytes().len() > MAX_BODY_BYTES {
        return Err(InvalidInput::new(
            field,
            format!("is longer than {MAX_BODY_BYTES} bytes, the most that InvokeModel takes"),
        ));
    }
    Ok(body)
}

impl Operation for InvokeModel {
    type Output = InvokeModelOutput;

    fn name(&self) -> &'static str {
        "InvokeModel"
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
        let (path, body) = (self.model_id.path_to("invoke"), self.body.bytes().clone());
        let mut request = request_to(endpoint, Method::POST, path, &headers, body)?;
        self.options.add_to(request.headers_mut(), "accept")?;
        Ok(request)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<InvokeModelOutput, Undecodable> {
        let (parts, body) = response.into_parts();
        Ok(InvokeModelOutput { headers: parts.headers, body: Document::new(body) })
    }
}

/// What the model answered.
#[derive(Clone, Debug)]
pub struct InvokeModelOutput {
    headers: HeaderMap,
    body: Document,
}

impl InvokeModelOutput {
    /// The body, as it came.
    pub fn body(&self) -> &Document {
        &self.body
    }

    /// Text, tool uses, usage and stop reason, as far as the body's shape is known.
    pub fn answer(&self) -> NativeAnswer {
        NativeAnswer::read(&self.body)
    }

    /// `Content-Type` of the body.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(http::header::CONTENT_TYPE)?.to_str().ok()
    }

    /// Tokens of the prompt, where the service counted them: `x-amzn-bedrock-input-token-count`.
    pub fn input_token_count(&self) -> Option<u64> {
        self.number("x-amzn-bedrock-input-token-count")
    }

    /// Tokens of the answer, where the service counted them: `x-amzn-bedrock-output-token-count`.
    pub fn output_token_count(&self) -> Option<u64> {
        self.number("x-amzn-bedrock-output-token-count")
    }

    /// Tokens of the prompt that were read from the cache: `x-amzn-bedrock-cache-read-input-token-count`.
    pub fn cache_read_input_token_count(&self) -> Option<u64> {
        self.number("x-amzn-bedrock-cache-read-input-token-count")
    }

    /// Tokens of the prompt that were written to the cache: `x-amzn-bedrock-cache-write-input-token-count`.
    pub fn cache_write_input_token_count(&self) -> Option<u64> {
        self.number("x-amzn-bedrock-cache-write-input-token-count")
    }

    /// The latency that the model was run with: `x-amzn-bedrock-performanceconfig-latency`.
    pub fn performance_latency(&self) -> Option<&str> {
        self.headers.get("x-amzn-bedrock-performanceconfig-latency")?.to_str().ok()
    }

    /// The service tier that answered: `x-amzn-bedrock-service-tier`.
    pub fn service_tier(&self) -> Option<&str> {
        self.headers.get("x-amzn-bedrock-service-tier")?.to_str().ok()
    }

    /// How long the model took, in milliseconds: `x-amzn-bedrock-invocation-latency`.
    pub fn invocation_latency_ms(&self) -> Option<u64> {
        self.number("x-amzn-bedrock-invocation-latency")
    }

    fn number(&self, header: &str) -> Option<u64> {
        self.headers.get(header)?.to_str().ok()?.parse().ok()
    }
}
