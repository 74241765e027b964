//! PutObject: writes a small object, whole.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Writes an object, over one that is there. At most 5 GB; its bytes are in memory.
#[derive(Clone, Debug)]
pub struct PutObject {
    uri: S3Uri,
    region: Option<String>,
    content_type: String,
    body: Bytes,
}

impl PutObject {
    /// Writes these bytes.
    pub fn new(uri: S3Uri, content_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { uri, region: None, content_type: content_type.into(), body: body.into() }
    }

    /// Writes in this region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }
}

impl Operation for PutObject {
    type Output = ();

    fn name(&self) -> &'static str {
        "PutObject"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let headers = [("content-type", self.content_type.as_str())];
        with_headers(Method::PUT, self.uri.object_url(endpoint)?, &headers, self.body.clone())
    }

    fn decode(&self, _response: http::Response<Bytes>) -> Result<(), Undecodable> {
        Ok(())
    }
}
