//! Objects that come in parts: created, uploaded part by part, completed or aborted.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>

use super::answer::{copy_result, document, put};
use super::condition::{check_replaced, etag};
use super::refusals::{invalid_argument, malformed_xml, no_room};
use super::stored_objects::{StoredObjects, Upload};
use super::written::Written;
use crate::emulator::moment::Moment;
use crate::emulator::query;
use crate::emulator::random::Random;
use crate::emulator::refused::{Refused, escaped};
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use std::collections::BTreeMap;

/// What is asked of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) enum Step {
    Create,
    Part { number: u32, id: String },
    Complete { id: String },
    Abort { id: String },
}

/// What every part but the last has at least.
const SMALLEST: usize = 5 * 1024 * 1024;

impl Step {
    /// `None` where the query names no upload.
    pub(in crate::emulator) fn find(method: &Method, query: &str) -> Option<Self> {
        let pairs = query::pairs(query);
        let id = query::value(&pairs, "uploadId").map(str::to_owned);
        let number = query::value(&pairs, "partNumber");
        match (method.as_str(), id) {
            ("POST", None) => query::value(&pairs, "uploads").map(|_| Self::Create),
            // A number that is none is refused with those out of bounds.
            ("PUT", Some(id)) => {
                Some(Self::Part { number: number.and_then(|n| n.parse().ok()).unwrap_or_default(), id })
            }
            ("POST", Some(id)) => Some(Self::Complete { id }),
            ("DELETE", Some(id)) => Some(Self::Abort { id }),
            _ => None,
        }
    }

    /// The operation, as AWS names it.
    pub(in crate::emulator) fn name(&self) -> &'static str {
        match self {
            Self::Create => "CreateMultipartUpload",
            Self::Part { .. } => "UploadPart",
            Self::Complete { .. } => "CompleteMultipartUpload",
            Self::Abort { .. } => "AbortMultipartUpload",
        }
    }
}

/// Takes one step.
pub(in crate::emulator) fn take_step(
    step: Step,
    object: (String, String),
    (headers, written): (&HeaderMap, Written),
    puts: &mut StoredObjects,
    random: &Random,
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    match step {
        Step::Create => {
            let id = random.uuid();
            let answer = about(&object, "InitiateMultipartUploadResult", "UploadId", &id);
            if puts.begin(id, object, written.description) { Ok(answer) } else { Err(no_room()) }
        }
        Step::Part { number, id } => {
            if !(1..=10_000).contains(&number) {
                return Err(invalid_argument(
                    "Part number must be an integer between 1 and 10000, inclusive",
                ));
            }
            of_object(puts, &id, &object)?;
            let tag = etag(&written.bytes);
            if !puts.put_part(&id, number, written.bytes) {
                return Err(no_room());
            }
            if written.copy.is_some() {
                return Ok(copy_result("CopyPartResult", &tag, now.wall));
            }
            let mut answer = Response::new(Bytes::new());
            put(&mut answer, header::ETAG, &tag);
            Ok(answer)
        }
        Step::Complete { id } => {
            let whole =
                whole(&of_object(puts, &id, &object)?.parts, &String::from_utf8_lossy(&written.bytes))?;
            check_replaced(headers, puts, &object)?;
            let description = puts.end(&id).map(|upload| upload.description).unwrap_or_default();
            let answer = about(&object, "CompleteMultipartUploadResult", "ETag", &etag(&whole));
            if puts.put(object, whole, description, now.wall) { Ok(answer) } else { Err(no_room()) }
        }
        Step::Abort { id } => {
            of_object(puts, &id, &object)?;
            puts.end(&id);
            let mut answer = Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            Ok(answer)
        }
    }
}

fn of_object<'a>(
    puts: &'a StoredObjects,
    id: &str,
    object: &(String, String),
) -> Result<&'a Upload, Refused> {
    puts.upload(id, object).ok_or_else(|| {
        let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                       aborted or completed.";
        Refused::service(StatusCode::NOT_FOUND, "NoSuchUpload", message)
    })
}

/// The object that a list of parts makes.
fn whole(parts: &BTreeMap<u32, Bytes>, list: &str) -> Result<Bytes, Refused> {
    let refuse = |code, message: &str| Refused::service(StatusCode::BAD_REQUEST, code, message);
    let listed: Vec<&str> = list.split("<Part>").skip(1).collect();
    if listed.is_empty() {
        return Err(malformed_xml());
    }
    let (mut whole, mut last) = (Vec::new(), 0);
    for (index, part) in listed.iter().enumerate() {
        let number = element(part, "PartNumber").and_then(|number| number.parse().ok()).unwrap_or(0);
        if number <= last {
            return Err(refuse("InvalidPartOrder", "The list of parts was not in ascending order."));
        }
        last = number;
        let given = element(part, "ETag").unwrap_or_default().replace("&quot;", "\"");
        let found =
            parts.get(&number).filter(|bytes| etag(bytes).trim_matches('"') == given.trim_matches('"'));
        let Some(bytes) = found else {
            return Err(refuse("InvalidPart", "One or more of the specified parts could not be found."));
        };
        if index + 1 < listed.len() && bytes.len() < SMALLEST {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(refuse("EntityTooSmall", message));
        }
        whole.extend_from_slice(bytes);
    }
    Ok(whole.into())
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    Some(xml.split_once(&format!("<{name}>"))?.1.split_once(&format!("</{name}>"))?.0.trim())
}

fn about((bucket, key): &(String, String), root: &str, name: &str, value: &str) -> Response<Bytes> {
    let (bucket, key, value) = (escaped(bucket), escaped(key), escaped(value));
    document(root, &format!("<Bucket>{bucket}</Bucket><Key>{key}</Key><{name}>{value}</{name}>"))
}
