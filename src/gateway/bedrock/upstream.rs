//! Which operation a chat becomes, and the call.
//!
//! A chat without tools goes to Converse. One with tools goes to InvokeModel where the model is a Claude, in its own
//! shape, and to Converse with `toolConfig` where it is not. The id is the same either way.

use super::answer::{of_claude, of_converse};
use super::claude_body::claude_body;
use super::converse_body::converse_body;
use super::events::Events;
use super::family::Family;
use super::history::has_tool_blocks;
use super::left_out::LeftOut;
use super::metadata::pairs;
use super::prepared::Prepared;
use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::gateway::chat::{Answer, Chat};
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::{REQUEST_ID, Refusal};
use crate::protocol::document::ObjectWriter;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{
    Converse, ConverseStream, InvocationOptions, InvokeModel, InvokeModelWithResponseStream,
};
use std::sync::OnceLock;

/// Asks a model and waits for the whole answer.
pub(in crate::gateway) async fn answer(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
) -> Result<Answer, Refusal> {
    let refused = OnceLock::new();
    let call =
        async |client: Client, model_id: ModelId| match prepare(model, chat, exchange, &client, &model_id)
            .await?
        {
            Request::Converse(Prepared { body, restore, .. }) => {
                exchange.calls("Converse", model_id.as_str());
                let call = Converse::new(model_id, body)?;
                let (headers, output) = client.call_with_headers(&call).await?;
                Ok(with_request_id(of_converse(&output, &restore), &headers))
            }
            Request::Claude(Prepared { body, restore, .. }, options) => {
                exchange.calls("InvokeModel", model_id.as_str());
                let call = InvokeModel::new(model_id, body)?.options(options);
                let (headers, output) = client.call_with_headers(&call).await?;
                let answer = of_claude(output.body(), &restore).map_err(Failed::Refused)?;
                Ok(with_request_id(answer, &headers))
            }
        };
    let answer = model.fallback.call(|client, model_id| kept(call(client, model_id), &refused)).await;
    answer.map_err(|error| refused.into_inner().unwrap_or_else(|| error.into()))
}

/// Asks a model and reads its answer as it is written. Returns when the first event is there.
pub(in crate::gateway) async fn events(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
) -> Result<Events, Refusal> {
    let refused = OnceLock::new();
    let call =
        async |client: Client, model_id: ModelId| match prepare(model, chat, exchange, &client, &model_id)
            .await?
        {
            Request::Converse(Prepared { body, restore, .. }) => {
                exchange.calls("ConverseStream", model_id.as_str());
                let events = client.stream(ConverseStream::new(model_id, body)?).await?;
                Ok(Events::of_converse(events, restore))
            }
            Request::Claude(Prepared { body, restore, .. }, options) => {
                exchange.calls("InvokeModelWithResponseStream", model_id.as_str());
                let call = InvokeModelWithResponseStream::new(model_id, body)?.options(options);
                Ok(Events::of_claude(client.stream(call).await?, restore))
            }
        };
    let events = model.fallback.call(|client, model_id| kept(call(client, model_id), &refused)).await;
    events.map_err(|error| refused.into_inner().unwrap_or_else(|| error.into()))
}

/// What is sent to one route.
enum Request {
    Converse(Prepared),
    Claude(Prepared, InvocationOptions),
}

/// Why a route gives no answer.
enum Failed {
    /// It cannot be asked, or what it said cannot be used.
    Refused(Refusal),
    /// The call failed.
    Call(Error),
}

async fn prepare(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
    client: &Client,
    model_id: &ModelId,
) -> Result<Request, Failed> {
    let family = model.families.family(client, model_id).await?;
    let has_tools = !chat.tools.is_empty() || has_tool_blocks(chat);
    let request = if has_tools && Family::of(&family).is_claude {
        let mut prepared = claude_body(chat, &family, model.max_tokens)?;
        let options = options(chat, &mut prepared)?;
        Request::Claude(prepared, options)
    } else {
        Request::Converse(converse_body(chat, model_id, &family)?)
    };
    let (Request::Converse(prepared) | Request::Claude(prepared, _)) = &request;
    if !prepared.dropped.is_empty() {
        exchange.dropped(&prepared.dropped);
    }
    Ok(request)
}

/// What Converse has in its body stands in headers here.
fn options(chat: &Chat, prepared: &mut Prepared) -> Result<InvocationOptions, Refusal> {
    let mut options = InvocationOptions::new();
    if let Some(tier) = chat.service_tier {
        options = options.service_tier(tier);
    }
    let mut left_out = LeftOut::new(chat.drop_unsupported);
    let pairs = pairs(chat, &mut left_out)?;
    prepared.dropped.append(&mut left_out.params());
    if pairs.is_empty() {
        return Ok(options);
    }
    let mut metadata = ObjectWriter::default();
    for (key, value) in pairs {
        metadata.string(key, value);
    }
    Ok(options.request_metadata(metadata.finish())?)
}

/// The client's own error, since a fallback knows no other; a refusal is kept beside it, and ends the fallback.
async fn kept<T>(
    call: impl Future<Output = Result<T, Failed>>,
    refused: &OnceLock<Refusal>,
) -> Result<T, Error> {
    call.await.map_err(|failed| match failed {
        Failed::Call(error) => error,
        Failed::Refused(refusal) => {
            let error = Error::new(ErrorKind::InvalidInput, refusal.message());
            // There is one refusal at most: it ends the fallback.
            let _ = refused.set(refusal);
            error
        }
    })
}

fn with_request_id(mut answer: Answer, headers: &http::HeaderMap) -> Answer {
    let id = || Some(headers.get(REQUEST_ID)?.to_str().ok()?.to_owned());
    answer.request_id = answer.request_id.take().or_else(id);
    answer
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self::Call(error.into())
    }
}
