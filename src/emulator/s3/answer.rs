//! What every answer of S3 has.

use crate::emulator::refused::escaped;
use crate::protocol::timestamp::{http_date, iso_8601};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response};
use std::time::SystemTime;

pub(super) fn put(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// A document below its root; what is in it is escaped.
pub(super) fn document(root: &str, elements: &str) -> Response<Bytes> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         {elements}</{root}>"
    );
    let mut answer = Response::new(text.into());
    put(&mut answer, CONTENT_TYPE, "application/xml");
    answer
}

/// What a copy is answered.
pub(super) fn copy_result(root: &str, etag: &str, written: SystemTime) -> Response<Bytes> {
    let at = iso_8601(written);
    document(root, &format!("<LastModified>{at}</LastModified><ETag>{}</ETag>", escaped(etag)))
}

/// `x-amz-request-id` has hex digits, and `x-amz-id-2` is longer.
pub(in crate::emulator) fn stamp(answer: &mut Response<Bytes>, request_id: &str, now: SystemTime) {
    put(answer, HeaderName::from_static("x-amz-request-id"), request_id);
    put(answer, HeaderName::from_static("x-amz-id-2"), &format!("{request_id}{request_id}"));
    put(answer, http::header::DATE, &http_date(now));
    put(answer, http::header::SERVER, "AmazonS3");
}
