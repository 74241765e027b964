//! HeadObject: whether an object is there, and how long it is.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>

use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, with_headers};
use crate::protocol::s3_uri::S3Uri;
use crate::protocol::timestamp;
use bytes::Bytes;
use http::{HeaderMap, Method};
use std::time::SystemTime;

/// Asks about an object. A refusal has no body, so no code: 404 is all that is said of one that is not there, or 403
/// to callers who may not list the bucket.
#[derive(Clone, Debug)]
pub struct HeadObject {
    uri: S3Uri,
    region: Option<String>,
}

impl HeadObject {
    /// Asks about this one, in the region of the call.
    pub fn new(uri: S3Uri) -> Self {
        Self { uri, region: None }
    }

    /// Asks in this region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }
}

impl Operation for HeadObject {
    type Output = ObjectHead;

    fn name(&self) -> &'static str {
        "HeadObject"
    }

    fn service(&self) -> Service {
        Service::S3
    }

    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        with_headers(Method::HEAD, self.uri.object_url(endpoint)?, &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<ObjectHead, Undecodable> {
        Ok(ObjectHead::read(response.headers()))
    }
}

/// What the headers say about an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectHead {
    /// `Content-Length`: bytes of this answer, so of the object or of the range.
    pub content_length: Option<u64>,
    /// `ETag`, with its quotes: it changes when the object does.
    pub etag: Option<String>,
    /// `Content-Range` of a part.
    pub content_range: Option<ContentRange>,
    /// `Last-Modified`.
    pub last_modified: Option<SystemTime>,
}

impl ObjectHead {
    /// Reads the headers of an answer.
    pub fn read(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
        Self {
            content_length: text("content-length").and_then(|value| value.parse().ok()),
            etag: text("etag").map(str::to_owned),
            content_range: text("content-range").and_then(ContentRange::parse),
            last_modified: text("last-modified").and_then(timestamp::parse_http_date),
        }
    }

    /// The bytes of the whole object, where the headers tell.
    pub fn object_length(&self) -> Option<u64> {
        match self.content_range {
            Some(range) => range.object_length,
            None => self.content_length,
        }
    }
}

/// Which part of an object an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContentRange {
    /// The offset of the first byte.
    pub first: u64,
    /// The offset of the last byte.
    pub last: u64,
    /// The bytes of the whole object, where they are known.
    pub object_length: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 100-199/200` or `bytes 100-199/*`.
    fn parse(text: &str) -> Option<Self> {
        let (range, length) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self { first, last, object_length: length.parse().ok() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_came() {
        let response = http::Response::builder()
            .header("content-length", "100")
            .header("content-range", "bytes 100-199/200")
            .header("etag", "\"abc\"")
            .header("last-modified", "Fri, 02 Jan 2026 03:04:05 GMT")
            .body(Bytes::new())
            .unwrap();
        let head = HeadObject::new(S3Uri::new("s3://demo/x").unwrap()).decode(response).unwrap();
        assert_eq!((head.content_length, head.object_length()), (Some(100), Some(200)));
        assert_eq!(head.etag.as_deref(), Some("\"abc\""));
        assert_eq!(head.content_range.map(|range| (range.first, range.last)), Some((100, 199)));
        assert_eq!(head.last_modified, timestamp::parse_iso_8601("2026-01-02T03:04:05Z"));
    }

    #[test]
    fn a_range_that_is_none_is_none() {
        for bad in ["", "bytes */200", "bytes 9-1/200", "bytes a-b/200", "items 0-1/2"] {
            assert_eq!(ContentRange::parse(bad), None, "{bad}");
        }
        assert_eq!(ContentRange::parse("bytes 0-1/*").unwrap().object_length, None);
    }
}
