//! An error as a program printed it: a code and a message in a sentence, or a body alone.

use crate::protocol::refusals::known;
use crate::protocol::service_error::ServiceError;
use http::{HeaderMap, StatusCode};

/// A code and a message, from whatever a program prints of an error.
pub(super) fn error_in(text: &str) -> ServiceError {
    let body = text.find('{').and_then(|at| text.get(at..)).filter(|body| {
        serde_json::Deserializer::from_str(body)
            .into_iter::<serde_json::Value>()
            .next()
            .is_some_and(|value| value.is_ok())
    });
    let status = StatusCode::FORBIDDEN;
    if let Some(body) = body {
        let mut values = serde_json::Deserializer::from_str(body).into_iter::<serde_json::Value>();
        if let Some(Ok(value)) = values.next() {
            let error = ServiceError::decode(status, &HeaderMap::new(), value.to_string().as_bytes());
            if known(&error).is_some() {
                return error;
            }
        }
    }
    if text.contains("<Error>") {
        return ServiceError::decode(status, &HeaderMap::new(), text.as_bytes());
    }
    // botocore: An error occurred (CODE) when calling the Converse operation: MESSAGE
    let (code, message) = match text.split_once("An error occurred (") {
        Some((_, rest)) => {
            let (code, rest) = rest.split_once(')').unwrap_or(("", rest));
            (
                code,
                rest.split_once("operation")
                    .map_or(rest, |(_, message)| message.split_once(": ").map_or(message, |(_, m)| m)),
            )
        }
        None => (code_in(text).unwrap_or_default(), text),
    };
    let message = message.trim();
    // The exceptions of a stream begin with a small letter, as its frames name them.
    let code: String =
        code.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(code.chars().skip(1)).collect();
    let body = serde_json::json!({"__type": code, "message": message});
    ServiceError::decode(status, &HeaderMap::new(), body.to_string().as_bytes())
}

/// A word that ends in `Exception`: one that begins with a capital letter before any other.
fn code_in(text: &str) -> Option<&str> {
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
    let mut codes = words().filter(|word| word.len() > 12 && word.ends_with("Exception"));
    let is_capital = |word: &&str| word.starts_with(|c: char| c.is_ascii_uppercase());
    codes.clone().find(is_capital).or_else(|| codes.next())
}
