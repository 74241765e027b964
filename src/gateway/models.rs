//! A name → the routes to a model.

use super::options::GatewayOptions;
use super::refusal::{Refusal, RefusalKind};
use crate::client::{Client, Fallback, Route};
use crate::error::Error;
use crate::protocol::model::ModelId;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Stands for every name that is no other's.
const ANY: &str = "*";

/// The models that are served.
pub(super) struct Models {
    client: Client,
    named: BTreeMap<String, Arc<Model>>,
    any_model: bool,
    throttled_for: Duration,
    max_tokens: u64,
}

/// One model: what clients call it, and the routes to it.
pub(super) struct Model {
    /// What clients send as `model`.
    pub(super) name: String,
    /// Where it leads. Its calls go through here, so that they stay with the route that works.
    pub(super) fallback: Fallback,
    /// `max_tokens` of requests that set none.
    pub(super) max_tokens: u64,
}

impl Models {
    pub(super) fn new(client: &Client, options: &GatewayOptions) -> Result<Self, Error> {
        let client = client.with_model_options(client.model_options().clone().resolve(true));
        let mut named = BTreeMap::new();
        for alias in &options.models {
            let model = Model {
                name: alias.name.clone(),
                fallback: Fallback::new(&client, alias.routes.clone(), options.throttled_for)?,
                max_tokens: alias.max_tokens.unwrap_or(options.max_tokens),
            };
            named.insert(alias.name.clone(), Arc::new(model));
        }
        Ok(Self {
            client,
            named,
            any_model: options.any_model,
            throttled_for: options.throttled_for,
            max_tokens: options.max_tokens,
        })
    }

    /// Takes over the models of these names as they were before a reload, with the route that works.
    pub(super) fn keep(&mut self, before: &Self, names: &[&str]) {
        for name in names {
            if let Some(model) = before.named.get(*name) {
                self.named.insert((*name).to_owned(), Arc::clone(model));
            }
        }
    }

    /// The model of a name.
    pub(super) fn find(&self, name: &str) -> Result<Arc<Model>, Refusal> {
        if let Some(model) = self.named.get(name).or_else(|| self.named.get(ANY)) {
            return Ok(Arc::clone(model));
        }
        let known = self.any_model
            && (name.contains('.') || self.client.model_options().names().named(name).is_some());
        if !known {
            let message = format!("there is no model {name:?} here; GET /v1/models lists those there are");
            return Err(Refusal::new(RefusalKind::NotFound, message).at("model").code("model_not_found"));
        }
        let route = Route { region: self.client.region().to_owned(), model_id: ModelId::new(name)? };
        Ok(Arc::new(Model {
            name: name.to_owned(),
            fallback: Fallback::new(&self.client, [route], self.throttled_for)?,
            max_tokens: self.max_tokens,
        }))
    }
}
