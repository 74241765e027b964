//! Web pages that may ask: those of the origins that the operator allows. A browser asks first whether a page may send
//! a key, and lets it read no answer that does not say so.
//! <https://fetch.spec.whatwg.org/#http-cors-protocol>

use super::refusal::{Refusal, RefusalKind};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::request_id::REQUEST_ID;
use crate::transport::Body;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};
use std::str::FromStr;

/// Any page at all.
const ANY: &str = "*";
/// A page of the internet that asks a machine of the owner's network.
/// <https://wicg.github.io/private-network-access/>
const REQUEST_PRIVATE: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");
/// What is no secret of an answer, beside its body.
const EXPOSED: &str = "x-request-id, request-id, retry-after, x-bedwire-dropped";
/// For how many seconds a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("3600");

/// Where web pages come from that may ask: `https://chat.example`, `http://localhost:3000`; or `*`, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// An origin as a browser writes it: in small letters, and without the port that its scheme has anyway.
    ///
    /// # Errors
    /// What is none: a path, a host without `http://` or `https://`, `null`, which any page can be, or a wildcard for a
    /// part of it.
    pub fn new(origin: &str) -> Result<Self, InvalidInput> {
        if origin == ANY {
            return Ok(Self(ANY.to_owned()));
        }
        as_browsers_write(&origin.to_ascii_lowercase()).map(Self).ok_or_else(|| {
            let problem = if origin.contains('*') {
                "has a wildcard, and origins are compared whole; give each, or * for every page"
            } else {
                "is none of web pages; give scheme, host and port alone, as https://chat.example"
            };
            InvalidInput::new("origin", format!("{origin:?} {problem}"))
        })
    }

    /// Whether every page may ask.
    pub(super) fn is_any(&self) -> bool {
        self.0 == ANY
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.is_any() || origin.as_bytes() == self.0.as_bytes()
    }
}

/// <https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin>
fn as_browsers_write(origin: &str) -> Option<String> {
    let uri = Uri::from_str(origin).ok().filter(|_| !origin.contains(['*', '#', '@']))?;
    let (scheme, host) = (uri.scheme_str()?, uri.host()?);
    let bare = format!("{scheme}://{host}");
    let Some(port) = origin.strip_prefix(&bare)?.strip_prefix(':') else {
        return (origin == bare).then_some(bare);
    };
    let port = port.parse::<u16>().ok().filter(|_| port.bytes().all(|digit| digit.is_ascii_digit()))?;
    let is_default = matches!((scheme, port), ("http", 80) | ("https", 443));
    Some(if is_default { bare } else { format!("{bare}:{port}") })
}

/// The origin of the page that asks, where it may.
pub(super) fn allowed<'h>(origins: &[Origin], headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
    headers.get(ORIGIN).filter(|origin| origins.iter().any(|allowed| allowed.allows(origin)))
}

/// Whether a browser asks what a page may send. It never has a key.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page may send: whatever it wants to, where it may ask.
pub(super) fn preflight(origins: &[Origin], headers: &HeaderMap) -> Result<Response<Body>, Refusal> {
    if allowed(origins, headers).is_none() {
        return Err(not_allowed(headers));
    }
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let said = answer.headers_mut();
    said.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        said.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    if headers.contains_key(REQUEST_PRIVATE) {
        said.insert(ALLOW_PRIVATE, HeaderValue::from_static("true"));
    }
    said.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    Ok(answer)
}

/// Lets a page read an answer.
pub(super) fn let_read(answer: &mut Response<Body>, origin: HeaderValue) {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Ok(exposed) = HeaderValue::from_str(&format!("{EXPOSED}, {REQUEST_ID}")) {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// The refusal of a page.
pub(super) fn not_allowed(headers: &HeaderMap) -> Refusal {
    let page = match headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) {
        Some(origin) if Origin::new(origin).is_ok() => format!("a web page of {origin}"),
        _ => "a web page".to_owned(),
    };
    let message = format!(
        "the request comes from {page}, and the gateway serves programs; to let pages ask, allow their origin \
         (--allow-origin, or allowed_origins in the file)"
    );
    Refusal::new(RefusalKind::Forbidden, message).code("origin_not_allowed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_as_browsers_write_it() {
        for origin in
            ["https://chat.example", "http://localhost:3000", "http://[::1]:8080", "app://obsidian.md", "*"]
        {
            assert_eq!(Origin::new(origin).unwrap().0, origin);
        }
        for (given, written) in [
            ("https://Chat.Example", "https://chat.example"),
            ("https://chat.example:443", "https://chat.example"),
            ("http://localhost:80", "http://localhost"),
            ("http://chat.example:443", "http://chat.example:443"),
            ("http://localhost:03000", "http://localhost:3000"),
        ] {
            assert_eq!(Origin::new(given).unwrap().0, written);
        }
        for none in [
            "",
            "null",
            "chat.example",
            "localhost:3000",
            "https://chat.example/",
            "https://a/b",
            "https://*.example/x",
            "https://u@a",
            "https://a.example#x",
            "https://a.example?",
            "http://localhost:",
            "http://localhost:+80",
            "http://localhost:99999",
            "https://",
        ] {
            assert!(Origin::new(none).is_err(), "{none}");
        }
        let refused = Origin::new("https://*.example.com").unwrap_err().to_string();
        assert!(refused.contains("has a wildcard"), "{refused}");
    }
}
