//! The id that a service gives to an answer: what AWS's support asks for.

use http::{HeaderMap, HeaderName, HeaderValue};

/// What every service calls it but S3.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// The id in an answer's headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(REQUEST_ID).or_else(|| headers.get(S3_REQUEST_ID))
}

/// The same as text, where it is text.
pub(crate) fn request_id_text(headers: &HeaderMap) -> Option<String> {
    Some(request_id(headers)?.to_str().ok()?.trim().to_owned())
}
