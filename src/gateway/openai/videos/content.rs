//! `GET /v1/videos/{id}/content`: the video itself, streamed from the bucket.

use super::job::{absent, arn_of, refused};
use crate::client::late_object::{Ask, Questions, is_absent};
use crate::error::Error;
use crate::gateway::asked::Asked;
use crate::gateway::refusal::Refusal;
use crate::protocol::operation::Operation;
use crate::protocol::operation::bedrock_runtime::{AsyncInvoke, AsyncInvokeStatus};
use crate::protocol::operation::s3::{GetObject, HeadObject, S3Uri};
use crate::transport::Body;
use http::Response;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, RANGE};
use std::time::Duration;
use tokio::time::sleep_until;

/// The name of the video in the folder of its job.
const OUTPUT: &str = "output.mp4";
/// How much later than its job is `Completed` an object may appear: somebody waits for this answer.
const PATIENCE: Duration = Duration::from_secs(8);

pub(in crate::gateway) async fn video_content(asked: &Asked, id: &str) -> Result<Response<Body>, Refusal> {
    let arn = arn_of(id)?;
    if asked.parts.uri.query().is_some_and(|query| query != "variant=video") {
        return Err(Refusal::field("variant", "is not made by Bedrock's models; only the video itself is"));
    }
    asked.exchange.calls("GetObject", &asked.in_force.client, arn.as_str());
    let invocation = asked.in_force.client.get_async_invoke(arn.as_str()).await.map_err(refused)?;
    let video = output_of(&invocation)?;
    let get = GetObject::new(video);
    let range = asked.parts.headers.get(RANGE).and_then(|range| range.to_str().ok());
    // A form that is not known is passed over, as RFC 9110 says: then all of it is the answer.
    let get = range.and_then(|range| with_range(&get, range)).unwrap_or(get);
    let (upstream, body) = open(asked, get).await?.into_parts();
    let mut answer = Response::new(body);
    *answer.status_mut() = upstream.status;
    let headers = answer.headers_mut();
    for name in [CONTENT_LENGTH, CONTENT_RANGE, ACCEPT_RANGES, ETAG] {
        if let Some(value) = upstream.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    Ok(answer)
}

/// Where the video of a job is, once it is done.
fn output_of(invocation: &AsyncInvoke) -> Result<S3Uri, Refusal> {
    match (invocation.status(), invocation.s3_uri()) {
        (AsyncInvokeStatus::Completed, Some(folder)) => Ok(folder.join(OUTPUT)),
        (AsyncInvokeStatus::Failed, _) => {
            Err(Refusal::invalid("the video failed, so there is none").code("video_generation_failed"))
        }
        _ => {
            let message = "the video is not done yet; ask again when its status is completed";
            Err(Refusal::invalid(message).code("video_not_ready"))
        }
    }
}

/// One range of bytes, in any of its three forms. <https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2>
fn with_range(get: &GetObject, range: &str) -> Option<GetObject> {
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // What has more digits is beyond any video.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (unit, range) = range.trim().split_once('=')?;
    let (first, last) = range.split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
    match (first, last) {
        ("", last) => Some(get.clone().last_bytes(number(last)?)),
        (first, "") => Some(get.clone().from_offset(number(first)?)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| get.clone().range(first, last))
        }
    }
}

async fn open(asked: &Asked, mut get: GetObject) -> Result<Response<Body>, Refusal> {
    let client = &asked.in_force.client;
    let mut questions = Questions::for_as_long_as(PATIENCE);
    loop {
        let error = match client.open(&get).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        match questions.after(&error) {
            Ask::InItsRegion => {}
            Ask::At(then) => sleep_until(then).await,
            Ask::NoMore if is_absent(&error) => return Err(absent("the video is no longer in its bucket")),
            Ask::NoMore if error.status() == Some(416) => return Err(out_of_range(asked, &get, error).await),
            Ask::NoMore => return Err(refused(error)),
        }
        if let Some(region) = questions.region() {
            get = get.region(region.to_owned());
        }
    }
}

/// A download that was whole already is asked for from its end on: its client looks for how long the video is.
async fn out_of_range(asked: &Asked, get: &GetObject, error: Error) -> Refusal {
    let mut head = HeadObject::new(get.uri().clone());
    if let Some(region) = Operation::region(get) {
        head = head.region(region.to_owned());
    }
    let length = asked.in_force.client.call(&head).await.ok().and_then(|head| head.content_length);
    let refusal = Refusal::from(error);
    match length {
        Some(length) => refusal.header(CONTENT_RANGE, format!("bytes */{length}")),
        None => refusal,
    }
}
