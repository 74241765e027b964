//! One request as an endpoint sees it.

use super::body_type::{is_json, wrong_type};
use super::exchange::Exchange;
use super::models::Model;
use super::refusal::Refusal;
use super::state::InForce;
use bytes::Bytes;
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
