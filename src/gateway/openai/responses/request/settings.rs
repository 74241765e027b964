//! How the answer is thought out and written, and what of it a response includes.

use crate::gateway::chat::Format;
use crate::gateway::json::{Object, Value};
use crate::gateway::openai::request::reading::Reading;
use crate::gateway::openai::request::response_format;
use crate::gateway::refusal::Refusal;

/// What is in every response here, or would be in items that no response here has.
const INCLUDED: [&str; 7] = [
    "reasoning.encrypted_content",
    "message.input_image.image_url",
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
];
const LOGPROBS: &str = "message.output_text.logprobs";

/// What a response is to have beside the ordinary.
pub(super) fn include(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
    let Some(list) = root.get("include") else { return Ok(()) };
    for value in list.elements()? {
        match value.string()?.as_ref() {
            LOGPROBS => reading.cannot_honour(value, "Bedrock gives no log probabilities")?,
            word if INCLUDED.contains(&word) => {}
            _ => {
                let words: Vec<&str> = INCLUDED.into_iter().chain([LOGPROBS]).collect();
                return Err(value.no_word(&words));
            }
        }
    }
    Ok(())
}

/// What is said of thinking beside its amount. Thoughts are always in a response, as the model gives them.
pub(super) fn check_reasoning(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
    let Some(reasoning) = root.get("reasoning").map(Value::object).transpose()? else { return Ok(()) };
    for name in ["summary", "generate_summary"] {
        if let Some(value) = reasoning.get(name) {
            value.word(&["auto", "concise", "detailed", "none"])?;
        }
    }
    if let Some(mode) = reasoning.get("mode").filter(|mode| mode.text() != "\"standard\"") {
        reading.cannot_honour(mode, "models of Bedrock have one mode of thinking")?;
    }
    // Which thoughts are sent back, the client decides, and the model which of them it uses.
    if reasoning.get("context").is_some_and(|context| context.text() != "\"auto\"") {
        reading.dropped.in_any_case("reasoning.context");
    }
    Ok(())
}

/// What the text of the answer must be.
pub(super) fn format(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<Format, Refusal> {
    let Some(text) = root.get("text").map(Value::object).transpose()? else { return Ok(Format::Text) };
    if let Some(verbosity) = text.get("verbosity")
        && verbosity.word(&["low", "medium", "high"])? != "medium"
    {
        // It is a wish for a length, and no bound.
        reading.dropped.in_any_case("text.verbosity");
    }
    let Some(value) = text.get("format") else { return Ok(Format::Text) };
    let format = value.object()?;
    response_format::of_kind(format.required("type")?, || value.object())
}
