//! `GET /v1/videos`: the video jobs of this region, the newest first.

use super::job::{arn_of, video_object};
use crate::gateway::asked::Asked;
use crate::gateway::refusal::Refusal;
use crate::gateway::response;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{AsyncInvoke, ListAsyncInvokes, SortOrder};
use crate::protocol::video::TextToVideo;
use crate::transport::Body;
use futures_util::TryStreamExt as _;
use http::Response;
use serde_json::{Value, json};

/// What OpenAI's page says.
const LIMITS: std::ops::RangeInclusive<usize> = 1..=100;
const DEFAULT_LIMIT: usize = 20;
/// How many jobs are looked at for one that a page begins after.
const MAX_JOBS: usize = 10_000;

pub(in crate::gateway) async fn videos(asked: &Asked) -> Result<Response<Body>, Refusal> {
    let mut limit = DEFAULT_LIMIT;
    let mut order = SortOrder::Descending;
    let mut after = None;
    for (name, value) in parameters(asked.parts.uri.query().unwrap_or_default()) {
        match (name, value) {
            ("limit", value) => {
                let given = value.parse().ok().filter(|limit| LIMITS.contains(limit));
                limit = given.ok_or_else(|| Refusal::field("limit", "is no number from 1 to 100"))?;
            }
            ("order", "asc") => order = SortOrder::Ascending,
            ("order", "desc") => order = SortOrder::Descending,
            ("order", _) => return Err(Refusal::field("order", "is neither asc nor desc")),
            ("after", id) => after = Some(arn_of(id).map_err(|e| e.at("after"))?),
            (other, _) => return Err(Refusal::field(other, "is no parameter of a list of videos")),
        }
    }
    asked.exchange.calls_none("ListAsyncInvokes", &asked.in_force.client);
    let mut jobs = asked.in_force.client.items(ListAsyncInvokes::new().sort_order(order));
    let mut data = Vec::new();
    let mut looked_at = 0;
    let mut has_more = false;
    while let Some(invocation) = jobs.try_next().await? {
        looked_at += 1;
        if looked_at > MAX_JOBS {
            break;
        }
        if let Some(arn) = &after {
            if invocation.invocation_arn() == arn {
                after = None;
            }
            continue;
        }
        if !is_video(&invocation) {
            continue;
        }
        if data.len() == limit {
            has_more = true;
            break;
        }
        data.push(video_object(&invocation));
    }
    let id = |video: Option<&Value>| video.map(|video| video["id"].clone());
    let list = json!({
        "object": "list",
        "first_id": id(data.first()),
        "last_id": id(data.last()),
        "has_more": has_more,
        "data": data,
    });
    Ok(response::json(list.to_string()))
}

fn is_video(invocation: &AsyncInvoke) -> bool {
    let model = invocation.model_arn().and_then(|arn| ModelId::new(arn).ok());
    model.is_some_and(|model| TextToVideo::for_model(&model, "").is_ok())
}

/// Ids and numbers have nothing that is percent-encoded.
fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=').unwrap_or((part, "")))
}
