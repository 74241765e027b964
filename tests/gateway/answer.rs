//! An answer of a gateway, its body collected.

use bedwire::transport::Body;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

/// An answer with its whole body.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub async fn collect(answer: Response<Body>) -> Self {
        let (parts, body) = answer.into_parts();
        Self { status: parts.status, headers: parts.headers, body: body.collect(usize::MAX).await.unwrap() }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// A refusal in OpenAI's shape, its message.
    #[track_caller]
    pub fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        let error = self.json()["error"].clone();
        assert!(error["type"].is_string() && error.get("param").is_some(), "{error}");
        error["message"].as_str().unwrap().to_owned()
    }

    /// A refusal in Anthropic's shape: status, type, message.
    #[track_caller]
    pub fn anthropic_refusal(&self) -> (u16, String, String) {
        let json = self.json();
        assert_eq!(json["type"], "error", "{json}");
        let text = |name: &str| json["error"][name].as_str().unwrap().to_owned();
        (self.status.as_u16(), text("type"), text("message"))
    }
}
