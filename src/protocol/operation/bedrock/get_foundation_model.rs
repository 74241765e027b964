//! GetFoundationModel: one model of a region.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModel.html>

use super::foundation_model::FoundationModel;
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::{ModelId, path_segment};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// Asks about one model, by its id or ARN.
#[derive(Clone, Debug)]
pub struct GetFoundationModel {
    model_identifier: ModelId,
}

impl GetFoundationModel {
    /// Asks about this one.
    pub fn new(model_identifier: ModelId) -> Self {
        Self { model_identifier }
    }
}

impl Operation for GetFoundationModel {
    type Output = FoundationModel;

    fn name(&self) -> &'static str {
        "GetFoundationModel"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn region(&self) -> Option<&str> {
        self.model_identifier.arn_region()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let id = path_segment("modelIdentifier", self.model_identifier.as_str())?;
        request_to(endpoint, Method::GET, format!("/foundation-models/{id}"), &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<FoundationModel, Undecodable> {
        let document = Document::new(response.into_body());
        let json = document.indexed();
        let details = json.as_ref().and_then(|json| json.root().get("modelDetails"));
        let details = details.ok_or_else(|| Undecodable::new(self.name(), "it has no modelDetails"))?;
        FoundationModel::read(self.name(), Document::new(details.text().to_owned()))
    }
}
