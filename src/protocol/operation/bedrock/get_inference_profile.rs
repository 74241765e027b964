//! GetInferenceProfile: which model stands behind a profile. An application profile's ARN does not tell by itself.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetInferenceProfile.html>

use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::inference_profile::InferenceProfile;
use crate::protocol::model::{ModelId, path_segment};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// Asks about one profile, by its id or ARN, in the region that the ARN names.
#[derive(Clone, Debug)]
pub struct GetInferenceProfile {
    inference_profile_identifier: ModelId,
}

impl GetInferenceProfile {
    /// Asks about this one.
    pub fn new(inference_profile_identifier: ModelId) -> Self {
        Self { inference_profile_identifier }
    }
}

impl Operation for GetInferenceProfile {
    type Output = InferenceProfile;

    fn name(&self) -> &'static str {
        "GetInferenceProfile"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn region(&self) -> Option<&str> {
        self.inference_profile_identifier.arn_region()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let id = path_segment("inferenceProfileIdentifier", self.inference_profile_identifier.as_str())?;
        request_to(endpoint, Method::GET, format!("/inference-profiles/{id}"), &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<InferenceProfile, Undecodable> {
        let profile = InferenceProfile::read(Document::new(response.into_body()));
        profile.map_err(|problem| Undecodable::new(self.name(), problem))
    }
}
