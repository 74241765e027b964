//! The headers of answers.

use crate::gateway::refusal::REQUEST_ID;
use crate::transport::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response};

/// Keeps nginx from holding a stream back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A JSON document as an answer.
pub(super) fn document(json: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Body::Whole(json.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A stream of events as an answer.
pub(super) fn event_stream(body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    answer
}

/// Says what AWS's support asks for.
pub(super) fn with_request_id(mut answer: Response<Body>, request_id: Option<&str>) -> Response<Body> {
    if let Some(id) = request_id.and_then(|id| HeaderValue::from_str(id).ok()) {
        answer.headers_mut().insert(REQUEST_ID, id);
    }
    answer
}
