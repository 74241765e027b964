//! Which operation a request is, and what its case is called.

use super::origin;
use crate::protocol::model::ModelId;
use crate::protocol::operation::paths;
use bytes::Bytes;
use http::Request;
use percent_encoding::percent_decode_str;

/// How much of a model's name is in the name of a case.
const MAX_SLUG: usize = 48;

/// `bedrock/invoke-model/anthropic-claude-3-haiku-20240307`. The request as it was sent names the service, the redacted
/// one everything else.
pub(super) fn name(sent: &Request<Bytes>, redacted: &Request<Bytes>) -> String {
    let service = origin::service(sent);
    let operation = operation(&service, redacted);
    let case = model(redacted)
        .and_then(|model| ModelId::new(model).ok())
        .map_or_else(|| "exchange".to_owned(), |model| slug(model.family()));
    format!("{}/{operation}/{case}", slug(&service))
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

/// The name of an operation, in words, else the method and what of the path is nobody's own name.
fn operation(service: &str, request: &Request<Bytes>) -> String {
    if let Some(name) = paths::operation(service, request.method(), request.uri()) {
        return hyphenated(name);
    }
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    slug(&format!("{} {}", request.method(), if service == "s3" { "object" } else { first }))
}

/// `InvokeModel` as `invoke-model`.
fn hyphenated(name: &str) -> String {
    let mut words = String::with_capacity(MAX_SLUG);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
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
