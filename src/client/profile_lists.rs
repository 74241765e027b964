//! What ListInferenceProfiles answered, kept for a while: a region's profiles change less often than people call.

use super::model_state::Listed;
use super::pages::Pages;
use super::state::Client;
use crate::protocol::operation::bedrock::{InferenceProfile, ListInferenceProfiles};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

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
        let mut by_region = self.models.lists.lock().await;
        let known = by_region.get(region).filter(|listed| Instant::now() < listed.until);
        if let Some(listed) = known {
            return listed.clone();
        }
        let profiles = timeout(PATIENCE, self.list_profiles(region)).await.ok().flatten();
        let until = Instant::now() + if profiles.is_some() { FRESH } else { QUIET };
        let listed = Listed { until, profiles };
        by_region.insert(region.to_owned(), listed.clone());
        listed
    }

    /// The list that was had last, without asking for it.
    pub(super) async fn known_profiles(&self, region: &str) -> Option<Arc<Vec<InferenceProfile>>> {
        let by_region = self.models.lists.lock().await;
        by_region.get(region).filter(|listed| Instant::now() < listed.until)?.profiles.clone()
    }

    async fn list_profiles(&self, region: &str) -> Option<Arc<Vec<InferenceProfile>>> {
        let client = self.in_region(region);
        // Not Client::items: a program whose only listing is this one does without its streams.
        let mut pages = Pages::new(ListInferenceProfiles::of_aws());
        let mut profiles = Vec::new();
        while let Some(page) = pages.next(&client).await.ok()? {
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
