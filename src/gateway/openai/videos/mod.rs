//! `/v1/videos`: videos of Luma Ray2 and Nova Reel as jobs of OpenAI's video API. A job is an async invocation; its id
//! has all that is to be known of it, so that nothing is kept here.
//!
//! - <https://platform.openai.com/docs/api-reference/videos>
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html>

mod content;
mod create_request;
mod form;
mod job;
mod list;

pub(in crate::gateway) use content::video_content;
pub(in crate::gateway) use list::videos;

use crate::client::{Client, random_token};
use crate::error::Error;
use crate::gateway::asked::Asked;
use crate::gateway::by_routes::Failed;
use crate::gateway::exchange::Exchange;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::gateway::response;
use crate::protocol::model::ModelId;
use crate::protocol::operation::s3::S3Uri;
use crate::transport::Body;
use create_request::CreateRequest;
use http::Response;
use job::{Job, video_object};

pub(in crate::gateway) async fn create_video(asked: Asked) -> Result<Response<Body>, Refusal> {
    let request = CreateRequest::read(&asked.parts.headers, &asked.body)?;
    let folder = asked.in_force.options.video_s3_uri.as_ref().ok_or_else(no_folder)?;
    let model = asked.model(&request.model)?;
    let request = &request;
    let exchange = &asked.exchange;
    let arn = model.ask(|client, model_id| start(client, model_id, request, folder, exchange)).await?;
    let job = Job {
        arn,
        model: Some(request.model.clone()),
        seconds: request.seconds.map(|seconds| seconds.to_string()),
        size: request.size.clone(),
    };
    let created_at = std::time::SystemTime::now();
    let created_at = created_at.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(response::json(job.object("queued", created_at).to_string()))
}

pub(in crate::gateway) async fn video(asked: Asked, id: &str) -> Result<Response<Body>, Refusal> {
    let job = Job::read(id)?;
    asked.exchange.calls("GetAsyncInvoke", &asked.in_force.client, &job.arn);
    let invocation = asked.in_force.client.get_async_invoke(&job.arn).await?;
    Ok(response::json(video_object(&job, &invocation).to_string()))
}

/// The ARN of the job.
async fn start(
    client: Client,
    model_id: ModelId,
    request: &CreateRequest,
    folder: &S3Uri,
    exchange: &Exchange,
) -> Result<String, Failed> {
    // Async invocations take base ids.
    let base = client.base_model(model_id.as_str()).await?;
    exchange.calls("StartAsyncInvoke", &client, base.as_str());
    let start = request.start(&base, folder, random_token()?)?;
    let started = client.call(&start).await.map_err(Error::of_a_start)?;
    Ok(started.invocation_arn().as_str().to_owned())
}

fn no_folder() -> Refusal {
    let message = "this gateway has no place for videos; its operator sets one by s3_uri in [videos]";
    Refusal::new(RefusalKind::Unavailable, message).code("videos_not_configured")
}
