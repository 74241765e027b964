//! GetObject and HeadObject: whole or a range, of what a client wrote and of the folders of async invocations.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use super::answer::put;
use super::condition::{etag, read_condition};
use super::description::told_instead;
use super::range::Range;
use super::refusals::{no_bucket, no_key};
use super::stored_objects::StoredObjects;
use crate::emulator::bedrock_runtime::{AsyncInvocation, AsyncInvocations, AsyncModel, OutputObject};
use crate::emulator::moment::Moment;
use crate::emulator::refused::Refused;
use crate::fixture::Store;
use crate::protocol::timestamp::http_date;
use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, RANGE};
use http::{HeaderMap, Response, StatusCode};
use std::time::SystemTime;

/// The fixture whose answer is the video of every job.
const VIDEO: &str = "s3/get-object/video-output";

/// A GET (or HEAD) of an object.
pub(in crate::emulator) struct ObjectRequest<'a> {
    pub(in crate::emulator) bucket: &'a str,
    pub(in crate::emulator) key: &'a str,
    pub(in crate::emulator) headers: &'a HeaderMap,
    pub(in crate::emulator) query: &'a str,
    pub(in crate::emulator) is_head: bool,
}

/// The object, or the part of it that is asked for.
pub(in crate::emulator) fn object(
    request: &ObjectRequest,
    puts: &StoredObjects,
    jobs: &mut AsyncInvocations,
    stores: &[&Store],
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    let mut answer = described(request, puts, jobs, stores, now)?;
    if answer.status() != StatusCode::NOT_MODIFIED {
        answer.headers_mut().extend(told_instead(request.query));
    }
    Ok(answer)
}

fn described(
    request: &ObjectRequest,
    puts: &StoredObjects,
    jobs: &mut AsyncInvocations,
    stores: &[&Store],
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    let no_key = || no_key(request.key);
    if let Some(stored) = puts.get(request.bucket, request.key) {
        let content = Content { bytes: stored.bytes, media_type: "binary/octet-stream" };
        let mut answer = answer(request, content, stored.written)?;
        if answer.status() != StatusCode::NOT_MODIFIED {
            answer.headers_mut().extend(stored.description);
        }
        return Ok(answer);
    }
    let (content, written) = match jobs.object(request.bucket, request.key, now) {
        OutputObject::NoBucket if puts.has_bucket(request.bucket) => return Err(no_key()),
        OutputObject::NoBucket => return Err(no_bucket(request.bucket)),
        OutputObject::NoKey => return Err(no_key()),
        OutputObject::File { job, name, written } => {
            (content(job, &name, stores).ok_or_else(no_key)?, written)
        }
    };
    answer(request, content, written)
}

fn answer(
    request: &ObjectRequest,
    content: Content,
    written: SystemTime,
) -> Result<Response<Bytes>, Refused> {
    let etag = etag(&content.bytes);
    let mut answer = match read_condition(request.headers, &etag, written)? {
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

pub(super) struct Content {
    pub(super) bytes: Bytes,
    media_type: &'static str,
}

/// The names of the files in the folder of a job.
pub(super) fn names(job: &AsyncInvocation) -> &'static [&'static str] {
    match job.model() {
        AsyncModel::Luma => &["output.mp4"],
        AsyncModel::NovaReel => &["generation-status.json", "manifest.json", "output.mp4"],
    }
}

/// A file in the folder of a job: the video, and beside those of Nova Reel two documents about it.
pub(super) fn content(job: &AsyncInvocation, name: &str, stores: &[&Store]) -> Option<Content> {
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
