//! `/v1/videos`: videos of Luma Ray2 and Nova Reel as jobs of OpenAI's video API. A job is an async invocation, and its id the ARN
//! of it, so that nothing is kept here.
//!
//! - <https://platform.openai.com/docs/api-reference/videos>
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html>

mod content;
mod create_request;
mod form;
mod job;
mod list;
mod settings;

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
use crate::protocol::operation::bedrock_runtime::InvocationArn;
use crate::protocol::operation::s3::S3Uri;
use crate::transport::Body;
use create_request::CreateRequest;
use http::Response;
use job::{arn_of, refused, started, video_object};
use settings::Settings;

pub(in crate::gateway) async fn create_video(asked: &Asked) -> Result<Response<Body>, Refusal> {
    let request = CreateRequest::read(&asked.parts.headers, &asked.body)?;
    let folder = asked.in_force.options.video_s3_uri.as_ref().ok_or_else(no_folder)?;
    let model = asked.model(&request.model)?;
    let request = &request;
    let exchange = &asked.exchange;
    let (arn, settings) =
        model.ask(|client, model_id| start(client, model_id, request, folder, exchange)).await?;
    Ok(response::json(started(&arn, &settings).to_string()))
}

pub(in crate::gateway) async fn video(asked: &Asked, id: &str) -> Result<Response<Body>, Refusal> {
    let arn = arn_of(id)?;
    asked.exchange.calls("GetAsyncInvoke", &asked.in_force.client, arn.as_str());
    let invocation = asked.in_force.client.get_async_invoke(arn.as_str()).await.map_err(refused)?;
    Ok(response::json(video_object(&invocation).to_string()))
}

async fn start(
    client: Client,
    model_id: ModelId,
    request: &CreateRequest,
    folder: &S3Uri,
    exchange: &Exchange,
) -> Result<(InvocationArn, Settings), Failed> {
    // Async invocations take base ids.
    let base = client.base_model(model_id.as_str()).await?;
    exchange.calls("StartAsyncInvoke", &client, base.as_str());
    let settings = request.settings(&base)?;
    let token = settings.token(random_token()?);
    let start = request.start(&base, &settings, folder, token)?;
    let started = client.call(&start).await.map_err(Error::of_a_start)?;
    Ok((started.invocation_arn().clone(), settings))
}

fn no_folder() -> Refusal {
    let message = "this gateway has no place for videos; its operator sets one by s3_uri in [videos]";
    Refusal::new(RefusalKind::Unavailable, message).code("videos_not_configured")
}
