//! What a client knows of models: how to treat their names, and which profiles it was told of.

use super::meanings::Meanings;
use super::model_options::ModelOptions;
use crate::protocol::by_key::ByName;
use crate::protocol::operation::bedrock::InferenceProfile;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// What a client knows of models.
#[derive(Default)]
pub(super) struct Models {
    pub(super) options: ModelOptions,
    /// What ListInferenceProfiles answered, by region.
    pub(super) lists: Mutex<ByName<Listed>>,
    /// What the names meant that were asked for last.
    pub(super) meanings: Meanings,
}

/// A region's profiles, for a while.
#[derive(Clone)]
pub(super) struct Listed {
    pub(super) until: Instant,
    /// `None` where the list could not be had, or made no sense.
    pub(super) profiles: Option<Arc<Vec<InferenceProfile>>>,
}

impl Listed {
    pub(super) fn profiles(&self) -> Option<&[InferenceProfile]> {
        self.profiles.as_ref().map(|profiles| profiles.as_slice())
    }
}

impl Models {
    pub(super) fn new(options: ModelOptions) -> Self {
        Self { options, ..Self::default() }
    }
}
