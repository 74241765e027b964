//! What the proxy says itself, in the shape of the services, so that an SDK shows it. A header tells such an answer
//! from one that was forwarded.

use super::check::Check;
use crate::protocol::diagnosis::Verdict;
use crate::transport::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

const ANSWERED_BY: HeaderName = HeaderName::from_static("x-bedwire-answer");

/// Lets a browser show an answer of others as what it is called, without scripts and without this origin.
/// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox>
pub(super) fn without_origin(headers: &mut HeaderMap) {
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// A refusal: nothing came from the service.
pub(super) fn refused(status: StatusCode, code: &'static str, message: &str) -> Response<Body> {
    let mut answer = with_json(status, &json!({ "message": format!("bedwire proxy: {message}") }));
    answer.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(code));
    answer
}

/// What came of checking a signature: 200 where it is right, else 403 in AWS's shape with the reason as its message.
pub(super) fn verdict(check: &Check) -> Response<Body> {
    let verdict = check.standing.verdict();
    let status = if verdict == Verdict::Match { StatusCode::OK } else { StatusCode::FORBIDDEN };
    let mut answer = with_json(
        status,
        &json!({
            "message": format!("bedwire proxy: {}", check.explanation),
            "verdict": verdict.as_str(),
            "mistakes": check.mistakes,
            "explanation": check.explanation,
            "fix": check.fix,
            "canonical_request": check.canonical_request,
            "string_to_sign": check.string_to_sign,
        }),
    );
    if verdict != Verdict::Match {
        let code = HeaderValue::from_static("InvalidSignatureException");
        answer.headers_mut().insert("x-amzn-errortype", code);
    }
    answer
}

/// A JSON document.
pub(super) fn with_json(status: StatusCode, document: &Value) -> Response<Body> {
    let mut answer = Response::new(Body::Whole(Bytes::from(document.to_string())));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(ANSWERED_BY, HeaderValue::from_static("proxy"));
    answer
}
