//! An exchange that was read as HTTP, of a fixture or a cassette, as `verify` and `diagnose` look at one.

use crate::protocol::capture::{CapturedAnswer, CapturedBody, CapturedRequest, Exchange};
use bytes::Bytes;

pub(super) fn exchange(request: &http::Request<Bytes>, response: Option<&http::Response<Bytes>>) -> Exchange {
    let mut headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    if let (None, Some(authority)) = (request.headers().get("host"), request.uri().authority()) {
        headers.push(("host".to_owned(), authority.to_string()));
    }
    let body = request.body().clone();
    Exchange {
        request: Some(CapturedRequest {
            method: request.method().to_string(),
            target: request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned(),
            headers,
            body: if body.is_empty() { CapturedBody::Empty } else { CapturedBody::Whole(body) },
            ..CapturedRequest::default()
        }),
        answer: response.map(|response| CapturedAnswer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body().clone(),
        }),
    }
}
