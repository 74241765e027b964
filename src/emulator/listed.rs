//! The entries of a list in the fixtures, as a region would have them.

use super::arn;
use crate::fixture::Store;
use crate::protocol::model::{serves, split_geography};
use serde_json::Value;

/// The type of one's own profiles.
pub(super) const APPLICATION: &str = "APPLICATION";

/// Every entry that any case of a listing has, the first of each id, in the first store that has any.
pub(super) fn entries(stores: &[&Store], operation: &str, list: &str, id: &str) -> Vec<Value> {
    stores
        .iter()
        .map(|store| entries_of(store, operation, list, id))
        .find(|all| !all.is_empty())
        .unwrap_or_default()
}

fn entries_of(store: &Store, operation: &str, list: &str, id: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    let answers = store.of_operation(operation).flat_map(|case| &case.responses);
    for answer in answers.filter(|answer| answer.status().is_success()) {
        let Ok(mut page) = serde_json::from_slice::<Value>(answer.body()) else { continue };
        let Some(Value::Array(items)) = page.get_mut(list).map(Value::take) else { continue };
        for item in items {
            if item.get(id).is_some() && !all.iter().any(|known| known.get(id) == item.get(id)) {
                all.push(item);
            }
        }
    }
    all
}

/// Moves an ARN that an entry has to a region.
pub(super) fn move_arn(entry: &mut Value, field: &str, region: &str) {
    if let Some(place) = entry.get_mut(field)
        && let Some(moved) = place.as_str().and_then(|arn| arn::moved(arn, region))
    {
        *place = Value::from(moved);
    }
}

/// One's own profiles, and the system's of the geographies that serve a region.
pub(super) fn profiles_of(region: &str, stores: &[&Store]) -> Vec<Value> {
    let operation = "bedrock/list-inference-profiles";
    let mut profiles = entries(stores, operation, "inferenceProfileSummaries", "inferenceProfileId");
    profiles.retain(|profile| {
        let geography = profile["inferenceProfileId"].as_str().and_then(|id| split_geography(id).0);
        profile["type"] == APPLICATION || geography.is_none_or(|geography| serves(geography, region))
    });
    for profile in &mut profiles {
        move_arn(profile, "inferenceProfileArn", region);
    }
    profiles
}
