//! One request as an endpoint sees it.

use super::admission::Permit;
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
    /// Held until the answer has ended.
    #[allow(dead_code)] // it is its drop that counts
    pub(super) permit: Permit,
}

impl Asked {
    /// The model that a name means, for this request's key.
    pub(super) fn model(&self, name: &str) -> Result<Arc<Model>, Refusal> {
        self.exchange.may_ask(name)?;
        let model = self.in_force.models.find(name)?;
        self.exchange.asks(&model);
        Ok(model)
    }
}
