//! The bodies of the families that embed, and where their vectors are.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v3.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html>
//! - <https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html>

use super::request::EmbeddingsRequest;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::document::{Document, elements, member, members_in_order};
use bytes::Bytes;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A vector, as the model wrote it: a JSON list of numbers.
pub(super) type Vector = Box<RawValue>;

/// Models whose bodies are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EmbeddingFamily {
    TitanV1,
    TitanV2,
    CohereV3,
    CohereV4,
    Nova,
}

/// What vectors of Cohere and Nova are for, where a request does not say: to be kept and searched.
const DEFAULT_INPUT_TYPE: &str = "search_document";

impl EmbeddingFamily {
    /// `base_id` has its version.
    pub(super) fn of(base_id: &str) -> Option<Self> {
        const FAMILIES: [(&str, EmbeddingFamily); 6] = [
            ("amazon.titan-embed-text-v1", EmbeddingFamily::TitanV1),
            ("amazon.titan-embed-g1-text", EmbeddingFamily::TitanV1),
            ("amazon.titan-embed-text", EmbeddingFamily::TitanV2),
            ("cohere.embed-v4", EmbeddingFamily::CohereV4),
            ("cohere.embed-", EmbeddingFamily::CohereV3),
            ("amazon.nova-2-multimodal-embeddings", EmbeddingFamily::Nova),
        ];
        FAMILIES.iter().find(|(prefix, _)| base_id.starts_with(prefix)).map(|(_, family)| *family)
    }

    pub(super) fn texts_a_call(self) -> usize {
        match self {
            Self::CohereV3 | Self::CohereV4 => 96,
            Self::TitanV1 | Self::TitanV2 | Self::Nova => 1,
        }
    }

    fn dimensions(self) -> &'static [u64] {
        match self {
            Self::TitanV1 => &[1536],
            Self::TitanV2 => &[256, 512, 1024],
            Self::CohereV3 => &[1024],
            Self::CohereV4 => &[256, 512, 1024, 1536],
            Self::Nova => &[256, 384, 1024, 3072],
        }
    }

    /// The body of one call.
    pub(super) fn body(self, texts: &[String], request: &EmbeddingsRequest) -> Result<Bytes, Refusal> {
        let dimensions = self.checked_dimensions(request.dimensions)?;
        let input_type = request.input_type.as_deref();
        if input_type.is_some() && matches!(self, Self::TitanV1 | Self::TitanV2) {
            return Err(Refusal::field(
                "input_type",
                "is for Cohere's and Nova's models; Titan has one kind of vector",
            ));
        }
        let input_type = input_type.unwrap_or(DEFAULT_INPUT_TYPE);
        let text = texts.first();
        let mut body = match self {
            Self::TitanV1 | Self::TitanV2 => json!({ "inputText": text }),
            Self::CohereV3 => json!({ "texts": texts, "input_type": input_type }),
            Self::CohereV4 => {
                json!({ "texts": texts, "input_type": input_type, "embedding_types": ["float"] })
            }
            Self::Nova => json!({
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": purpose(input_type)?,
                    "text": { "truncationMode": "NONE", "value": text },
                },
            }),
        };
        if let Some(dimensions) = dimensions {
            match self {
                Self::TitanV1 | Self::CohereV3 => {}
                Self::TitanV2 => body["dimensions"] = dimensions.into(),
                Self::CohereV4 => body["output_dimension"] = dimensions.into(),
                Self::Nova => body["singleEmbeddingParams"]["embeddingDimension"] = dimensions.into(),
            }
        }
        Ok(Bytes::from(body.to_string()))
    }

    /// The vectors of an answer, in the order of the texts.
    pub(super) fn vectors(self, answer: &Document) -> Result<Vec<Vector>, Refusal> {
        let text = answer.text();
        let found = match self {
            Self::TitanV1 | Self::TitanV2 => {
                within(&text, &["embedding"]).map(|vector| vec![vector.to_owned()])
            }
            Self::CohereV3 | Self::CohereV4 => within(&text, &["embeddings", "float"])
                .or_else(|| within(&text, &["embeddings"]))
                .and_then(|list| Some(elements(list.get())?.into_iter().map(ToOwned::to_owned).collect())),
            Self::Nova => within(&text, &["embeddings"]).and_then(|list| {
                let vectors = elements(list.get())?.into_iter();
                vectors.map(|one| Some(within(one.get(), &["embedding"])?.to_owned())).collect()
            }),
        };
        let vectors = found.ok_or_else(|| match members_in_order(&text) {
            Some(_) => unusable("has no vectors where they belong"),
            None => unusable("is no JSON object"),
        })?;
        if vectors.iter().all(|vector| is_numbers(vector.get())) {
            return Ok(vectors);
        }
        Err(unusable("has something else than numbers in a vector"))
    }

    fn checked_dimensions(self, asked: Option<u64>) -> Result<Option<u64>, Refusal> {
        match asked {
            Some(asked) if !self.dimensions().contains(&asked) => {
                let known: Vec<String> = self.dimensions().iter().map(u64::to_string).collect();
                Err(Refusal::field("dimensions", &format!("is {asked}; this model has {}", known.join(", "))))
            }
            asked => Ok(asked),
        }
    }
}

fn unusable(problem: &str) -> Refusal {
    Refusal::new(RefusalKind::Upstream, format!("the model's answer {problem}"))
}

/// Whether JSON is a list of at least one number and nothing else; the numbers need not be read for that.
fn is_numbers(json: &str) -> bool {
    let inner = json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
    let is_of_numbers = |b: u8| b.is_ascii_digit() || b"+-.eE, \t\r\n".contains(&b);
    inner.bytes().all(is_of_numbers) && inner.bytes().any(|b| b.is_ascii_digit())
}

/// Nova's word for Cohere's.
fn purpose(input_type: &str) -> Result<&'static str, Refusal> {
    const PURPOSES: [(&str, &str); 4] = [
        ("search_document", "GENERIC_INDEX"),
        ("search_query", "TEXT_RETRIEVAL"),
        ("classification", "CLASSIFICATION"),
        ("clustering", "CLUSTERING"),
    ];
    let found = PURPOSES.iter().find(|(word, _)| *word == input_type);
    found.map(|(_, purpose)| *purpose).ok_or_else(|| {
        let words: Vec<&str> = PURPOSES.iter().map(|(word, _)| *word).collect();
        Refusal::field("input_type", &format!("is {input_type:?}; give one of {}", words.join(", ")))
    })
}

/// The member that a path leads to.
fn within<'a>(json: &'a str, path: &[&str]) -> Option<&'a RawValue> {
    let (last, parents) = path.split_last()?;
    let mut json = json;
    for name in parents {
        json = member(&members_in_order(json)?, name)?.get();
    }
    member(&members_in_order(json)?, last)
}

/// The numbers of a vector.
pub(super) fn numbers(vector: &Vector) -> Vec<f32> {
    let numbers: Vec<Value> = serde_json::from_str(vector.get()).unwrap_or_default();
    #[allow(clippy::cast_possible_truncation)] // what base64 holds are 32-bit floats
    numbers.iter().map(|number| number.as_f64().unwrap_or_default() as f32).collect()
}
