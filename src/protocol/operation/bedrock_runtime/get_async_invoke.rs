//! GetAsyncInvoke: how far an async invocation is.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GetAsyncInvoke.html>

use super::async_invoke::{AsyncInvoke, InvocationArn};
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::path_segment;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// Asks about one async invocation, in the region that its ARN names.
#[derive(Clone, Debug)]
pub struct GetAsyncInvoke {
    invocation_arn: InvocationArn,
}

impl GetAsyncInvoke {
    /// Asks about this one.
    pub fn new(invocation_arn: InvocationArn) -> Self {
        Self { invocation_arn }
    }
}

impl Operation for GetAsyncInvoke {
    type Output = AsyncInvoke;

    fn name(&self) -> &'static str {
        "GetAsyncInvoke"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn region(&self) -> Option<&str> {
        Some(self.invocation_arn.region())
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let path = format!("/async-invoke/{}", path_segment("invocationArn", self.invocation_arn.as_str())?);
        request_to(endpoint, Method::GET, &path, &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<AsyncInvoke, Undecodable> {
        let job = AsyncInvoke::read(self.name(), Document::new(response.into_body()))?;
        // Without a status, waiting for the end would never end.
        if job.status().as_str().is_empty() {
            return Err(Undecodable::new(self.name(), "it has no status"));
        }
        Ok(job)
    }
}
