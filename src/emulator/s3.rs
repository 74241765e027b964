//! S3, as far as the output of an async invocation needs it: GET and HEAD of an object, whole or a range; and as far as
//! a probe of a bucket does: PUT, DELETE and HEAD. Objects in parts: `multipart`.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use super::jobs::{AsyncModel, Job, Jobs, Moment, Object};
use super::put_objects::PutObjects;
use super::query;
use super::refused::Refused;
use crate::fixture::Store;
use crate::protocol::aws_chunked;
use crate::protocol::timestamp::http_date;
use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH,
    LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use std::time::SystemTime;

/// The fixture whose answer is the video of every job.
const VIDEO: &str = "s3/get-object/video-output";

/// A GET (or HEAD) of an object.
pub(super) struct ObjectRequest<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) is_head: bool,
}

/// The object, or the part of it that is asked for.
pub(super) fn object(
    request: &ObjectRequest,
    puts: &PutObjects,
    jobs: &mut Jobs,
    stores: &[&Store],
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    let no_key = || no_key(request.key);
    if let Some((bytes, written)) = puts.get(request.bucket, request.key) {
        return answer(request, Content { bytes, media_type: "binary/octet-stream" }, written);
    }
    let (content, written) = match jobs.object(request.bucket, request.key, now) {
        Object::NoBucket if puts.has_bucket(request.bucket) => return Err(no_key()),
        Object::NoBucket => {
            return Err(Refused::service(
                StatusCode::NOT_FOUND,
                "NoSuchBucket",
                "The specified bucket does not exist",
            )
            .with_element("BucketName", request.bucket));
        }
        Object::NoKey => return Err(no_key()),
        Object::File { job, name, written } => (content(job, &name, stores).ok_or_else(no_key)?, written),
    };
    answer(request, content, written)
}

/// What the emulator lacks of S3: refused, since what it would take it for could write over an object or delete it.
pub(super) fn not_there(what: &str) -> Refused {
    let message = format!(
        "The emulator has no {what}: only GetObject, HeadObject, PutObject, DeleteObject, HeadBucket and multipart uploads."
    );
    Refused::service(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

/// The first name in a query that asks for something other than the object itself.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
pub(super) fn sub_resource(query: &str) -> Option<String> {
    let is_plain = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.is_empty() || name == "x-id" || name.starts_with("x-amz-") || name.starts_with("response-")
    };
    query::pairs(query).into_iter().map(|(name, _)| name).find(|name| !is_plain(name))
}

/// What an upload carries, out of its chunks where it comes in them.
pub(super) fn uploaded(request: &Request<Bytes>) -> Result<Bytes, Refused> {
    if request.headers().contains_key("x-amz-copy-source") {
        return Err(not_there("copy of an object"));
    }
    match aws_chunked::open(request.headers(), request.body()) {
        None => Ok(request.body().clone()),
        Some(Ok(upload)) => Ok(upload.object),
        Some(Err(problem)) => {
            let message = format!("The request body {problem}.");
            Err(Refused::service(StatusCode::BAD_REQUEST, "IncompleteBody", message))
        }
    }
}

/// Whether an object may take the place of what is there: `If-None-Match: *` and `If-Match` of a write.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub(super) fn check_replaced(
    headers: &HeaderMap,
    puts: &PutObjects,
    (bucket, key): &(String, String),
) -> Result<(), Refused> {
    match puts.get(bucket, key) {
        Some((there, _)) if precondition(headers, &etag(&there))?.is_some() => Err(failed_precondition()),
        None if headers.contains_key(IF_MATCH) => Err(no_key(key)),
        _ => Ok(()),
    }
}

/// Keeps an object.
pub(super) fn put_object(
    puts: &mut PutObjects,
    object: (String, String),
    (headers, bytes): (&HeaderMap, &Bytes),
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    check_replaced(headers, puts, &object)?;
    let (bucket, key) = object;
    let mut answer = Response::new(Bytes::new());
    put(&mut answer, ETAG, &etag(bytes));
    if puts.put(bucket, key, bytes.clone(), now.wall) {
        return Ok(answer);
    }
    Err(no_room())
}

