//! AbortMultipartUpload: gives an upload up.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Gives an upload up, with the parts that are there.
#[derive(Clone, Debug)]
pub struct AbortMultipartUpload {
    uri: S3Uri,
    upload_id: String,
}

impl AbortMultipartUpload {
    /// Gives this one up.
    pub fn new(uri: S3Uri, upload_id: impl Into<String>) -> Self {
        Self { uri, upload_id: upload_id.into() }
    }
}

impl Operation for AbortMultipartUpload {
    type Output = ();

    fn name(&self) -> &'static str {
        "AbortMultipartUpload"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let url = self.uri.object_url_with(endpoint, &S3Uri::upload_query(&self.upload_id))?;
        with_headers(Method::DELETE, url, &[], Bytes::new())
    }

    fn decode(&self, _response: http::Response<Bytes>) -> Result<(), Undecodable> {
        Ok(())
    }
}
