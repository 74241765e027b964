//! InvokeModel of the models that embed: a vector for each text, which depends on the text alone.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html>
//! - <https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html>

use super::answer::{count, document};
use super::count_tokens::tokens;
use super::inference_operation::InferenceOperation;
use super::member::Member;
use crate::emulator::refused::Refused;
use crate::protocol::model::{ModelId, split_geography};
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

const MAX_TEXTS: usize = 96;
const MAX_TITAN_CHARS: usize = 50_000;
const INPUT_TYPES: [&str; 5] = ["search_document", "search_query", "classification", "clustering", "image"];
const PURPOSES: [&str; 9] = [
    "GENERIC_INDEX",
    "GENERIC_RETRIEVAL",
    "TEXT_RETRIEVAL",
    "IMAGE_RETRIEVAL",
    "VIDEO_RETRIEVAL",
    "DOCUMENT_RETRIEVAL",
    "AUDIO_RETRIEVAL",
    "CLASSIFICATION",
    "CLUSTERING",
];

/// What an embedding model answers; `None` where the model is none.
pub(super) fn embed(
    operation: InferenceOperation,
    model: &ModelId,
    body: &Value,
) -> Option<Result<Response<Bytes>, Refused>> {
    let resource = model.as_str().rsplit('/').next().unwrap_or_default();
    // With its version: Titan's two take different bodies.
    let (_, base_id) = split_geography(resource);
    let is_titan =
        base_id.starts_with("amazon.titan-embed-text") || base_id.starts_with("amazon.titan-embed-g1-text");
    let embed: fn(&str, &Member) -> Result<Value, Refused> = if is_titan {
        titan
    } else if base_id.starts_with("cohere.embed-") {
        cohere
    } else if base_id.starts_with("amazon.nova") && base_id.contains("multimodal-embeddings") {
        nova
    } else {
        return None;
    };
    if operation != InferenceOperation::InvokeModel {
        let name = operation.name();
        return Some(Err(Refused::validation(format!("This model doesn't support {name}."))));
    }
    Some(embed(base_id, &Member::request(body).as_model_input()).map(|answer| {
        let mut answer = document(&answer);
        count(&mut answer, tokens(body), None);
        answer
    }))
}

fn titan(base_id: &str, input: &Member) -> Result<Value, Refused> {
    let is_first = base_id.contains("embed-text-v1") || base_id.contains("embed-g1-text");
    let (members, usual): (&[&str], _) = if is_first {
        (&["inputText"], 1536)
    } else {
        (&["inputText", "dimensions", "normalize", "embeddingTypes"], 1024)
    };
    input.only(members)?;
    let text = input.required("inputText")?.text(1..=MAX_TITAN_CHARS)?;
    let dimensions = dimensions(input, "dimensions", &[256, 512, 1024], usual)?;
    let vector = vector(text, dimensions);
    let mut answer = json!({ "inputTextTokenCount": tokens(&Value::from(text)) });
    let asked = types(input, "embeddingTypes", &["float", "binary"])?;
    let types = if asked.is_empty() { vec!["float"] } else { asked };
    if types.contains(&"float") {
        answer["embedding"] = json!(vector);
    }
    if !is_first {
        for kind in types {
            let bits = || vector.iter().map(|number| u8::from(*number > 0.0)).collect::<Vec<_>>();
            answer["embeddingsByType"][kind] = if kind == "float" { json!(vector) } else { json!(bits()) };
        }
    }
    Ok(answer)
}

