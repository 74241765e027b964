//! A refusal's headers and body, for whoever passes them on.

use bytes::Bytes;
use http::HeaderMap;
use std::fmt;

/// What a refused signature's message quotes with the canonical request.
const SESSION_TOKEN: &[u8] = b"x-amz-security-token";

/// Headers and body, as they came.
#[derive(Clone, PartialEq, Eq)]
pub struct RawAnswer {
    headers: HeaderMap,
    body: Bytes,
}

impl RawAnswer {
    /// `None` where a secret is in it, which must not be passed on.
    pub fn new(headers: HeaderMap, body: Bytes) -> Option<Self> {
        let has_secret =
            body.windows(SESSION_TOKEN.len()).any(|part| part.eq_ignore_ascii_case(SESSION_TOKEN));
        (!has_secret).then_some(Self { headers, body })
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A refusal may quote a prompt.
        write!(f, "RawAnswer({} headers, {} bytes)", self.headers.len(), self.body.len())
    }
}
