//! Which fixture answers InvokeModel: one whose request is equal, else one of the model's family.

use crate::fixture::{Case, Store};
use crate::protocol::model::ModelId;
use serde_json::Value;

const OPERATION: &str = "bedrock/invoke-model";

/// Words in a model's name that say that its bodies have another shape than those of its family.
const SHAPES: [&str; 8] = ["embed", "image", "canvas", "reel", "sonic", "rerank", "multimodal", "pegasus"];

/// How many words of two families must be equal: provider and family, `anthropic.claude`.
const COMMON_WORDS: usize = 2;

/// The case of this store that answers a body sent to a model: first one with an equal body, then the first with the
/// longest common family. A refusal that was recorded answers only a body that is equal.
pub(super) fn find_case<'a>(store: &'a Store, model: &ModelId, body: &Value) -> Option<&'a Case> {
    let of_family: Vec<(usize, &Case)> =
        store.of_operation(OPERATION).filter_map(|case| Some((kinship(case, model)?, case))).collect();
    let equal = of_family.iter().find(|(_, case)| is_equal(case.request.body(), body));
    equal.map(|(_, case)| *case).or_else(|| {
        let answers = of_family.iter().filter(|(_, case)| is_answer(case));
        // `max_by_key` would take the last of the longest.
        answers.rev().max_by_key(|(words, _)| *words).map(|(_, case)| *case)
    })
}

fn is_answer(case: &Case) -> bool {
    case.responses.last().is_some_and(|response| response.status().is_success())
}

fn is_equal(recorded: &[u8], body: &Value) -> bool {
    serde_json::from_slice::<Value>(recorded).is_ok_and(|recorded| recorded == *body)
}

/// How many words at the beginning of their families are equal, where that is enough to answer alike.
fn kinship(case: &Case, model: &ModelId) -> Option<usize> {
    let known = ModelId::new(case.model.as_deref()?).ok()?;
    let (known, asked) = (known.family().to_owned(), model.family());
    if SHAPES.iter().any(|shape| known.contains(shape) != asked.contains(shape)) {
        return None;
    }
    let words = |family: &str| family.split(['.', '-']).map(str::to_owned).collect::<Vec<_>>();
    let common = words(&known).iter().zip(&words(asked)).take_while(|(a, b)| a == b).count();
    // A family of one word more than its provider is equal as a whole.
    (common >= COMMON_WORDS).then_some(common)
}
