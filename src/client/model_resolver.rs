//! Names of models → ids that answer, and refusals of ids → hints and repairs. What to answer is decided in
//! `protocol/model`; here it is asked for and sent.

use super::model_options::ModelOptions;
use super::model_state::Models;
use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::model::{
    AskedModel, ModelId, Resolution, Unresolved, base_model_id, hint_for, looks_like_id, needs_list, resolve,
};
use crate::protocol::operation::Operation;
use crate::protocol::operation::bedrock::{GetInferenceProfile, InferenceProfile};
use std::sync::Arc;

impl Client {
    /// The id to use for a name in this client's region: from ListInferenceProfiles (kept for 10 minutes), or from
    /// the table when that fails or makes no sense. An id or an ARN is never looked up.
    ///
    /// # Errors
    /// `InvalidInput`: nobody knows the name, or its model is not in this region; the message says where it is.
    pub async fn resolve_model(&self, name: &str) -> Result<Resolution, Error> {
        let options = &self.models.options;
        let listed = self.profiles_for(name, self.region()).await;
        let profiles = listed.as_ref().map(|profiles| profiles.as_slice());
        Ok(resolve(name, self.region(), options.names(), profiles, options.for_resolution())?)
    }

    /// The base id behind a name, an id or an ARN, for CountTokens and async invocations. An application profile's
    /// ARN is asked about (`bedrock:GetInferenceProfile`).
    pub async fn base_model(&self, name: &str) -> Result<ModelId, Error> {
        if let Some(base) = base_model_id(name, self.models.options.names()) {
            return Ok(base);
        }
        let profile = self.call_as_it_is(&GetInferenceProfile::new(ModelId::new(name)?)).await?;
        match profile.base_model_id() {
            Some(base) => Ok(ModelId::new(base)?),
            None => {
                Err(Error::new(ErrorKind::Undecodable, format!("{name} does not say which model it is for")))
            }
        }
    }

    /// The family of a model (`anthropic.claude-sonnet-4-20250514`): of an application profile's ARN, the family of
    /// the model behind it.
    pub async fn model_family(&self, name: &str) -> Result<String, Error> {
        Ok(self.base_model(name).await?.family().to_owned())
    }

    /// How this client treats the names of models.
    pub fn model_options(&self) -> &ModelOptions {
        &self.models.options
    }

    /// The same client, with the same connections, that treats the names of models in another way.
    #[must_use]
    pub fn with_model_options(&self, options: ModelOptions) -> Self {
        Self { models: Arc::new(Models::new(options)), ..self.clone() }
    }

    /// The id that a name means in this client's region, for operations that take profiles. A name that nobody knows
    /// stays as it is: the service may know it.
    #[cfg(feature = "gateway")]
    pub(crate) async fn called_id(&self, name: ModelId) -> Result<ModelId, Error> {
        Ok(self.id_of_name(&name, self.region()).await?.unwrap_or(name))
    }

    /// The operation with the id that its name means; `None` where it goes out as it is.
    pub(super) async fn with_resolved_model<O: Operation>(&self, operation: &O) -> Result<Option<O>, Error> {
        let Some(name) = self.name_to_resolve(operation) else { return Ok(None) };
        if !operation.takes_profiles() {
            return Ok(self.with_base_id(operation, name.as_str()));
        }
        let id = self.id_of_name(name, operation.region().unwrap_or(self.region())).await?;
        Ok(id.and_then(|id| operation.with_model_id(id)))
    }

    /// The same from the table alone, for what must not send anything.
    pub(super) fn with_model_of_table<O: Operation>(&self, operation: &O) -> Result<Option<O>, Error> {
        let Some(name) = self.name_to_resolve(operation) else { return Ok(None) };
        if !operation.takes_profiles() {
            return Ok(self.with_base_id(operation, name.as_str()));
        }
        let region = operation.region().unwrap_or(self.region());
        let options = &self.models.options;
        let resolution = resolve(name.as_str(), region, options.names(), None, options.for_resolution());
        Ok(another(name, resolution)?.and_then(|id| operation.with_model_id(id)))
    }

    /// A failed call: with a hint where its model's id was refused, and with the operation to send instead where
    /// that may be done.
    pub(super) async fn judge_model<O: Operation>(&self, operation: &O, failed: Error) -> (Error, Option<O>) {
        let (Some(model_id), Some(refusal)) = (operation.model_id(), failed.service_error()) else {
            return (failed, None);
        };
        let region = operation.region().unwrap_or(self.region());
        let asked = AskedModel { model_id, region, takes_profiles: operation.takes_profiles() };
        let listed = self.known_profiles(region).await;
        let profiles = listed.as_ref().map(|profiles| profiles.as_slice());
        let options = &self.models.options;
        let Some(hint) = hint_for(refusal, asked, options.names(), profiles, options.for_resolution()) else {
            return (failed, None);
        };
        // An id has no region: what an ARN sent to another one must not end up in this client's.
        let repaired = hint.model_id.filter(|_| options.repair && region == self.region()).and_then(|id| {
            self.observer().on_repair(operation.name(), model_id, &id);
            operation.with_model_id(id)
        });
        // What would work says more than what the refusal means.
        let failed = failed.with_hint(hint.text);
        (failed, repaired)
    }

    /// The id to send instead of a name; `None` where it goes out as it is.
    async fn id_of_name(&self, name: &ModelId, region: &str) -> Result<Option<ModelId>, Error> {
        if looks_like_id(name.as_str()) {
            return Ok(None);
        }
        let options = &self.models.options;
        let listed = self.profiles_for(name.as_str(), region).await;
        let profiles = listed.as_ref().map(|profiles| profiles.as_slice());
        another(name, resolve(name.as_str(), region, options.names(), profiles, options.for_resolution()))
    }

    /// The list, where a name cannot do without.
    async fn profiles_for(&self, name: &str, region: &str) -> Option<Arc<Vec<InferenceProfile>>> {
        if !needs_list(name, region, self.models.options.names()) {
            return None;
        }
        self.listed_profiles(region).await
    }

    fn name_to_resolve<'a, O: Operation>(&self, operation: &'a O) -> Option<&'a ModelId> {
        operation.model_id().filter(|_| self.models.options.resolve)
    }

    /// Only an alias is looked up: a profile's id is left to the service to refuse.
    fn with_base_id<O: Operation>(&self, operation: &O, name: &str) -> Option<O> {
        let row = self.models.options.names().named(name)?;
        operation.with_model_id(ModelId::new(row.base_id()).ok()?)
    }
}

/// What was found, where that is another id than the name itself.
fn another(name: &ModelId, resolution: Result<Resolution, Unresolved>) -> Result<Option<ModelId>, Error> {
    match resolution {
        Ok(resolution) => Ok(Some(resolution.model_id).filter(|id| id != name)),
        Err(Unresolved::Unknown { .. }) => Ok(None),
        Err(elsewhere) => Err(elsewhere.into()),
    }
}
