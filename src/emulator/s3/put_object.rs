//! PutObject and DeleteObject.

use super::answer::put;
use super::condition::{check_replaced, etag};
use super::description::description;
use super::refusals::{no_room, not_there};
use super::stored_objects::StoredObjects;
use crate::emulator::moment::Moment;
use crate::emulator::refused::Refused;
use crate::protocol::aws_chunked;
use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, Request, Response, StatusCode};

/// What an upload carries, out of its chunks where it comes in them.
pub(in crate::emulator) fn uploaded(request: &Request<Bytes>) -> Result<Bytes, Refused> {
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

/// Keeps an object.
pub(in crate::emulator) fn put_object(
    puts: &mut StoredObjects,
    object: (String, String),
    (headers, bytes): (&HeaderMap, &Bytes),
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    check_replaced(headers, puts, &object)?;
    let mut answer = Response::new(Bytes::new());
    put(&mut answer, ETAG, &etag(bytes));
    if puts.put(object, bytes.clone(), description(headers), now.wall) {
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
