//! `/_bedwire/`: one static document, and what it asks for as JSON. It loads nothing from anywhere else.

use super::answer;
use super::exchanges::Exchanges;
use crate::transport::Body;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::json;

const ROOT: &str = "/_bedwire";
const DOCUMENT: &str = include_str!("page.html");
/// Nothing but what is in the document itself; what an answer holds can never run as a script.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether a request is for the page, not for the service.
pub(super) fn is_asked<B>(request: &Request<B>) -> bool {
    let rest = request.uri().path().strip_prefix(ROOT);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The document, the list of exchanges, or one of them.
pub(super) fn answer<B>(request: &Request<B>, exchanges: &Exchanges) -> Response<Body> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_found(StatusCode::METHOD_NOT_ALLOWED);
    }
    let path = request.uri().path().strip_prefix(ROOT).unwrap_or_default();
    match path {
        "" => {
            let mut answer = Response::new(Body::empty());
            *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/_bedwire/"));
            answer
        }
        "/" => document(),
        "/exchanges" => answer::with_json(StatusCode::OK, &exchanges.list()),
        _ => {
            let id = path.strip_prefix("/exchanges/").and_then(|id| id.parse().ok());
            let detail = id.and_then(|id| exchanges.detail(id));
            detail.map_or_else(
                || not_found(StatusCode::NOT_FOUND),
                |detail| answer::with_json(StatusCode::OK, &detail),
            )
        }
    }
}

fn document() -> Response<Body> {
    let mut answer = Response::new(Body::Whole(Bytes::from_static(DOCUMENT.as_bytes())));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn not_found(status: StatusCode) -> Response<Body> {
    answer::with_json(status, &json!({ "message": "there is no such page; the exchanges are at /_bedwire/" }))
}
