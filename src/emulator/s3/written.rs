//! What a write carries: its body, or what it copies.
//!
//! - <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
//! - <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>

use super::description::description;
use super::object::{ObjectRequest, object};
use super::refusals::{failed_precondition, invalid_argument, not_there};
use super::stored_objects::StoredObjects;
use crate::emulator::bedrock_runtime::AsyncInvocations;
use crate::emulator::moment::Moment;
use crate::emulator::refused::Refused;
use crate::fixture::Store;
use crate::protocol::aws_chunked;
use bytes::Bytes;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE};
use http::{HeaderMap, Request, StatusCode};
use percent_encoding::percent_decode_str;

const SOURCE: &str = "x-amz-copy-source";

/// What is written, and what is said of it.
pub(in crate::emulator) struct Written {
    pub(super) bytes: Bytes,
    pub(super) description: HeaderMap,
    pub(super) copy: Option<Copy>,
}

/// That it is a copy.
pub(super) struct Copy {
    /// Bucket and key of what is copied.
    pub(super) source: (String, String),
    /// Whether the copy is described anew.
    pub(super) is_described: bool,
}

/// Where a copy may come from: what a client wrote, and the folders of async invocations.
pub(in crate::emulator) struct Sources<'a> {
    pub(in crate::emulator) puts: &'a StoredObjects,
    pub(in crate::emulator) jobs: &'a mut AsyncInvocations,
    pub(in crate::emulator) stores: &'a [&'a Store],
    pub(in crate::emulator) now: Moment,
}

/// The operation, as AWS names it where it copies.
pub(in crate::emulator) fn copying(operation: &'static str, headers: &HeaderMap) -> &'static str {
    match operation {
        "PutObject" if headers.contains_key(SOURCE) => "CopyObject",
        "UploadPart" if headers.contains_key(SOURCE) => "UploadPartCopy",
        other => other,
    }
}

/// The body of a write, out of its chunks where it comes in them, or what its source has.
pub(in crate::emulator) fn written(
    request: &Request<Bytes>,
    sources: &mut Sources,
) -> Result<Written, Refused> {
    let headers = request.headers();
    if let Some(source) = headers.get(SOURCE) {
        return copied(source.to_str().unwrap_or_default(), headers, sources);
    }
    let bytes = match aws_chunked::open(headers, request.body()) {
        None => request.body().clone(),
        Some(Ok(upload)) => upload.object,
        Some(Err(problem)) => {
            let message = format!("The request body {problem}.");
            return Err(Refused::service(StatusCode::BAD_REQUEST, "IncompleteBody", message));
        }
    };
    Ok(Written { bytes, description: description(headers), copy: None })
}

fn copied(source: &str, headers: &HeaderMap, sources: &mut Sources) -> Result<Written, Refused> {
    let (path, version) = source.split_once("?versionId=").unwrap_or((source, ""));
    if !version.is_empty() {
        return Err(not_there("copy of a version"));
    }
    let decoded = percent_decode_str(path).decode_utf8().unwrap_or_default();
    let path = decoded.strip_prefix('/').unwrap_or(&decoded);
    let named = path.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty());
    let Some((bucket, key)) = named.filter(|(bucket, _)| !bucket.starts_with("arn:")) else {
        return Err(invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        ));
    };
    let mut asked = HeaderMap::new();
    for (from, to) in [
        ("x-amz-copy-source-range", RANGE),
        ("x-amz-copy-source-if-match", IF_MATCH),
        ("x-amz-copy-source-if-none-match", IF_NONE_MATCH),
        ("x-amz-copy-source-if-modified-since", IF_MODIFIED_SINCE),
        ("x-amz-copy-source-if-unmodified-since", IF_UNMODIFIED_SINCE),
    ] {
        asked.extend(headers.get(from).map(|value| (to, value.clone())));
    }
    let request = ObjectRequest { bucket, key, headers: &asked, query: "", is_head: false };
    let found = object(&request, sources.puts, sources.jobs, sources.stores, sources.now)?;
    if found.status() == StatusCode::NOT_MODIFIED {
        return Err(failed_precondition());
    }
    let directive = headers.get("x-amz-metadata-directive");
    let is_described = directive.is_some_and(|directive| directive.as_bytes() == b"REPLACE");
    let description = description(if is_described { headers } else { found.headers() });
    let copy = Copy { source: (bucket.to_owned(), key.to_owned()), is_described };
    Ok(Written { bytes: found.into_body(), description, copy: Some(copy) })
}
