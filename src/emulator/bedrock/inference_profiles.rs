//! ListInferenceProfiles and GetInferenceProfile, from the service's side.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html>

use crate::emulator::listed::{APPLICATION, profiles_of};
use crate::emulator::query::{invalid, max_results, pairs, value};
use crate::emulator::refused::Refused;
use crate::fixture::Store;
use http::StatusCode;
use serde_json::{Value, json};

const DEFAULT_RESULTS: usize = 100;

/// One page of the profiles in a region: the system's, unless others are asked for.
pub(in crate::emulator) fn list_inference_profiles(
    query: &str,
    region: &str,
    stores: &[&Store],
) -> Result<Value, Refused> {
    let query = pairs(query);
    let kind = value(&query, "type").unwrap_or("SYSTEM_DEFINED");
    if !["SYSTEM_DEFINED", APPLICATION].contains(&kind) {
        let set = "Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]";
        return Err(invalid("type", kind, set));
    }
    let count = max_results(value(&query, "maxResults"), DEFAULT_RESULTS)?;
    let start = match value(&query, "nextToken") {
        None => 0,
        Some(token) => read_token(token, kind)
            .ok_or_else(|| Refused::validation("The provided nextToken is invalid."))?,
    };
    let mut profiles = profiles_of(region, stores);
    profiles.retain(|profile| profile["type"] == kind);
    let rest = profiles.get(start.min(profiles.len())..).unwrap_or_default();
    let page = rest.get(..count.min(rest.len())).unwrap_or_default();
    let mut answer = json!({ "inferenceProfileSummaries": page });
    if let (true, Some(answer)) = (rest.len() > page.len(), answer.as_object_mut()) {
        answer.insert("nextToken".to_owned(), Value::from(token(start + page.len(), kind)));
    }
    Ok(answer)
}

/// One profile, by its id or ARN.
pub(in crate::emulator) fn get_inference_profile(
    identifier: &str,
    region: &str,
    stores: &[&Store],
) -> Result<Value, Refused> {
    let is_it = |profile: &Value| {
        profile["inferenceProfileArn"] == identifier || profile["inferenceProfileId"] == identifier
    };
    profiles_of(region, stores).into_iter().find(is_it).ok_or_else(|| {
        Refused::service(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            format!("The inference profile {identifier} does not exist."),
        )
    })
}

/// Opaque to clients, and with `/`, `+` and `=` in it, as AWS's tokens have.
fn token(start: usize, kind: &str) -> String {
    base64_simd::STANDARD.encode_to_string(format!("{kind}?>{start}"))
}

fn read_token(token: &str, kind: &str) -> Option<usize> {
    let text = String::from_utf8(base64_simd::STANDARD.decode_to_vec(token).ok()?).ok()?;
    text.strip_prefix(kind)?.strip_prefix("?>")?.parse().ok()
}
