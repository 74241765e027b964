//! Which fixture answers for a model: one whose request is equal, else one of the model's family whose conditions hold
//! (see [`crate::fixture::Condition`]).

use crate::fixture::{Case, Store, redaction};
use crate::protocol::model::ModelId;
use serde_json::Value;

/// Words in a model's name that say that its bodies have another shape than those of its family.
const SHAPES: [&str; 8] = ["embed", "image", "canvas", "reel", "sonic", "rerank", "multimodal", "pegasus"];

/// How many words of two families must be equal: provider and family, `anthropic.claude`.
const COMMON_WORDS: usize = 2;

/// The case of this store that answers a body sent to a model by an operation (`bedrock/converse`). A refusal answers only the very request that it was
/// recorded for: whoever wants refusals beyond that asks for faults.
pub(super) fn find_case<'a>(
    store: &'a Store,
    operation: &'a str,
    model: &ModelId,
    body: &Value,
) -> Option<&'a Case> {
    store
        .of_operation(operation)
        .filter_map(|case| Some((fitness(case, model, body)?, case)))
        // `max_by_key` would take the last of the fittest.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, case)| case)
}

/// The id of a profile or a model that an id or ARN tells. What stands behind other ARNs, they do not tell.
pub(super) fn told_resource(model: &ModelId) -> Option<&str> {
    match model.as_str().strip_prefix("arn:") {
        Some(arn) if !arn.contains("foundation-model/") && !arn.contains(":inference-profile/") => None,
        Some(arn) => arn.rsplit('/').next(),
        None => Some(model.as_str()),
    }
}

/// How well a case answers, the fittest greatest: the same request, the same body, the most conditions, the longest
/// common family.
fn fitness(case: &Case, model: &ModelId, body: &Value) -> Option<(bool, bool, bool, usize, usize)> {
    let common = common_words(case, model)?;
    let has_same_body = serde_json::from_slice::<Value>(case.request.body()).is_ok_and(|known| {
        let hashed = redaction::hashed_prompts_of;
        known == *body || (redaction::has_hashed_prompts(case) && hashed(&known) == hashed(body))
    });
    let is_same = has_same_body && case.model.as_deref() == Some(model.as_str());
    let is_answer = case.responses.last().is_some_and(|response| response.status().is_success());
    let fits = is_same || (is_answer && case.when.holds(body));
    fits.then_some((is_same, is_answer, has_same_body, case.when.count(), common))
}

/// Whether a model's name says that it does something else than write text.
pub(super) fn is_of_another_shape(family: &str) -> bool {
    SHAPES.iter().any(|shape| family.contains(shape))
}

/// Whether a case is of a model's family.
pub(super) fn is_of_family(case: &Case, model: &ModelId) -> bool {
    common_words(case, model).is_some()
}

/// How many words at the beginning of their families are equal, where that is enough to answer alike.
fn common_words(case: &Case, model: &ModelId) -> Option<usize> {
    let known = ModelId::new(case.model.as_deref()?).ok()?;
    let (known, asked) = (known.family(), model.family());
    if SHAPES.iter().any(|shape| known.contains(shape) != asked.contains(shape)) {
        return None;
    }
    // `llama3` and `llama4` are one family.
    let words = |family: &'_ str| -> Vec<String> {
        let word = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        family.split(['.', '-']).map(word).collect()
    };
    let common = words(known).iter().zip(&words(asked)).take_while(|(a, b)| a == b).count();
    (common >= COMMON_WORDS).then_some(common)
}
