//! How many tokens a model writes at most. Programs ask for what the model that they were written for would write, and
//! Bedrock refuses more than its own model does. Nobody keeps a list of that: the refusal says it, and no more is then
//! asked for, which is as good an answer.
//!
//! - <https://github.com/langgenius/dify/issues/10390>
//! - <https://github.com/sigoden/aichat/pull/813>

use crate::error::Error;
use crate::protocol::model::ModelId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What stands before the number in Bedrock's words, and in Anthropic's ("max_tokens: 8192 > 4096, which is …").
const OF_BEDROCK: &str = "the model limit of ";
const OF_ANTHROPIC: (&str, &str) = ("max_tokens: ", " > ");

/// The most that is kept: ids come from clients.
const MAX_KEPT: usize = 1024;

/// What the ids have said that were called. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct MostTokens {
    known: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl MostTokens {
    /// The most that a model writes, where it has said so.
    pub(super) fn of(&self, model_id: &ModelId) -> Option<u64> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(model_id.as_str()).copied()
    }

    pub(super) fn keep(&self, model_id: &ModelId, most: u64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KEPT {
            known.clear();
        }
        known.insert(model_id.as_str().to_owned(), most);
    }
}

/// The most that a model writes, where it refuses to be asked for this many.
pub(super) fn most_tokens(error: &Error, asked: u64) -> Option<u64> {
    if error.status() != Some(400) {
        return None;
    }
    let after = match error.message().split_once(OF_BEDROCK) {
        Some((_, after)) => after,
        None => error.message().split_once(OF_ANTHROPIC.0)?.1.split_once(OF_ANTHROPIC.1)?.1,
    };
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after.get(..end)?.parse().ok().filter(|most| (1..asked).contains(most))
}
