//! What a client knows of models: how to treat their names, and which profiles it was told of.

use super::meanings::Meanings;
use super::model_options::ModelOptions;
use super::shared_task::SharedTask;
use crate::protocol::by_key::ByName;
use crate::protocol::operation::bedrock::InferenceProfile;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// What a client knows of models.
#[derive(Default)]
pub(super) struct Models {
    pub(super) options: ModelOptions,
    /// By region.
    lists: Mutex<ByName<ProfileList>>,
    /// What the names meant that were asked for last.
    pub(super) meanings: Meanings,
}

/// What ListInferenceProfiles answered in a region, or will answer.
pub(super) enum ProfileList {
    Had(Listed),
    /// One question for all who wait.
    Asked(SharedTask<Listed>),
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

    /// Nobody waits with the lists in hand: a region that does not answer holds up no other.
    pub(super) fn lists(&self) -> MutexGuard<'_, ByName<ProfileList>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
