//! What every answer of S3 has.

use crate::protocol::timestamp::http_date;
use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderValue, Response};
use std::time::SystemTime;

pub(super) fn put(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// `x-amz-request-id` has hex digits, and `x-amz-id-2` is longer.
pub(in crate::emulator) fn stamp(answer: &mut Response<Bytes>, request_id: &str, now: SystemTime) {
    put(answer, HeaderName::from_static("x-amz-request-id"), request_id);
    put(answer, HeaderName::from_static("x-amz-id-2"), &format!("{request_id}{request_id}"));
    put(answer, http::header::DATE, &http_date(now));
    put(answer, http::header::SERVER, "AmazonS3");
}
