//! What Bedrock charges a call in tokens: at its start the input and `max_tokens`, in the end what was used.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html>

use crate::protocol::content::Usage;
use crate::protocol::document::{Document, members};
use http::HeaderMap;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Bytes of a request that come to a token, about; those of other scripts than Latin are more to a character.
const BYTES_PER_TOKEN: usize = 4;
const FOREIGN_BYTES_PER_TOKEN: usize = 3;
/// A string this long that may be base64 (plain, without a space or an escape) is no text but an image or a document.
const LONGEST_WORD: usize = 4096;
/// About what an image comes to.
const IMAGE_TOKENS: u64 = 1600;
/// What is taken for an unset `max_tokens`. Bedrock reserves the most that the model can write, which is more.
const UNSET: u64 = 4096;
/// Where the models look for `max_tokens`: Claude, Mistral and Cohere; OpenAI; Claude's text completions; Llama; AI21.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html>
const MAX_TOKENS: [&str; 5] =
    ["max_tokens", "max_completion_tokens", "max_tokens_to_sample", "max_gen_len", "maxTokens"];
/// The same one level below: Converse, Nova and Titan.
const MAX_TOKENS_INSIDE: [(&str, &str); 3] = [
    ("inferenceConfig", "maxTokens"),
    ("inferenceConfig", "max_new_tokens"),
    ("textGenerationConfig", "maxTokenCount"),
];
/// Models whose output counts several times, by a part of their id.
const BURNDOWN: [&str; 4] = ["claude-3-7-", "claude-sonnet-4", "claude-opus-4", "claude-haiku-4"];
const TIMES: u64 = 5;
/// What may be one of them, and has an ARN that does not tell.
const OPAQUE: [&str; 6] = [
    "application-inference-profile",
    "provisioned-model",
    "custom-model-deployment",
    "prompt-router",
    ":prompt/",
    "%3Aprompt%2F",
];

/// What is charged at the start of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Estimated from the length of the text.
    pub input: u64,
    /// `max_tokens`, under whatever name the model has for it.
    pub max_tokens: Option<u64>,
    /// Whether it is not set although the model is to write: Bedrock then reserves the most that the model can, which
    /// is the commonest cause of throttling.
    pub is_unbounded: bool,
}

impl Reservation {
    /// Reads it off a request body, of InvokeModel or Converse.
    pub fn of(body: &[u8]) -> Self {
        let members = object(body).unwrap_or_default();
        let max_tokens = max_tokens(&members);
        // Embeddings have neither, and write nothing.
        let writes = members.contains_key("messages") || members.contains_key("prompt");
        Self { input: input_tokens(body), max_tokens, is_unbounded: writes && max_tokens.is_none() }
    }

    /// All of it.
    pub fn tokens(&self) -> u64 {
        self.input.saturating_add(self.max_tokens.unwrap_or(if self.is_unbounded { UNSET } else { 0 }))
    }
}

/// What a call counts for in the end: input, what was written to the cache, and output, which counts as often as
/// [`burndown`] says. `None` where the answer does not tell.
pub fn used_tokens(burndown: u64, headers: &HeaderMap, body: &[u8]) -> Option<u64> {
    let header = |name: &str| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    if let Some(input) = header("x-amzn-bedrock-input-token-count") {
        let output = header("x-amzn-bedrock-output-token-count").unwrap_or(0);
        let cached = header("x-amzn-bedrock-cache-write-input-token-count").unwrap_or(0);
        return Some(input.saturating_add(cached).saturating_add(output.saturating_mul(burndown)));
    }
    let members = object(body)?;
    let usage = Usage::read(Document::new(members.get("usage")?.get().to_owned()))?;
    (usage.total_prompt_tokens() > 0).then(|| charged_tokens(burndown, &usage))
}

/// The same, of what an answer or the end of a stream says it took.
pub fn charged_tokens(burndown: u64, usage: &Usage) -> u64 {
    let output = usage.output_tokens().saturating_mul(burndown);
    usage.input_tokens().saturating_add(usage.cache_write_input_tokens()).saturating_add(output)
}

/// How many times an output token of a model counts: five times for Claude 3.7 and 4, and where the id does not tell
/// the model, since too much is waited for and too little refused.
pub fn burndown(model_id: &str) -> u64 {
    let counts_more = BURNDOWN.iter().chain(&OPAQUE).any(|part| model_id.contains(part));
    if counts_more { TIMES } else { 1 }
}

fn input_tokens(body: &[u8]) -> u64 {
    let count = |piece: &[u8]| {
        let foreign = piece.iter().filter(|byte| !byte.is_ascii()).count();
        let is_text = |piece: &[u8]| foreign > 0 || piece.contains(&b' ') || piece.contains(&b'\\');
        if piece.len() > LONGEST_WORD && !is_text(piece) {
            return IMAGE_TOKENS;
        }
        let tokens = (piece.len() - foreign) / BYTES_PER_TOKEN + foreign / FOREIGN_BYTES_PER_TOKEN;
        u64::try_from(tokens).unwrap_or(u64::MAX)
    };
    body.split(|byte| *byte == b'"').map(count).sum()
}

fn max_tokens(members: &BTreeMap<String, &RawValue>) -> Option<u64> {
    let inside = |outer: &str, name: &str| number(&object(members.get(outer)?.get().as_bytes())?, name);
    let found = MAX_TOKENS.iter().find_map(|name| number(members, name));
    found.or_else(|| MAX_TOKENS_INSIDE.iter().find_map(|(outer, name)| inside(outer, name)))
}

fn object(json: &[u8]) -> Option<BTreeMap<String, &RawValue>> {
    members(json)
}

fn number(members: &BTreeMap<String, &RawValue>, name: &str) -> Option<u64> {
    members.get(name)?.get().parse().ok()
}
