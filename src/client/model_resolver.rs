//! Names of models → ids that answer, and refusals of ids → hints and repairs. What to answer is decided in
//! `protocol/model`; here it is asked for and sent.

use super::model_options::ModelOptions;
use super::model_state::{Listed, Models};
use super::outgoing::Outgoing;
use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::model::{
    AskedModel, ModelId, Resolution, Unresolved, base_model_id, hint_for, is_application_profile,
    looks_like_id, needs_list, resolve,
};
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
        let profiles = listed.as_ref().and_then(Listed::profiles);
        Ok(resolve(name, self.region(), options.names(), profiles, options.for_resolution())?)
    }

    /// The base id behind a name, an id or an ARN, for CountTokens and async invocations. An application profile's
    /// ARN is asked about (`bedrock:GetInferenceProfile`).
    ///
    /// # Errors
    /// `InvalidInput`: an ARN of something else, such as a provisioned or a custom model, has no base id that could
    /// stand for it. That is told without a call.
    pub async fn base_model(&self, name: &str) -> Result<ModelId, Error> {
        if let Some(base) = base_model_id(name, self.models.options.names()) {
            return Ok(base);
        }
        let id = ModelId::new(name)?;
        if !is_application_profile(name) {
            return Err(without_base(name));
        }
        let profile = self.call_as_it_is(&GetInferenceProfile::new(id)).await?;
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
        let asked = AskedModel { model_id: &name, region: self.region(), takes_profiles: true };
        let meant = self.meant_id(asked).await?;
        Ok(meant.unwrap_or(name))
    }

    /// The operation with the id that its name means; `None` where it goes out as it is. A name that nobody knows
    /// goes out, too: the service may know it.
    pub(super) async fn with_resolved_model<'a>(
        &self,
        operation: &'a dyn Outgoing,
    ) -> Result<Option<Box<dyn Outgoing + 'a>>, Error> {
        let Some(asked) = self.asked_to_resolve(operation) else { return Ok(None) };
        Ok(self.meant_id(asked).await?.and_then(|id| operation.for_model(id)))
    }

    /// The same from the table alone, for what must not send anything.
    pub(super) fn with_model_of_table<'a>(
        &self,
        operation: &'a dyn Outgoing,
    ) -> Result<Option<Box<dyn Outgoing + 'a>>, Error> {
        let Some(asked) = self.asked_to_resolve(operation) else { return Ok(None) };
        Ok(self.id_among(asked, None)?.and_then(|id| operation.for_model(id)))
    }

    /// A failed call: with a hint where its model's id was refused, and with the operation to send instead where
    /// that may be done.
    pub(super) fn judge_model<'a>(
        &self,
        operation: &'a dyn Outgoing,
        failed: Error,
    ) -> (Error, Option<Box<dyn Outgoing + 'a>>) {
        let Some(asked) = self.asked(operation) else { return (failed, None) };
        let (failed, repaired) = self.judge(operation.name(), asked, failed);
        (failed, repaired.and_then(|id| operation.for_model(id)))
    }

    fn asked<'a>(&'a self, operation: &'a dyn Outgoing) -> Option<AskedModel<'a>> {
        Some(AskedModel {
            model_id: operation.model_id()?,
            region: operation.region().unwrap_or(self.region()),
            takes_profiles: operation.takes_profiles(),
        })
    }

    fn asked_to_resolve<'a>(&'a self, operation: &'a dyn Outgoing) -> Option<AskedModel<'a>> {
        self.asked(operation).filter(|_| self.models.options.resolve)
    }

    /// The id to send instead of the one that was given; `None` where that one goes out.
    async fn meant_id(&self, asked: AskedModel<'_>) -> Result<Option<ModelId>, Error> {
        if !asked.takes_profiles {
            return self.id_among(asked, None);
        }
        let (name, meanings) = (asked.model_id, &self.models.meanings);
        if let Some(id) = meanings.find(name, asked.region) {
            return Ok((id != *name).then_some(id));
        }
        let (mut meant, mut until) = (None, None);
        if !looks_like_id(name.as_str()) {
            let listed = self.profiles_for(name.as_str(), asked.region).await;
            meant = self.id_among(asked, listed.as_ref().and_then(Listed::profiles))?;
            until = listed.map(|listed| listed.until);
        }
        meanings.keep(name, asked.region, until, meant.as_ref().unwrap_or(name).clone());
        Ok(meant)
    }

    /// The same, where these profiles are known.
    fn id_among(
        &self,
        asked: AskedModel<'_>,
        profiles: Option<&[InferenceProfile]>,
    ) -> Result<Option<ModelId>, Error> {
        let (name, options) = (asked.model_id.as_str(), &self.models.options);
        if !asked.takes_profiles {
            // Only an alias is looked up: a profile's id is left to the service to refuse.
            let row = options.names().named(name);
            return Ok(row.and_then(|row| ModelId::new(row.base_id()).ok()));
        }
        match resolve(name, asked.region, options.names(), profiles, options.for_resolution()) {
            Ok(resolution) if resolution.model_id == *asked.model_id => Ok(None),
            Ok(resolution) => Ok(Some(resolution.model_id)),
            Err(Unresolved::Unknown { .. }) => Ok(None),
            Err(elsewhere) => Err(elsewhere.into()),
        }
    }

    fn judge(&self, operation: &str, asked: AskedModel<'_>, failed: Error) -> (Error, Option<ModelId>) {
        let Some(refusal) = failed.service_error() else { return (failed, None) };
        let listed = self.known_profiles(asked.region);
        let profiles = listed.as_ref().map(|profiles| profiles.as_slice());
        let options = &self.models.options;
        let Some(hint) = hint_for(refusal, asked, options.names(), profiles, options.for_resolution()) else {
            return (failed, None);
        };
        // An id has no region: what an ARN sent to another one must not end up in this client's.
        let repaired = hint.model_id.filter(|_| options.repair && asked.region == self.region());
        if let Some(id) = &repaired {
            self.observer().on_repair(operation, asked.model_id, id);
        }
        // What would work says more than what the refusal means.
        (failed.with_hint(hint.text), repaired)
    }

    /// The list, where a name cannot do without.
    async fn profiles_for(&self, name: &str, region: &str) -> Option<Listed> {
        if !needs_list(name, region, self.models.options.names()) {
            return None;
        }
        Some(self.listed_profiles(region).await)
    }
}

/// A custom model's ARN tells what it was made from, but that is not the model.
fn without_base(name: &str) -> Error {
    let mut resource = name.splitn(6, ':').nth(5).unwrap_or_default().split('/');
    let message = match (resource.next(), resource.next()) {
        (Some("custom-model"), Some(made_from)) => {
            format!(
                "{name} is the ARN of a custom model, which was made from {made_from} and is no base model"
            )
        }
        (Some(kind), Some(_)) => {
            format!("{name} is an ARN of type {kind}, which does not tell its base model")
        }
        _ => format!("{name} names no model"),
    };
    Error::new(ErrorKind::InvalidInput, message + "; give the id of the base model")
}
