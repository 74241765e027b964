//! GetObject: the bytes of an object, or the rest of them.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use super::head_object::ObjectHead;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use bytes::Bytes;
use http::Method;

/// Gets an object. Its body is for the caller to stream; [`Operation::decode`] reads the headers only.
#[derive(Clone, Debug)]
pub struct GetObject {
    uri: S3Uri,
    region: Option<String>,
    range: Option<String>,
    if_match: Option<String>,
}

impl GetObject {
    /// Gets all of it, from the region of the call.
    pub fn new(uri: S3Uri) -> Self {
        Self { uri, region: None, range: None, if_match: None }
    }

    /// Asks in this region: the one that S3 named (`x-amz-bucket-region`) when it was asked in another.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Only the bytes from `offset` on. The answer is 206, or 416 where there are none.
    #[must_use]
    pub fn from_offset(mut self, offset: u64) -> Self {
        self.range = Some(format!("bytes={offset}-"));
        self
    }

    /// Only `first` to `last`, both included.
    #[must_use]
    pub fn range(mut self, first: u64, last: u64) -> Self {
        self.range = Some(format!("bytes={first}-{last}"));
        self
    }

    /// Only the last `count` bytes, or all where there are fewer. The answer is 206, or 416 where there are none.
    #[must_use]
    pub fn last_bytes(mut self, count: u64) -> Self {
        self.range = Some(format!("bytes=-{count}"));
        self
    }

    /// Only if the object is still this one, by its ETag; else the answer is 412. The rest of an object is worth
    /// nothing without this.
    #[must_use]
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self
    }

    /// The object.
    pub fn uri(&self) -> &S3Uri {
        &self.uri
    }
}

impl Operation for GetObject {
    type Output = ObjectHead;

    fn name(&self) -> &'static str {
        "GetObject"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let given = [("range", &self.range), ("if-match", &self.if_match)];
        let headers: Vec<(&str, &str)> =
            given.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect();
        with_headers(Method::GET, self.uri.object_url(endpoint)?, &headers, Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<ObjectHead, Undecodable> {
        Ok(ObjectHead::read(response.headers()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::EndpointOptions;

    #[test]
    fn the_rest_of_an_object_is_asked_for_by_range_and_etag() {
        let endpoint = Endpoint::resolve(Service::S3, "eu-west-1", &EndpointOptions::default()).unwrap();
        let uri = S3Uri::new("s3://demo/out/output.mp4").unwrap();
        let rest = GetObject::new(uri.clone()).from_offset(100).if_match("\"abc\"").region("eu-west-1");
        let request = rest.request(&endpoint).unwrap();
        assert_eq!(request.uri(), "https://demo.s3.eu-west-1.amazonaws.com/out/output.mp4");
        assert_eq!(request.headers()["host"], "demo.s3.eu-west-1.amazonaws.com");
        assert_eq!(request.headers()["range"], "bytes=100-");
        assert_eq!(request.headers()["if-match"], "\"abc\"");
        assert_eq!(Operation::region(&rest), Some("eu-west-1"));
        let part = GetObject::new(uri.clone()).range(0, 9).request(&endpoint).unwrap();
        assert_eq!(part.headers()["range"], "bytes=0-9");
        let end = GetObject::new(uri).last_bytes(10).request(&endpoint).unwrap();
        assert_eq!(end.headers()["range"], "bytes=-10");
    }

    #[test]
    fn a_folder_is_no_object() {
        let endpoint = Endpoint::resolve(Service::S3, "eu-west-1", &EndpointOptions::default()).unwrap();
        for folder in ["s3://demo", "s3://demo/", "s3://demo/out/"] {
            let refused = GetObject::new(S3Uri::new(folder).unwrap()).request(&endpoint);
            assert!(refused.unwrap_err().to_string().contains("names no object"), "{folder}");
        }
    }
}
