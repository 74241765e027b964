//! What a request says that its body is: of which type, and in which encoding.

use super::refusal::{Refusal, RefusalKind};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

/// The media type of a body, without its parameters. It is not told apart by the case of its letters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    let given = headers.get(CONTENT_TYPE)?.as_bytes().split(|byte| *byte == b';').next()?;
    Some(given.trim_ascii())
}

/// Whether a body claims to be JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media_type| {
        media_type.eq_ignore_ascii_case(b"application/json")
            || media_type.to_ascii_lowercase().ends_with(b"+json")
    })
}

/// A body of another type than those that are read. `instead` says what to do.
pub(super) fn wrong_type(headers: &HeaderMap, instead: &str) -> Refusal {
    let given = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let given = given.map_or("no content-type".to_owned(), |given| format!("the content-type {given:?}"));
    Refusal::new(RefusalKind::WrongType, format!("the request has {given}; {instead}"))
}

/// Refuses a body that would have to be unpacked first.
pub(super) fn must_be_plain(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(()) };
    if encoding.is_empty() || encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
        return Ok(());
    }
    let encoding = String::from_utf8_lossy(encoding.as_bytes());
    let message = format!(
        "the body has the content-encoding {encoding:?}, which is not read here; send it as it is, without one"
    );
    Err(Refusal::new(RefusalKind::WrongType, message))
}
