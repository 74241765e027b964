//! HeadBucket.

use super::answer::put;
use bytes::Bytes;
use http::Response;
use http::header::HeaderName;

/// Every bucket is there, in the region that is asked.
pub(in crate::emulator) fn head_bucket(region: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    put(&mut answer, HeaderName::from_static("x-amz-bucket-region"), region);
    answer
}