fn cohere(base_id: &str, input: &Member) -> Result<Value, Refused> {
    input.required("input_type")?.one_of(&INPUT_TYPES)?;
    let is_v4 = base_id.starts_with("cohere.embed-v4");
    let dimensions =
        if is_v4 { dimensions(input, "output_dimension", &[256, 512, 1024, 1536], 1536)? } else { 1024 };
    let mut vectors = Vec::new();
    let mut texts = Vec::new();
    for text in input.required("texts")?.items(1..=MAX_TEXTS)? {
        let text = text.text(0..=usize::MAX)?;
        vectors.push(vector(text, dimensions));
        texts.push(text);
    }
    let asked = types(input, "embedding_types", &["float", "int8", "uint8", "binary", "ubinary"])?;
    let by_type = is_v4 || !asked.is_empty();
    let types = if asked.is_empty() { vec!["float"] } else { asked };
    let of_type = |kind: &str| -> Value { vectors.iter().map(|vector| of_type(vector, kind)).collect() };
    let typed: Map<String, Value> = types.iter().map(|kind| ((*kind).to_owned(), of_type(kind))).collect();
    Ok(json!({
        "id": "00000000-0000-4000-8000-000000000000",
        "response_type": if by_type { "embeddings_by_type" } else { "embeddings_floats" },
        "embeddings": if by_type { Value::Object(typed) } else { json!(vectors) },
        "texts": texts,
    }))
}

fn nova(_base_id: &str, input: &Member) -> Result<Value, Refused> {
    input.required("taskType")?.one_of(&["SINGLE_EMBEDDING"])?;
    let single = input.required("singleEmbeddingParams")?;
    single.required("embeddingPurpose")?.one_of(&PURPOSES)?;
    let dimensions = dimensions(&single, "embeddingDimension", &[256, 384, 1024, 3072], 3072)?;
    let text = single.required("text")?;
    text.required("truncationMode")?.one_of(&["START", "END", "NONE"])?;
    let vector = vector(text.required("value")?.text(1..=8192)?, dimensions);
    Ok(json!({ "embeddings": [{ "embeddingType": "TEXT", "embedding": vector }] }))
}

fn dimensions(input: &Member, name: &str, allowed: &[i64], usual: usize) -> Result<usize, Refused> {
    let Some(member) = input.optional(name)? else { return Ok(usual) };
    let dimensions = member.integer(1..=i64::from(i32::MAX))?;
    if allowed.contains(&dimensions) {
        return Ok(usize::try_from(dimensions).unwrap_or(usual));
    }
    Err(member.refuse(&format!("{dimensions} is not a valid enum value, expected one of {allowed:?}")))
}

/// The types of numbers that are asked for.
fn types<'a>(input: &Member<'a>, name: &str, known: &[&str]) -> Result<Vec<&'a str>, Refused> {
    let asked = input.optional(name)?.map_or(Ok(Vec::new()), |types| types.items(1..=known.len()))?;
    asked.iter().map(|kind| kind.one_of(known)).collect()
}

/// A vector in Cohere's types: whole numbers of eight bits, or eight signs in each.
fn of_type(vector: &[f64], kind: &str) -> Value {
    #[allow(clippy::cast_possible_truncation)] // a vector of length 1 has no number beyond 1
    let scaled = |number: &f64| (number * 127.0).round() as i64;
    let packed = |signs: &[f64]| signs.iter().fold(0_i64, |byte, number| byte * 2 + i64::from(*number > 0.0));
    let eights = vector.chunks(8).map(packed);
    match kind {
        "int8" => vector.iter().map(scaled).collect(),
        "uint8" => vector.iter().map(|number| scaled(number) + 128).collect(),
        "binary" => eights.map(|byte| byte - 128).collect(),
        "ubinary" => eights.collect(),
        _ => json!(vector),
    }
}

/// Of length 1; equal texts have equal vectors.
fn vector(text: &str, dimensions: usize) -> Vec<f64> {
    let mut numbers = Vec::with_capacity(dimensions);
    for block in 0_u64.. {
        let hash = Sha256::new().chain_update(block.to_be_bytes()).chain_update(text).finalize();
        numbers.extend(hash.iter().map(|byte| f64::from(*byte) - 127.5));
        if numbers.len() >= dimensions {
            break;
        }
    }
    numbers.truncate(dimensions);
    let norm = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
    // As many digits as a 32-bit number has.
    numbers.iter().map(|number| (number / norm * 1e8).round() / 1e8).collect()
}
