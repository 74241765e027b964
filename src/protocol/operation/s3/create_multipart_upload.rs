//! CreateMultipartUpload: begins an object that comes in parts.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers, xml};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Begins an upload. Until it is completed or aborted, S3 keeps its parts, and charges for them.
#[derive(Clone, Debug)]
pub struct CreateMultipartUpload {
    uri: S3Uri,
    content_type: String,
}

impl CreateMultipartUpload {
    /// Begins this object.
    pub fn new(uri: S3Uri, content_type: impl Into<String>) -> Self {
        Self { uri, content_type: content_type.into() }
    }
}

impl Operation for CreateMultipartUpload {
    /// `UploadId`: what the further calls name it by.
    type Output = String;

    fn name(&self) -> &'static str {
        "CreateMultipartUpload"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let headers = [("content-type", self.content_type.as_str())];
        with_headers(Method::POST, self.uri.object_url_with(endpoint, "uploads=")?, &headers, Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<String, Undecodable> {
        let refuse = |problem: String| Undecodable::new(self.name(), problem);
        let root = xml::read(&String::from_utf8_lossy(response.body())).map_err(refuse)?;
        let id = root.child("UploadId").and_then(xml::Element::text);
        id.map(str::to_owned).ok_or_else(|| refuse(format!("<{}> has no <UploadId> in it", root.name())))
    }
}
