//! What OpenAI's clients ask for when they embed.

use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::{members_in_order, string};
use bytes::Bytes;
use serde_json::Value;
use serde_json::value::RawValue;

/// The most texts of one request: what OpenAI takes.
const MAX_TEXTS: usize = 2048;

/// A request to embed.
pub(super) struct EmbeddingsRequest {
    pub(super) model: String,
    /// At least one, none of them empty.
    pub(super) input: Vec<String>,
    pub(super) dimensions: Option<u64>,
    pub(super) encoding: Encoding,
    /// What the vectors are for, in Cohere's words: a field of our own, `input_type`.
    pub(super) input_type: Option<String>,
    pub(super) dropped: Dropped,
}

/// How a vector is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// A list of numbers.
    Float,
    /// The numbers as little-endian 32-bit floats, in base64: the default of OpenAI's own clients.
    Base64,
}

impl EmbeddingsRequest {
    pub(super) fn read(body: &Bytes, drop_unsupported: bool) -> Result<Self, Refusal> {
        let text =
            std::str::from_utf8(body).map_err(|e| Refusal::invalid(format!("the body is no UTF-8: {e}")))?;
        // For what is wrong and where; the members alone do not tell.
        let raw: &RawValue =
            serde_json::from_str(text).map_err(|e| Refusal::invalid(format!("the body is no JSON: {e}")))?;
        let members = members_in_order(raw.get())
            .ok_or_else(|| Refusal::invalid("the body is no JSON object; give one with model and input"))?;
        let mut request = Self {
            model: String::new(),
            input: Vec::new(),
            dimensions: None,
            encoding: Encoding::Float,
            input_type: None,
            dropped: Dropped::new(drop_unsupported),
        };
        for (name, value) in members {
            if value.get() == "null" {
                continue;
            }
            match name.as_str() {
                "model" => request.model = text_of("model", value)?,
                "input" => request.input = input(value)?,
                "dimensions" => request.dimensions = Some(count("dimensions", value)?),
                "encoding_format" => request.encoding = encoding(value)?,
                "input_type" => request.input_type = Some(text_of("input_type", value)?),
                // Names an end user; nobody downstream reads it.
                "user" => {}
                other => request.dropped.param(other, "is no field of an embeddings request")?,
            }
        }
        if request.model.is_empty() {
            return Err(Refusal::field("model", "is missing; give the name of a model"));
        }
        if request.input.is_empty() {
            return Err(Refusal::field("input", "is missing or empty; give a text or a list of texts"));
        }
        Ok(request)
    }
}

fn input(value: &RawValue) -> Result<Vec<String>, Refusal> {
    let texts = match serde_json::from_str(value.get()) {
        Ok(Value::String(text)) => vec![text],
        Ok(Value::Array(items)) => items
            .into_iter()
            .enumerate()
            .map(|(place, item)| match item {
                Value::String(text) => Ok(text),
                Value::Number(_) | Value::Array(_) => Err(Refusal::field(
                    "input",
                    "has tokens; Bedrock's models take texts (LangChain: check_embedding_ctx_length=False)",
                )),
                _ => Err(Refusal::field(format!("input[{place}]"), "is no text")),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(Refusal::field("input", "is neither a text nor a list of texts")),
    };
    if let Some(place) = texts.iter().position(String::is_empty) {
        return Err(Refusal::field(format!("input[{place}]"), "is empty; give a text"));
    }
    if texts.len() > MAX_TEXTS {
        return Err(Refusal::field("input", &format!("has {} texts; give at most {MAX_TEXTS}", texts.len())));
    }
    Ok(texts)
}

fn encoding(value: &RawValue) -> Result<Encoding, Refusal> {
    match text_of("encoding_format", value)?.as_str() {
        "float" => Ok(Encoding::Float),
        "base64" => Ok(Encoding::Base64),
        other => Err(Refusal::field("encoding_format", &format!("is {other:?}; give float or base64"))),
    }
}

fn text_of(field: &str, value: &RawValue) -> Result<String, Refusal> {
    string(value).ok_or_else(|| Refusal::field(field, "is no text"))
}

fn count(field: &str, value: &RawValue) -> Result<u64, Refusal> {
    let count = value.get().parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| Refusal::field(field, "is no whole number above 0"))
}
