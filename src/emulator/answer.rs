//! What answers have in common.

use super::refused::Dialect;
use super::s3;
use crate::protocol::timestamp::http_date;
use bytes::Bytes;
use http::Response;
use http::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use serde_json::Value;
use std::time::SystemTime;

pub(super) fn json(value: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What every answer of a service carries.
pub(super) fn stamp(response: &mut Response<Bytes>, dialect: Dialect, request_id: &str, now: SystemTime) {
    if dialect == Dialect::S3 {
        return s3::stamp(response, request_id, now);
    }
    let stamps = [(HeaderName::from_static("x-amzn-requestid"), request_id), (DATE, &http_date(now))];
    for (name, value) in stamps {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
}
