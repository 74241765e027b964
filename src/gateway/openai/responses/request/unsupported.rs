//! What a request may not have: what would have to be kept, and what Bedrock has nothing for.

use crate::gateway::json::{Object, Value};
use crate::gateway::openai::request::reading::Reading;
use crate::gateway::openai::request::unsupported::Without::Dropped;
use crate::gateway::openai::request::unsupported::{
    Unsupported, check_against, is_empty, never, unsupported,
};
use crate::gateway::refusal::Refusal;

/// What is read elsewhere in this folder.
const READ: [&str; 27] = [
    "additionalModelRequestFields",
    "background",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "reasoning",
    "service_tier",
    "stop",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "truncation",
    "user",
];

const UNSUPPORTED: [Unsupported; 5] = [
    unsupported("context_management", is_empty, Dropped, "a chat stays as long as the client sends it"),
    unsupported("client_metadata", never, Dropped, "it tells OpenAI of the client, and changes no answer"),
    unsupported("access_programs", never, Dropped, "it is about what OpenAI lets its users do"),
    unsupported("background_options", never, Dropped, "nothing is answered in the background"),
    unsupported("image", never, Dropped, "images reach a model as they are"),
];

/// What OpenAI keeps, and what to do here. None of it may be left out: the answer would be to a part of the chat, or
/// nobody would wait for it.
const KEPT_NOWHERE: [(&str, &str); 4] = [
    (
        "previous_response_id",
        "names a response that was kept, and none is kept here; send all items of the chat as input, without it",
    ),
    (
        "conversation",
        "names a chat that was kept, and none is kept here; send all items of the chat as input, without it",
    ),
    ("prompt", "names a prompt that is kept at OpenAI; send its text as instructions, without it"),
    (
        "background",
        "asks for an answer that is kept until it is fetched, and none is kept here; leave it out, and wait for \
         the answer or stream it",
    ),
];

/// Looks for what is not honoured.
pub(super) fn check(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
    for (name, problem) in KEPT_NOWHERE {
        if let Some(value) = root.get(name).filter(|value| value.text() != "false") {
            return Err(kept_nowhere(value, problem));
        }
    }
    check_against(&READ, &UNSUPPORTED, root, reading)?;
    check_streaming(root, reading)?;
    root.get("max_tool_calls").map(|value| value.at_least(1)).transpose()?;
    if let Some(truncation) = root.get("truncation")
        && truncation.word(&["auto", "disabled"])? == "auto"
    {
        // A chat that is too long is refused, whose client knows best what of it can go.
        reading.dropped.in_any_case("truncation");
    }
    Ok(())
}

/// What would have to be kept.
pub(super) fn kept_nowhere(value: Value<'_>, problem: &str) -> Refusal {
    value.refuse(problem).code("unsupported_parameter")
}

/// Events are neither padded nor held back.
fn check_streaming(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
    let Some(options) = root.get("stream_options").map(Value::object).transpose()? else { return Ok(()) };
    for (name, value) in options.members() {
        if name != "include_obfuscation" || value.boolean()? {
            reading.dropped.in_any_case(&value.path());
        }
    }
    Ok(())
}
