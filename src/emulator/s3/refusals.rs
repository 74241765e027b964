//! What S3 refuses, in its words.

use crate::emulator::refused::Refused;
use http::StatusCode;

/// What the emulator lacks of S3: refused, since what it would take it for could write over an object or delete it.
pub(in crate::emulator) fn not_there(what: &str) -> Refused {
    let message = format!(
        "The emulator has no {what}: only GetObject, HeadObject, PutObject, CopyObject, DeleteObject and DeleteObjects, \
         multipart uploads, CreateBucket, HeadBucket, ListObjects and ListObjectsV2."
    );
    Refused::service(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

pub(super) fn no_key(key: &str) -> Refused {
    Refused::service(StatusCode::NOT_FOUND, "NoSuchKey", "The specified key does not exist.")
        .with_element("Key", key)
}

pub(super) fn no_bucket(bucket: &str) -> Refused {
    Refused::service(StatusCode::NOT_FOUND, "NoSuchBucket", "The specified bucket does not exist")
        .with_element("BucketName", bucket)
}

pub(super) fn invalid_argument(message: &str) -> Refused {
    Refused::service(StatusCode::BAD_REQUEST, "InvalidArgument", message)
}

pub(super) fn malformed_xml() -> Refused {
    Refused::service(StatusCode::BAD_REQUEST, "MalformedXML", "The XML you provided was not well-formed")
}

pub(super) fn failed_precondition() -> Refused {
    let message = "At least one of the pre-conditions you specified did not hold";
    Refused::service(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message)
}

pub(super) fn no_room() -> Refused {
    let message = "The emulator keeps 64 MiB.";
    Refused::service(StatusCode::INSUFFICIENT_STORAGE, "InsufficientStorage", message)
}
