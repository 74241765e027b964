//! ListFoundationModels, GetFoundationModel, GetFoundationModelAvailability, from the service's side.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html>

use crate::emulator::listed::{entries, move_arn};
use crate::emulator::query::{invalid, pairs, value};
use crate::emulator::refused::Refused;
use crate::fixture::Store;
use crate::protocol::model::Table;
use http::StatusCode;
use serde_json::{Value, json};

/// The models of a region that pass the filters.
pub(in crate::emulator) fn list_foundation_models(
    query: &str,
    region: &str,
    stores: &[&Store],
) -> Result<Value, Refused> {
    let query = pairs(query);
    let choice = |name: &str, known: &[&str]| match value(&query, name) {
        Some(word) if !known.contains(&word) => {
            Err(invalid(name, word, &format!("Member must satisfy enum value set: [{}]", known.join(", "))))
        }
        other => Ok(other),
    };
    let provider = value(&query, "byProvider");
    let modality = choice("byOutputModality", &["TEXT", "IMAGE", "EMBEDDING", "VIDEO", "SPEECH"])?;
    let inference = choice("byInferenceType", &["ON_DEMAND", "PROVISIONED", "INFERENCE_PROFILE"])?;
    let customization =
        choice("byCustomizationType", &["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"])?;
    let mut models = models_of(region, stores);
    models.retain(|model| {
        let is = |field: &str, wanted: Option<&str>| {
            let has = |word: &str| words(model, field).any(|known| known == word);
            wanted.is_none_or(has)
        };
        provider.is_none_or(|provider| is_of(model, provider))
            && is("outputModalities", modality)
            && is("inferenceTypesSupported", inference)
            && is("customizationsSupported", customization)
    });
    Ok(json!({ "modelSummaries": models }))
}

/// One model of a region, by its id or ARN.
pub(in crate::emulator) fn get_foundation_model(
    identifier: &str,
    region: &str,
    stores: &[&Store],
) -> Result<Value, Refused> {
    let id = identifier.rsplit_once("foundation-model/").map_or(identifier, |(_, id)| id);
    let model = models_of(region, stores).into_iter().find(|model| model["modelId"] == id);
    let unknown = || Refused::validation("The provided model identifier is invalid.");
    Ok(json!({ "modelDetails": model.ok_or_else(unknown)? }))
}

/// Every model of a region may be used; there is no account that could lack anything.
pub(in crate::emulator) fn foundation_model_availability(
    id: &str,
    region: &str,
    stores: &[&Store],
) -> Result<Value, Refused> {
    let is_listed = |region: Option<&str>| {
        let everywhere = entries(stores, LIST, "modelSummaries", "modelId");
        let models = region.map_or(everywhere, |region| models_of(region, stores));
        models.iter().any(|model| model["modelId"] == id)
    };
    if !is_listed(None) {
        return Err(Refused::service(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            format!("The model {id} does not exist."),
        ));
    }
    let here = if is_listed(Some(region)) { "AVAILABLE" } else { "NOT_AVAILABLE" };
    Ok(json!({
        "modelId": id,
        "agreementAvailability": { "status": "AVAILABLE" },
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": here,
    }))
}

const LIST: &str = "bedrock/list-foundation-models";

/// The models that are in a region, directly or through a profile. One that the table does not know is in all.
fn models_of(region: &str, stores: &[&Store]) -> Vec<Value> {
    let mut models = entries(stores, LIST, "modelSummaries", "modelId");
    models.retain(|model| {
        let row = model["modelId"].as_str().and_then(|id| Table::embedded().row(id));
        row.is_none_or(|row| row.is_direct_in(region) || row.geography_in(region, true).is_some())
    });
    for model in &mut models {
        move_arn(model, "modelArn", region);
    }
    models
}

fn words<'a>(model: &'a Value, field: &str) -> impl Iterator<Item = &'a str> {
    model.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// By the provider's name or by the first word of the id, in any case of letters.
fn is_of(model: &Value, provider: &str) -> bool {
    let name = model["providerName"].as_str().unwrap_or_default();
    let first_word = model["modelId"].as_str().and_then(|id| id.split('.').next()).unwrap_or_default();
    name.eq_ignore_ascii_case(provider) || first_word.eq_ignore_ascii_case(provider)
}
