//! Parameters of OpenAI that Bedrock has nothing for, and parameters that nobody knows.

use super::reading::Reading;
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use Without::{Dropped, Refused};

/// What is read elsewhere in this folder.
const READ: [&str; 25] = [
    "additionalModelRequestFields",
    "function_call",
    "functions",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "model",
    "n",
    "parallel_tool_calls",
    "reasoning",
    "reasoning_effort",
    "response_format",
    "service_tier",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "user",
    "include_reasoning",
];

/// What an answer is worth without a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway::openai) enum Without {
    /// It is another answer than the one that was asked for: refused, or dropped where that is allowed.
    Refused,
    /// It is as good: dropped in any case, and named.
    Dropped,
}

/// A parameter, the values of it that ask for nothing, and why it is not honoured.
pub(in crate::gateway::openai) struct Unsupported {
    name: &'static str,
    asks_nothing: fn(Value<'_>) -> bool,
    without: Without,
    why: &'static str,
}

pub(in crate::gateway::openai) const fn unsupported(
    name: &'static str,
    asks_nothing: fn(Value<'_>) -> bool,
    without: Without,
    why: &'static str,
) -> Unsupported {
    Unsupported { name, asks_nothing, without, why }
}

/// What requests of both kinds may have.
const OF_BOTH: [Unsupported; 7] = [
    unsupported("top_logprobs", is_zero, Refused, "Bedrock gives no log probabilities"),
    unsupported("moderation", never, Refused, "OpenAI's moderation is not asked; Bedrock has guardrails"),
    unsupported("store", is_false, Dropped, "the answer is the same, only that nobody keeps it"),
    unsupported("prompt_cache_key", never, Dropped, "it guides OpenAI's cache, and changes no answer"),
    unsupported("prompt_cache_retention", never, Dropped, "it guides OpenAI's cache, and changes no answer"),
    unsupported("prompt_cache_options", never, Dropped, "it guides OpenAI's cache, and changes no answer"),
    unsupported(
        "safety_identifier",
        never,
        Dropped,
        "it names a user to OpenAI's own watch, which is not here",
    ),
];

const UNSUPPORTED: [Unsupported; 10] = [
    unsupported("logprobs", is_false, Refused, "Bedrock gives no log probabilities"),
    unsupported("logit_bias", is_empty, Refused, "Bedrock has no bias for single tokens"),
    unsupported("presence_penalty", is_zero, Refused, "Bedrock has no penalties"),
    unsupported("frequency_penalty", is_zero, Refused, "Bedrock has no penalties"),
    unsupported("modalities", is_text_only, Refused, "answers are text"),
    unsupported("audio", never, Refused, "answers are text"),
    unsupported("web_search_options", never, Refused, "nothing here searches the web"),
    unsupported("seed", never, Dropped, "OpenAI promises no equal answers for equal seeds either"),
    unsupported("verbosity", is_medium, Dropped, "it is a wish for a length, and no bound"),
    unsupported("prediction", never, Dropped, "it makes an answer faster, and changes none"),
];

/// Looks for parameters that are not honoured.
pub(super) fn check(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
    check_against(&READ, &UNSUPPORTED, root, reading)
}

/// The same of another request, which has its own beside those of both.
pub(in crate::gateway::openai) fn check_against(
    read: &[&str],
    unsupported: &[Unsupported],
    root: &Object<'_>,
    reading: &mut Reading<'_>,
) -> Result<(), Refusal> {
    for (name, value) in root.members().filter(|(name, _)| !read.contains(name)) {
        match OF_BOTH.iter().chain(unsupported).find(|one| one.name == name) {
            Some(one) if (one.asks_nothing)(value) => {}
            Some(one) if one.without == Dropped => reading.dropped.in_any_case(name),
            Some(one) => reading.cannot_honour(value, one.why)?,
            None if reading.options.drop_unsupported => reading.dropped.in_any_case(name),
            None => {
                let path = value.path();
                let message = format!("Unrecognized request argument supplied: {path}");
                return Err(Refusal::invalid(message).at(path).code("unknown_parameter"));
            }
        }
    }
    Ok(())
}

pub(in crate::gateway::openai) fn never(_: Value<'_>) -> bool {
    false
}

fn is_false(value: Value<'_>) -> bool {
    value.text() == "false"
}

fn is_zero(value: Value<'_>) -> bool {
    value.text().parse::<f64>().is_ok_and(|number| number == 0.0)
}

pub(in crate::gateway::openai) fn is_empty(value: Value<'_>) -> bool {
    value.asks_nothing()
}

pub(in crate::gateway::openai) fn is_medium(value: Value<'_>) -> bool {
    value.text() == "\"medium\""
}

fn is_text_only(value: Value<'_>) -> bool {
    value.elements().is_ok_and(|mut elements| elements.all(|element| element.text() == "\"text\""))
}
