//! PutObject, CopyObject and DeleteObject.

use super::answer::{copy_result, put};
use super::condition::{check_replaced, etag};
use super::refusals::no_room;
use super::stored_objects::StoredObjects;
use super::written::Written;
use crate::emulator::moment::Moment;
use crate::emulator::refused::Refused;
use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, Response, StatusCode};

/// Keeps an object.
pub(in crate::emulator) fn put_object(
    puts: &mut StoredObjects,
    object: (String, String),
    headers: &HeaderMap,
    written: Written,
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    check_replaced(headers, puts, &object)?;
    let tag = etag(&written.bytes);
    let answer = match &written.copy {
        Some(copy) if copy.source == object && !copy.is_described => {
            let message = "This copy request is illegal because it is trying to copy an object to itself without \
                           changing the object's metadata, storage class, website redirect location or encryption \
                           attributes.";
            return Err(Refused::service(StatusCode::BAD_REQUEST, "InvalidRequest", message));
        }
        Some(_) => copy_result("CopyObjectResult", &tag, now.wall),
        None => {
            let mut answer = Response::new(Bytes::new());
            put(&mut answer, ETAG, &tag);
            answer
        }
    };
    if puts.put(object, written.bytes, written.description, now.wall) {
        return Ok(answer);
    }
    Err(no_room())
}

/// Forgets an object; one that is not there counts as forgotten.
pub(in crate::emulator) fn delete_object(
    puts: &mut StoredObjects,
    object: (String, String),
    headers: &HeaderMap,
) -> Result<Response<Bytes>, Refused> {
    check_replaced(headers, puts, &object)?;
    puts.delete(object.0, object.1);
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    Ok(answer)
}
