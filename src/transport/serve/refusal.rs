//! What a server refuses itself, in the words of whoever is served.

use crate::protocol::timestamp::http_date;
use crate::transport::{Body, Transport};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use std::borrow::Cow;
use std::time::SystemTime;

/// A request that no transport was shown.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// Its method, where it could be read.
    pub method: Option<&'a Method>,
    /// Its path as it came, as far as it came.
    pub path: &'a str,
    /// Its headers, where they could be read.
    pub headers: Option<&'a HeaderMap>,
    /// 400, 408, 413, 414, 431 or 503.
    pub status: StatusCode,
    /// What is wrong, in a sentence.
    pub message: &'a str,
}

/// A request that no transport can be shown.
pub(super) enum Unreadable {
    Malformed(Cow<'static, str>),
    TooLong(usize),
    TooSlow,
    TooManyHeaders,
    #[cfg(feature = "h2c")]
    TooManyRequests,
}

const TOO_MANY_HEADERS: &str = "The request has too many headers, or too long ones.";

impl Unreadable {
    pub(super) fn said(&self) -> (StatusCode, Cow<'static, str>) {
        match self {
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, what.clone()),
            Self::TooLong(limit) => {
                let message = format!("The request body is longer than {limit} bytes.");
                (StatusCode::PAYLOAD_TOO_LARGE, message.into())
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.".into()),
            Self::TooManyHeaders => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_MANY_HEADERS.into()),
            #[cfg(feature = "h2c")]
            Self::TooManyRequests => {
                let message = "The server has as many requests over HTTP/2 as it may have; try again.";
                (StatusCode::SERVICE_UNAVAILABLE, message.into())
            }
        }
    }
}

impl Refused<'_> {
    /// `{"message":…}`
    pub(in crate::transport) fn plain(&self) -> Response<Body> {
        let body = serde_json::json!({ "message": self.message }).to_string();
        let mut answer = Response::new(Body::Whole(Bytes::from(body)));
        *answer.status_mut() = self.status;
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    }
}

/// An answer to a request whose headers were read.
pub(super) fn refusal(transport: &dyn Transport, parts: &Parts, unreadable: &Unreadable) -> Response<Body> {
    let (status, message) = unreadable.said();
    let mut answer = transport.refuse(&Refused {
        method: Some(&parts.method),
        path: parts.uri.path(),
        headers: Some(&parts.headers),
        status,
        message: &message,
    });
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// A whole answer to a request whose headers could not be read.
pub(super) fn unread_refusal(transport: &dyn Transport, line: &[u8], status: u16) -> Vec<u8> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let line = String::from_utf8_lossy(line);
    let mut words = line.split([' ', '\r', '\n']);
    let method = words.next().and_then(|method| Method::try_from(method).ok());
    let path = words.next().unwrap_or_default();
    let message = match status {
        StatusCode::REQUEST_TIMEOUT => "The request's headers did not arrive in time.",
        StatusCode::URI_TOO_LONG => "The request's path is too long.",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => TOO_MANY_HEADERS,
        _ => "The request is no HTTP/1.1.",
    };
    let path = path.split('?').next().unwrap_or(path);
    let (parts, body) = transport
        .refuse(&Refused { method: method.as_ref(), path, headers: None, status, message })
        .into_parts();
    let body = match body {
        Body::Whole(body) => body,
        Body::Stream { .. } => Bytes::new(),
    };
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\ndate: {}\r\n",
        body.len(),
        http_date(SystemTime::now())
    )
    .into_bytes();
    for (name, value) in &parts.headers {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}
