//! DeleteObject: removes an object. One that is not there counts as removed.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Removes an object; in a bucket with versions, it is only hidden.
#[derive(Clone, Debug)]
pub struct DeleteObject {
    uri: S3Uri,
    region: Option<String>,
}

impl DeleteObject {
    /// Removes this one.
    pub fn new(uri: S3Uri) -> Self {
        Self { uri, region: None }
    }

    /// Removes it in this region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }
}

impl Operation for DeleteObject {
    type Output = ();

    fn name(&self) -> &'static str {
        "DeleteObject"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        with_headers(Method::DELETE, self.uri.object_url(endpoint)?, &[], Bytes::new())
    }

    fn decode(&self, _response: http::Response<Bytes>) -> Result<(), Undecodable> {
        Ok(())
    }
}
