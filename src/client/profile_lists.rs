//! What ListInferenceProfiles answered, kept for a while: a region's profiles change less often than people call.

use super::model_state::{Listed, ProfileList};
use super::pages::Pages;
use super::shared_task::SharedTask;
use super::state::Client;
use crate::protocol::operation::bedrock::{InferenceProfile, ListInferenceProfiles};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long an answer is good.
const FRESH: Duration = Duration::from_mins(10);
/// How long it is not asked again after it gave no answer: a permission that is missing stays missing.
const QUIET: Duration = Duration::from_mins(1);
/// How long to wait for all its pages. The table knows the answer, too, so nobody waits long for the list.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most profiles that are believed: no region has nearly as many.
const MOST: usize = 10_000;

impl Client {
    /// The system's profiles in a region, where they can be had. Calls at the same time ask once.
    pub(super) async fn listed_profiles(&self, region: &str) -> Listed {
        // What another call asked may be lost with its runtime: then this one asks.
        for _ in 0..2 {
            let question = match self.list_or_question(region) {
                ProfileList::Had(listed) => return listed,
                ProfileList::Asked(question) => question,
            };
            let answer = match self.whole {
                Some(whole) => timeout_at(whole.end, question.result()).await.ok().flatten(),
                None => question.result().await,
            };
            if let Some(listed) = answer {
                return listed;
            }
        }
        Listed { until: Instant::now(), profiles: None }
    }

    /// The list that was had last, without asking for it or waiting for who does.
    pub(super) fn known_profiles(&self, region: &str) -> Option<Arc<Vec<InferenceProfile>>> {
        match self.models.lists().get(region)? {
            ProfileList::Had(listed) if Instant::now() < listed.until => listed.profiles.clone(),
            _ => None,
        }
    }

    fn list_or_question(&self, region: &str) -> ProfileList {
        let mut lists = self.models.lists();
        match lists.get(region) {
            Some(ProfileList::Had(listed)) if Instant::now() < listed.until => {
                return ProfileList::Had(listed.clone());
            }
            Some(ProfileList::Asked(question)) if !question.is_lost() => {
                return ProfileList::Asked(question.clone());
            }
            _ => {}
        }
        let question = self.ask_for_profiles(region.to_owned());
        lists.insert(region.to_owned(), ProfileList::Asked(question.clone()));
        ProfileList::Asked(question)
    }

    /// In a task of its own: a call that goes away leaves the answer to the next one.
    fn ask_for_profiles(&self, region: String) -> SharedTask<Listed> {
        let client = self.in_region(&region).for_all();
        SharedTask::spawn(async move {
            let profiles = timeout(PATIENCE, client.list_profiles()).await.ok().flatten();
            let until = Instant::now() + if profiles.is_some() { FRESH } else { QUIET };
            let listed = Listed { until, profiles };
            let mut lists = client.models.lists();
            // It may have been given up for lost, and another one asked.
            if !matches!(lists.get(&region), Some(ProfileList::Had(had)) if Instant::now() < had.until) {
                lists.insert(region, ProfileList::Had(listed.clone()));
            }
            drop(lists);
            listed
        })
    }

    async fn list_profiles(&self) -> Option<Arc<Vec<InferenceProfile>>> {
        // Not Client::items: a program whose only listing is this one does without its streams.
        let mut pages = Pages::new(ListInferenceProfiles::of_aws());
        let mut profiles = Vec::new();
        while let Some(page) = pages.next(self).await.ok()? {
            profiles.extend(page);
            if profiles.len() > MOST {
                return None;
            }
        }
        // A list without a single model behind it is no list of profiles.
        let makes_sense = profiles.iter().any(|profile| profile.base_model_id().is_some());
        makes_sense.then(|| Arc::new(profiles))
    }
}
