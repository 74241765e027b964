//! Operations that answer a page at a time, and what their pages have in common.

use super::{Operation, Undecodable};
use crate::protocol::document::Document;
use crate::protocol::invalid_input::InvalidInput;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

/// What stays as it is in a query: the unreserved set of RFC 3986.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An operation that answers a page at a time. A client makes one stream of items of it.
pub trait Paged: Operation {
    /// What its pages are full of.
    type Item;

    /// Takes a page apart: its items, and the token that asks for the next page, where there is one.
    fn page(output: Self::Output) -> (Vec<Self::Item>, Option<String>);

    /// The same question, for the page that this token asks for.
    #[must_use]
    fn with_token(&self, token: String) -> Self;
}

/// The most items that a page may be asked for.
const MAX_PAGE: u16 = 1000;

/// `maxResults`, where it is a number of items that a page can have: 1 to 1000.
pub(super) fn page_size(count: u16) -> Result<u16, InvalidInput> {
    if (1..=MAX_PAGE).contains(&count) {
        return Ok(count);
    }
    Err(InvalidInput::new("maxResults", format!("is {count}; give 1 to {MAX_PAGE}")))
}

/// The members of a page: the documents in its list, and `nextToken`. A list that is not there is empty.
pub(super) fn read_page(
    operation: &'static str,
    list: &str,
    document: &Document,
) -> Result<(Vec<Document>, Option<String>), Undecodable> {
    let refuse = |problem: String| Undecodable::new(operation, problem);
    let json = document.indexed().filter(|json| json.root().is_object());
    let json = json.ok_or_else(|| refuse("it is no JSON object".to_owned()))?;
    let [items, next_token] = json.root().named([list, "nextToken"]);
    let documents = match items {
        Some(items) => {
            let items = items.elements().ok_or_else(|| refuse(format!("{list} is no list")))?;
            items.map(|item| Document::new(item.text().to_owned())).collect()
        }
        None => Vec::new(),
    };
    let next_token = match next_token.filter(|token| token.text() != "null") {
        Some(token) => Some(token.str().ok_or_else(|| refuse("nextToken is no string".to_owned()))?),
        None => None,
    };
    Ok((documents, next_token.filter(|token| !token.is_empty()).map(Cow::into_owned)))
}

/// A path with the pairs that have a value as its query. Give them in the order of the canonical request, so that what
/// is signed reads like what is sent.
pub(super) fn path_with_query(path: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let given: Vec<String> = pairs
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", utf8_percent_encode((*value)?, QUERY))))
        .collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}
