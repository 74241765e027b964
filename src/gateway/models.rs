//! A name → the routes to a model: of the configuration, of the table of names, or an id as it is.

use super::families::Families;
use super::most_tokens::MostTokens;
use super::options::GatewayOptions;
use super::refusal::{Refusal, RefusalKind};
use crate::client::{Client, Fallback, Observer, Route};
use crate::error::Error;
use crate::protocol::model::{ModelId, ResolveOptions, Row, Unresolved, names_near, resolve};
use crate::protocol::partition::is_region;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Stands for every name that is no other's.
pub(super) const ANY: &str = "*";

/// How many models of other names are kept, each with the route that works and the family that was found.
const MAX_FOUND: usize = 1024;

/// The models that are served.
pub(super) struct Models {
    client: Client,
    named: BTreeMap<String, Arc<Model>>,
    /// Models that are no names of the configuration, as they were asked for.
    found: RwLock<BTreeMap<String, Arc<Model>>>,
    any_model: bool,
    throttled_for: Duration,
    max_tokens: u64,
    families: Families,
    most_tokens: MostTokens,
}

/// One model: what clients call it, and the routes to it.
#[derive(Clone)]
pub(super) struct Model {
    /// What clients send as `model`.
    pub(super) name: Arc<str>,
    /// Where it leads.
    pub(super) fallback: Fallback,
    /// `max_tokens` of requests that set none.
    pub(super) max_tokens: u64,
    /// Which family a route leads to.
    pub(super) families: Families,
    /// How much what a route leads to writes.
    pub(super) most_tokens: MostTokens,
}

/// What a list of models says of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    /// `anthropic`; `bedwire` for a name of the configuration.
    pub(super) owner: String,
}

impl Models {
    pub(super) fn new(client: &Client, options: &GatewayOptions) -> Result<Self, Error> {
        // The gateway finds the ids itself, so that it can tell which one was called.
        let client = client.with_model_options(client.model_options().clone().resolve(false));
        let mut models = Self {
            named: BTreeMap::new(),
            found: RwLock::default(),
            any_model: options.any_model,
            throttled_for: options.throttled_for,
            max_tokens: options.max_tokens,
            families: Families::default(),
            most_tokens: MostTokens::default(),
            client,
        };
        for alias in &options.models {
            let model = models.model(&alias.name, alias.routes.clone(), alias.max_tokens)?;
            models.named.insert(alias.name.clone(), Arc::new(model));
        }
        Ok(models)
    }

    /// Takes over the models of these names as they were before a reload, with the route that works.
    pub(super) fn keep(&mut self, before: &Self, names: &[&str]) {
        for name in names {
            if let Some(model) = before.named.get(*name) {
                self.named.insert((*name).to_owned(), Arc::clone(model));
            }
        }
    }

