//! The forms of an answer: a document, or events; and the headers that go with them.

use crate::protocol::request_id::REQUEST_ID;
use crate::transport::Body;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response};

/// Keeps nginx from holding a stream back.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// A JSON document.
pub(super) fn json(document: impl Into<Bytes>) -> Response<Body> {
    text("application/json", document)
}

/// A text of another media type.
pub(super) fn text(media_type: &'static str, text: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Body::Whole(text.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// Server-sent events.
pub(super) fn event_stream(body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    answer
}

/// With the id of Bedrock's own answer.
pub(super) fn with_request_id(
    mut answer: Response<Body>,
    request_id: Option<&HeaderValue>,
) -> Response<Body> {
    if let Some(id) = request_id {
        answer.headers_mut().insert(REQUEST_ID, id.clone());
    }
    answer
}
