//! An object's tag, and what a request allows by it.

use super::refusals::{failed_precondition, no_key};
use super::stored_objects::StoredObjects;
use crate::emulator::refused::Refused;
use crate::protocol::timestamp::parse_http_date;
use bytes::Bytes;
use http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, Response, StatusCode};
use sha2::{Digest, Sha256};
use std::time::{SystemTime, UNIX_EPOCH};

/// Whether an object may take the place of what is there: `If-None-Match: *` and `If-Match` of a write.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(super) fn check_replaced(
    headers: &HeaderMap,
    puts: &StoredObjects,
    (bucket, key): &(String, String),
) -> Result<(), Refused> {
    match puts.get(bucket, key) {
        Some(there) if precondition(headers, &etag(&there.bytes))?.is_some() => Err(failed_precondition()),
        None if headers.contains_key(IF_MATCH) => Err(no_key(key)),
        _ => Ok(()),
    }
}

/// Quoted, and different where the bytes are; S3's own is the MD5 of an object that was put whole.
pub(super) fn etag(bytes: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(bytes));
    format!("\"{}\"", hash.get(..32).unwrap_or_default())
}

/// What a reader asks for: its tag, or where that is not named, when it was written. A refusal, an answer without a
/// body, or neither.
pub(super) fn read_condition(
    headers: &HeaderMap,
    etag: &str,
    written: SystemTime,
) -> Result<Option<Response<Bytes>>, Refused> {
    // A date has whole seconds.
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let is_newer = |name: HeaderName, instead_of: HeaderName| {
        let date = headers.get(name).filter(|_| !headers.contains_key(instead_of))?;
        Some(seconds(written) > seconds(parse_http_date(date.to_str().ok()?)?))
    };
    if is_newer(IF_UNMODIFIED_SINCE, IF_MATCH) == Some(true) {
        return Err(failed_precondition());
    }
    let by_tag = precondition(headers, etag)?;
    Ok(by_tag.or_else(|| (is_newer(IF_MODIFIED_SINCE, IF_NONE_MATCH) == Some(false)).then(not_modified)))
}

/// `If-Match` and `If-None-Match`: a refusal, an answer without a body, or neither.
fn precondition(headers: &HeaderMap, etag: &str) -> Result<Option<Response<Bytes>>, Refused> {
    let names_it = |name: HeaderName| {
        let value = headers.get(name)?.to_str().ok()?;
        let bare = etag.trim_matches('"');
        Some(value.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_matches('"') == bare))
    };
    if names_it(IF_MATCH) == Some(false) {
        return Err(failed_precondition());
    }
    Ok((names_it(IF_NONE_MATCH) == Some(true)).then(not_modified))
}

fn not_modified() -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer
}
