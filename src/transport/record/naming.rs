//! Which operation a request is, and what its case is called.

use super::origin;
use crate::protocol::model::ModelId;
use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;

/// How much of a model's name is in the name of a case.
const MAX_SLUG: usize = 48;

/// `bedrock/invoke-model/anthropic-claude-3-haiku-20240307`. The request as it was sent names the service, the redacted
/// one everything else.
pub(super) fn name(sent: &Request<Bytes>, redacted: &Request<Bytes>) -> String {
    let service = slug(&origin::service(sent));
    let operation = match service.as_str() {
        "s3" => s3_operation(redacted),
        _ => operation(redacted),
    };
    let case = model(redacted)
        .and_then(|model| ModelId::new(model).ok())
        .map_or_else(|| "exchange".to_owned(), |model| slug(model.family()));
    format!("{service}/{operation}/{case}")
}

/// The model that a request names: in its path, or as `modelId` in its body.
pub(super) fn model(request: &Request<Bytes>) -> Option<String> {
    let mut segments = request.uri().path().split('/').skip(1);
    if segments.next() == Some("model") {
        return Some(percent_decode_str(segments.next()?).decode_utf8_lossy().into_owned());
    }
    let body: serde_json::Value = serde_json::from_slice(request.body()).ok()?;
    body.get("modelId")?.as_str().filter(|model| !model.is_empty()).map(str::to_owned)
}

/// An operation of Bedrock by method and path, else both in words.
fn operation(request: &Request<Bytes>) -> String {
    let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    let known = match (request.method().as_str(), path.as_slice()) {
        ("POST", ["model", _, "invoke"]) => "invoke-model",
        ("POST", ["model", _, "invoke-with-response-stream"]) => "invoke-model-with-response-stream",
        ("POST", ["model", _, "converse"]) => "converse",
        ("POST", ["model", _, "converse-stream"]) => "converse-stream",
        ("POST", ["model", _, "count-tokens"]) => "count-tokens",
        ("POST", ["async-invoke"]) => "start-async-invoke",
        ("GET", ["async-invoke"]) => "list-async-invokes",
        ("GET", ["async-invoke", _]) => "get-async-invoke",
        ("POST", ["guardrail", _, "version", _, "apply"]) => "apply-guardrail",
        ("POST", ["guardrail-checks", "invoke"]) => "invoke-guardrail-checks",
        ("GET", ["foundation-models"]) => "list-foundation-models",
        ("GET", ["foundation-models", _]) => "get-foundation-model",
        ("GET", ["inference-profiles"]) => "list-inference-profiles",
        ("GET", ["inference-profiles", _]) => "get-inference-profile",
        ("POST", ["model-invocation-job"]) => "create-model-invocation-job",
        ("GET", ["model-invocation-job", _]) => "get-model-invocation-job",
        (method, _) => {
            let first = path.first().copied().unwrap_or_default();
            return slug(&format!("{method} {first}"));
        }
    };
    known.to_owned()
}

fn s3_operation(request: &Request<Bytes>) -> String {
    format!("{}-object", slug(request.method().as_str()))
}

/// Lower-case letters and digits, with single hyphens between them.
fn slug(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let mut slug = words.join("-");
    slug.truncate(MAX_SLUG);
    match slug.trim_end_matches('-') {
        "" => "other".to_owned(),
        slug => slug.to_owned(),
    }
}
