//! UploadPart: one part of an object.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Writes a part, over one of the same number. All but the last have 5 MiB at least.
#[derive(Clone, Debug)]
pub struct UploadPart {
    uri: S3Uri,
    upload_id: String,
    number: u32,
    body: Bytes,
}

impl UploadPart {
    /// `number` is its place, from 1 to 10,000.
    pub fn new(uri: S3Uri, upload_id: impl Into<String>, number: u32, body: impl Into<Bytes>) -> Self {
        Self { uri, upload_id: upload_id.into(), number, body: body.into() }
    }
}

impl Operation for UploadPart {
    /// `ETag`: the part is named by it when the upload is completed.
    type Output = String;

    fn name(&self) -> &'static str {
        "UploadPart"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let query = format!("partNumber={}&{}", self.number, S3Uri::upload_query(&self.upload_id));
        with_headers(Method::PUT, self.uri.object_url_with(endpoint, &query)?, &[], self.body.clone())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<String, Undecodable> {
        let etag = response.headers().get(http::header::ETAG).and_then(|etag| etag.to_str().ok());
        etag.map(str::to_owned).ok_or_else(|| Undecodable::new(self.name(), "it has no ETag"))
    }
}
