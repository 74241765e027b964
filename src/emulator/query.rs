//! Queries, from the service's side: pairs, numbers, tokens.

use super::refused::Refused;
use percent_encoding::percent_decode_str;

/// The most that any listing puts in one page.
const MAX_RESULTS: usize = 1000;

/// The pairs of a query, each side decoded once.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (decode(name), decode(value))
    };
    query.split('&').map(pair).collect()
}

/// The value of the first pair with this name.
pub(super) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// `maxResults`, where it is given.
pub(super) fn max_results(text: Option<&str>, otherwise: usize) -> Result<usize, Refused> {
    let Some(text) = text else { return Ok(otherwise) };
    text.parse().ok().filter(|count| (1..=MAX_RESULTS).contains(count)).ok_or_else(|| {
        invalid("maxResults", text, &format!("Member must have value between 1 and {MAX_RESULTS}"))
    })
}

/// A refusal in the words of the check of a request's shape.
pub(super) fn invalid(name: &str, value: &str, constraint: &str) -> Refused {
    Refused::validation(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
    ))
}
