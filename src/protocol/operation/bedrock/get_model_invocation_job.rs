//! GetModelInvocationJob: how far a job of batch inference is.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html>

use super::model_invocation_job::{ModelInvocationJob, ModelInvocationJobArn};
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::path_segment;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// Asks about one job, in the region that its ARN names.
#[derive(Clone, Debug)]
pub struct GetModelInvocationJob {
    job_arn: ModelInvocationJobArn,
}

impl GetModelInvocationJob {
    /// Asks about this one.
    pub fn new(job_arn: ModelInvocationJobArn) -> Self {
        Self { job_arn }
    }
}

impl Operation for GetModelInvocationJob {
    type Output = ModelInvocationJob;

    fn name(&self) -> &'static str {
        "GetModelInvocationJob"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn region(&self) -> Option<&str> {
        Some(self.job_arn.region())
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let arn = path_segment("jobIdentifier", self.job_arn.as_str())?;
        request_to(endpoint, Method::GET, format!("/model-invocation-job/{arn}"), &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<ModelInvocationJob, Undecodable> {
        ModelInvocationJob::read(self.name(), Document::new(response.into_body()))
    }
}