fn no_key(key: &str) -> Refused {
    Refused::service(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
        .with_element("Key", key)
}

fn failed_precondition() -> Refused {
    let message = "At least one of the pre-conditions you specified did not hold";
    Refused::service(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message)
}

pub(super) fn no_room() -> Refused {
    let message = "The emulator keeps 64 MiB.";
    Refused::service(StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorage", message)
}

/// Forgets an object; one that is not there counts as forgotten.
pub(super) fn delete_object(
    puts: &mut PutObjects,
    object: (String, String),
    headers: &HeaderMap,
) -> Result<Response<Bytes>, Refused> {
    check_replaced(headers, puts, &object)?;
    puts.delete(object.0, object.1);
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    Ok(answer)
}

/// Every bucket is there, in the region that is asked.
pub(super) fn head_bucket(region: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    put(&mut answer, HeaderName::from_static("x-amz-bucket-region"), region);
    answer
}

fn answer(
    request: &ObjectRequest,
    content: Content,
    written: SystemTime,
) -> Result<Response<Bytes>, Refused> {
    let etag = etag(&content.bytes);
    let mut answer = match precondition(request.headers, &etag)? {
        Some(not_modified) => not_modified,
        None => part(request, content.bytes)?,
    };
    put(&mut answer, ETAG, &etag);
    put(&mut answer, LAST_MODIFIED, &http_date(written));
    if answer.status() != StatusCode::NOT_MODIFIED {
        put(&mut answer, CONTENT_TYPE, content.media_type);
        put(&mut answer, ACCEPT_RANGES, "bytes");
    }
    Ok(answer)
}

struct Content {
    bytes: Bytes,
    media_type: &'static str,
}

/// A file in the folder of a job: the video, and beside those of Nova Reel two documents about it.
fn content(job: &Job, name: &str, stores: &[&Store]) -> Option<Content> {
    let json = |value: serde_json::Value| {
        Some(Content { bytes: Bytes::from(value.to_string()), media_type: "application/json" })
    };
    let video = || format!("{}/output.mp4", job.s3_uri());
    match (name, job.model()) {
        ("output.mp4", _) => {
            let case =
                stores.iter().find_map(|store| store.cases().iter().find(|case| case.name == VIDEO))?;
            Some(Content { bytes: case.responses.last()?.body().clone(), media_type: "video/mp4" })
        }
        ("manifest.json", AsyncModel::NovaReel) => json(serde_json::json!({
            "schemaVersion": "1.0",
            "outputs": { "fullVideo": { "location": video() } },
        })),
        ("generation-status.json", AsyncModel::NovaReel) => json(serde_json::json!({
            "schemaVersion": "1.0",
            "fullVideo": { "status": "SUCCESS", "location": video() },
        })),
        _ => None,
    }
}

/// Quoted, and different where the bytes are; S3's own is the MD5 of an object that was put whole.
pub(super) fn etag(bytes: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(bytes));
    format!("\"{}\"", hash.get(..32).unwrap_or_default())
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
    Ok((names_it(IF_NONE_MATCH) == Some(true)).then(|| {
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    }))
}

/// The whole, or the range that is asked for. The length is a header of its own, since a HEAD has no body to tell it.
fn part(request: &ObjectRequest, bytes: Bytes) -> Result<Response<Bytes>, Refused> {
    let total = bytes.len();
    let range = request.headers.get(RANGE).and_then(|value| value.to_str().ok()).and_then(Range::read);
    let mut answer = match range {
        None => Response::new(bytes),
        Some(range) => {
            let Some((first, last)) = range.within(total) else {
                return Err(Refused::service(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "InvalidRange",
                    "The requested range is not satisfiable",
                )
                .with_element("ActualObjectSize", total.to_string())
                .with_header(CONTENT_RANGE, &format!("bytes */{total}")));
            };
            let mut answer = Response::new(bytes.slice(first..=last));
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            put(&mut answer, CONTENT_RANGE, &format!("bytes {first}-{last}/{total}"));
            answer
        }
    };
    let length = answer.body().len().to_string();
    put(&mut answer, CONTENT_LENGTH, &length);
    if request.is_head {
        *answer.body_mut() = Bytes::new();
    }
    Ok(answer)
}

/// One range. Several, and what is no range, are ignored, as S3 does: the answer is the whole object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    /// `bytes=5-` and `bytes=5-9`
    From(u64, Option<u64>),
    /// `bytes=-5`
    Last(u64),
}

impl Range {
    fn read(value: &str) -> Option<Self> {
        let (first, last) = value.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| {
            let is_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            // More digits than a u64 holds are beyond any object.
            is_digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        match (first, last) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// First and last byte of it, where an object of this size has any.
    fn within(self, total: usize) -> Option<(usize, usize)> {
        let end = total.checked_sub(1)?;
        let small = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        match self {
            Self::Last(0) => None,
            Self::Last(count) => Some((total.saturating_sub(small(count)), end)),
            Self::From(first, last) => {
                let first = small(first);
                (first <= end).then(|| (first, last.map_or(end, |last| small(last).min(end))))
            }
        }
    }
}

pub(super) fn put(answer: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// `x-amz-request-id` has hex digits, and `x-amz-id-2` is longer.
pub(super) fn stamp(answer: &mut Response<Bytes>, request_id: &str, now: SystemTime) {
    put(answer, HeaderName::from_static("x-amz-request-id"), request_id);
    put(answer, HeaderName::from_static("x-amz-id-2"), &format!("{request_id}{request_id}"));
    put(answer, http::header::DATE, &http_date(now));
    put(answer, http::header::SERVER, "AmazonS3");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, expected) in [
            ("bytes=0-0", Some((0, 0))),
            ("bytes=5-", Some((5, 9))),
            ("bytes=5-100", Some((5, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-300", Some((0, 9))),
            ("bytes=10-", None),
            ("bytes=-0", None),
            ("bytes=99999999999999999999999-", None),
        ] {
            assert_eq!(Range::read(text).unwrap().within(10), expected, "{text}");
        }
        for ignored in
            ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "bytes=--1"]
        {
            assert_eq!(Range::read(ignored), None, "{ignored}");
        }
        assert_eq!(Range::Last(1).within(0), None);
    }
}