    /// The model of a name. A name may begin with the region that is to be asked: `eu-west-1/claude-sonnet-4`.
    pub(super) fn find(&self, name: &str) -> Result<Arc<Model>, Refusal> {
        if let Some(model) = self.named.get(name) {
            return Ok(Arc::clone(model));
        }
        if let Some(model) = self.found.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(Arc::clone(model));
        }
        match self.unnamed(name) {
            Ok(route) => {
                let model = Arc::new(self.model(name, vec![route], None)?);
                let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
                if found.len() < MAX_FOUND {
                    found.insert(name.to_owned(), Arc::clone(&model));
                }
                Ok(model)
            }
            Err(refusal) => self.named.get(ANY).cloned().ok_or(refusal),
        }
    }

    /// What can be asked for here: the names of the configuration, then those of the table that answer in this region.
    pub(super) fn listed(&self) -> Vec<Listed> {
        let named = self.named.keys().filter(|name| *name != ANY);
        let mut listed: Vec<Listed> =
            named.map(|name| Listed { name: name.clone(), owner: "bedwire".to_owned() }).collect();
        if self.any_model {
            let allow_global = self.client.model_options().allow_global;
            let region = self.client.region();
            let answers = |row: &&Row| {
                !row.has_ended(None)
                    && (row.is_direct_in(region) || row.geography_in(region, allow_global).is_some())
            };
            for row in self.client.model_options().names().rows().iter().filter(answers) {
                let owner = row.base_id().split('.').next().unwrap_or_default();
                for name in row.aliases().iter().filter(|name| !self.named.contains_key(*name)) {
                    listed.push(Listed { name: name.clone(), owner: owner.to_owned() });
                }
            }
        }
        listed
    }

    /// The route to a model that the configuration does not name.
    fn unnamed(&self, name: &str) -> Result<Route, Refusal> {
        let near = |more: Vec<String>| {
            let configured = self.named.keys().map(String::as_str).filter(|name| *name != ANY);
            let mut near = names_near(name, configured);
            near.extend(more);
            not_found(name, &near)
        };
        if !self.any_model {
            return Err(near(Vec::new()));
        }
        let (region, model) = match name.split_once('/') {
            Some((region, model)) if is_region(region) => (region, model),
            _ => (self.client.region(), name),
        };
        let options = self.client.model_options();
        let permitted = ResolveOptions::default().allow_global(options.allow_global);
        match resolve(model, region, options.names(), None, permitted) {
            // An ARN names its region; what the table knows only elsewhere, the region's own list may have.
            Ok(resolution) => Ok(Route { region: resolution.region, model_id: ModelId::new(model)? }),
            Err(Unresolved::Unknown { near: more, .. }) => Err(near(more)),
            Err(elsewhere @ Unresolved::Elsewhere { .. }) => {
                Err(Refusal::new(RefusalKind::NotFound, elsewhere.to_string())
                    .at("model")
                    .code("model_not_found"))
            }
            Err(Unresolved::Invalid(invalid)) => Err(Refusal::from(invalid).at("model")),
        }
    }

    fn model(&self, name: &str, routes: Vec<Route>, max_tokens: Option<u64>) -> Result<Model, Error> {
        // Each route has its time, and there is no second round.
        let routes_count = u32::try_from(routes.len()).unwrap_or(u32::MAX);
        let client = self.client.waiting_at_most(self.throttled_for.saturating_mul(routes_count));
        Ok(Model {
            name: name.into(),
            fallback: Fallback::new(&client, routes, self.throttled_for)?,
            max_tokens: max_tokens.unwrap_or(self.max_tokens),
            families: self.families.clone(),
            most_tokens: self.most_tokens.clone(),
        })
    }
}

impl Model {
    /// The same model for calls that are no answers: they begin with its first route, which clients write for, and leave
    /// answers where they are.
    pub(super) fn at_first_route(&self) -> Self {
        Self { fallback: self.fallback.at_first_route(), ..self.clone() }
    }

    /// The same model, of whose calls this observer hears, too.
    pub(super) fn also_observed_by(&self, observer: Arc<dyn Observer>) -> Self {
        Self { fallback: self.fallback.also_observed_by(observer), ..self.clone() }
    }

    /// Makes a call by the routes of this model, beginning with the one that works: with the client of a route, for the
    /// id that is called there.
    pub(super) async fn call<T, F>(&self, call: impl Fn(Client, ModelId) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let call = &call;
        let by_route = async |client: Client, name: ModelId| {
            let id = client.called_id(name).await?;
            call(client, id).await
        };
        self.fallback.call(by_route).await
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("name", &self.name).finish_non_exhaustive()
    }
}

fn not_found(name: &str, near: &[String]) -> Refusal {
    let message = if near.is_empty() {
        format!(
            "there is no model {name:?} here; GET /v1/models lists those that there are, and the gateway's operator can \
             give one of them this name (serve --alias)"
        )
    } else {
        format!("there is no model {name:?} here; is it {}?", near.join(" or "))
    };
    Refusal::new(RefusalKind::NotFound, message).at("model").code("model_not_found")
}
