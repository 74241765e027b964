//! One request as an endpoint sees it.

use super::exchange::Exchange;
use super::models::Model;
use super::refusal::{Refusal, RefusalKind};
use super::state::InForce;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use std::sync::Arc;

/// A request that was let in, with its whole body.
pub(super) struct Asked {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) in_force: Arc<InForce>,
    pub(super) exchange: Arc<Exchange>,
}

impl Asked {
    /// The model that a name means, for this request's key.
    pub(super) fn model(&self, name: &str) -> Result<Arc<Model>, Refusal> {
        self.exchange.may_ask(name)?;
        let model = self.in_force.models.find(name)?;
        self.exchange.asks(&model);
        Ok(model)
    }

    /// Whether this request's key may ask a model.
    pub(super) fn may_ask(&self, model: &str) -> bool {
        self.exchange.may_ask(model).is_ok()
    }

    /// Refuses a body that does not claim to be JSON.
    pub(super) fn must_be_json(&self) -> Result<(), Refusal> {
        let headers = &self.parts.headers;
        if is_json(headers) {
            Ok(())
        } else {
            Err(wrong_type(headers, "send JSON, with the content-type application/json"))
        }
    }
}

/// The media type of a body, without its parameters. It is not told apart by the case of its letters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    let given = headers.get(CONTENT_TYPE)?.as_bytes().split(|byte| *byte == b';').next()?;
    Some(given.trim_ascii())
}

/// Whether a body claims to be JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media_type| {
        media_type.eq_ignore_ascii_case(b"application/json")
            || media_type.to_ascii_lowercase().ends_with(b"+json")
    })
}

/// A body of another type than those that are read. `instead` says what to do.
pub(super) fn wrong_type(headers: &HeaderMap, instead: &str) -> Refusal {
    let given = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let given = given.map_or("no content-type".to_owned(), |given| format!("the content-type {given:?}"));
    Refusal::new(RefusalKind::WrongType, format!("the request has {given}; {instead}"))
}

/// Refuses a body that would have to be unpacked first.
pub(super) fn must_be_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(()) };
    if encoding.is_empty() || encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
        return Ok(());
    }
    let encoding = String::from_utf8_lossy(encoding.as_bytes());
    let message = format!(
        "the body has the content-encoding {encoding:?}, which is not read here; send it as it is, without one"
    );
    Err(Refusal::new(RefusalKind::WrongType, message))
}
