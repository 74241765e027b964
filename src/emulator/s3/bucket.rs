//! What is asked of a bucket: whether there is one, what lies in it, and many deletions at once.

use super::answer::put;
use super::delete_objects::delete_objects;
use super::list_objects::{Listing, list_objects};
use super::refusals::no_room;
use super::written::Sources;
use super::{StoredObjects, not_there};
use crate::emulator::bedrock_runtime::AsyncInvocations;
use crate::emulator::moment::Moment;
use crate::emulator::query;
use crate::emulator::refused::Refused;
use crate::fixture::Store;
use bytes::Bytes;
use http::header::{HeaderName, LOCATION};
use http::{Method, Response, StatusCode};

/// What is asked of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) enum BucketStep {
    Create,
    Head,
    List(Listing),
    DeleteObjects,
}

impl BucketStep {
    /// What a method and a query ask of a bucket.
    pub(in crate::emulator) fn find(method: &Method, query: &str) -> Result<Self, Refused> {
        let pairs = query::pairs(query);
        let plain = |allowed: &[&str]| {
            let is_known = |name: &str| {
                name.is_empty() || name == "x-id" || name.starts_with("x-amz-") || allowed.contains(&name)
            };
            let unknown =
                pairs.iter().map(|(name, _)| name.to_ascii_lowercase()).find(|name| !is_known(name));
            unknown.map_or(Ok(()), |name| Err(not_there(&format!("`{name}`"))))
        };
        match *method {
            Method::GET => plain(Listing::PARAMETERS).and_then(|()| Listing::read(&pairs)).map(Self::List),
            Method::HEAD => plain(&[]).map(|()| Self::Head),
            Method::PUT => plain(&[]).map(|()| Self::Create),
            Method::POST if query::value(&pairs, "delete").is_some() => {
                plain(&["delete"]).map(|()| Self::DeleteObjects)
            }
            _ => plain(&[]).and_then(|()| Err(not_there(&format!("{method} of this")))),
        }
    }

    /// The operation, as AWS names it.
    pub(in crate::emulator) fn name(&self) -> &'static str {
        match self {
            Self::Create => "CreateBucket",
            Self::Head => "HeadBucket",
            Self::List(listing) => listing.name(),
            Self::DeleteObjects => "DeleteObjects",
        }
    }
}

/// Takes one step.
pub(in crate::emulator) fn take_bucket_step(
    step: &BucketStep,
    (bucket, region): (&str, &str),
    body: &Bytes,
    puts: &mut StoredObjects,
    (jobs, stores): (&mut AsyncInvocations, &[&Store]),
    now: Moment,
) -> Result<Response<Bytes>, Refused> {
    match step {
        BucketStep::Create => create(bucket, region, puts),
        // Every bucket is there, in the region that is asked.
        BucketStep::Head => {
            let mut answer = Response::new(Bytes::new());
            put(&mut answer, HeaderName::from_static("x-amz-bucket-region"), region);
            Ok(answer)
        }
        BucketStep::List(listing) => list_objects(listing, bucket, &mut Sources { puts, jobs, stores, now }),
        BucketStep::DeleteObjects => delete_objects(bucket, &String::from_utf8_lossy(body), puts),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
fn create(bucket: &str, region: &str, puts: &mut StoredObjects) -> Result<Response<Bytes>, Refused> {
    // One's own bucket may be made again only where S3 began.
    if puts.has_bucket(bucket) && region != "us-east-1" {
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(Refused::service(StatusCode::CONFLICT, "BucketAlreadyOwnedByYou", message)
            .with_element("BucketName", bucket));
    }
    if !puts.make_bucket(bucket) {
        return Err(no_room());
    }
    let mut answer = Response::new(Bytes::new());
    put(&mut answer, LOCATION, &format!("/{bucket}"));
    Ok(answer)
}
