//! GetFoundationModelAvailability: whether this account may use a model in this region, and what is missing.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html>

use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::{ModelId, path_segment};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value};

/// Asks whether a model can be used.
#[derive(Clone, Debug)]
pub struct GetFoundationModelAvailability {
    model_id: ModelId,
}

impl GetFoundationModelAvailability {
    /// `model_id` is a base id.
    pub fn new(model_id: ModelId) -> Self {
        Self { model_id }
    }
}

impl Operation for GetFoundationModelAvailability {
    type Output = FoundationModelAvailability;

    fn name(&self) -> &'static str {
        "GetFoundationModelAvailability"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let id = path_segment("modelId", self.model_id.as_str())?;
        let path = format!("/foundation-model-availability/{id}");
        request_to(endpoint, Method::GET, &path, &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<FoundationModelAvailability, Undecodable> {
        let document = Document::new(response.into_body());
        match document.json() {
            Ok(Value::Object(fields)) => Ok(FoundationModelAvailability { document, fields }),
            _ => Err(Undecodable::new(self.name(), "it is no JSON object")),
        }
    }
}

/// What stands between an account and a model. Words of the service stay words.
#[derive(Clone, Debug)]
pub struct FoundationModelAvailability {
    document: Document,
    fields: Map<String, Value>,
}

impl FoundationModelAvailability {
    /// Whether the account has agreed to the model's terms: `AVAILABLE`, `PENDING`, `NOT_AVAILABLE`, `ERROR`.
    pub fn agreement_status(&self) -> Option<&str> {
        self.fields.get("agreementAvailability")?.get("status")?.as_str()
    }

    /// Why the agreement is in error.
    pub fn agreement_error_message(&self) -> Option<&str> {
        self.fields.get("agreementAvailability")?.get("errorMessage")?.as_str()
    }

    /// Whether the caller may use it: `AUTHORIZED`, `NOT_AUTHORIZED`.
    pub fn authorization_status(&self) -> Option<&str> {
        self.fields.get("authorizationStatus")?.as_str()
    }

    /// Whether the account is entitled to it: `AVAILABLE`, `NOT_AVAILABLE`.
    pub fn entitlement_availability(&self) -> Option<&str> {
        self.fields.get("entitlementAvailability")?.as_str()
    }

    /// Whether the region has it: `AVAILABLE`, `NOT_AVAILABLE`.
    pub fn region_availability(&self) -> Option<&str> {
        self.fields.get("regionAvailability")?.as_str()
    }

    /// Whether nothing stands in the way.
    pub fn is_usable(&self) -> bool {
        self.authorization_status() == Some("AUTHORIZED")
            && [self.agreement_status(), self.entitlement_availability(), self.region_availability()]
                .iter()
                .all(|status| *status == Some("AVAILABLE"))
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}
