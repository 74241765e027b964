//! The call of a Claude: InvokeModel, or its stream.

use super::native_body::NativeBody;
use super::textual::replaced;
use crate::client::{Client, EventStream};
use crate::gateway::bedrock::no_message;
use crate::gateway::by_routes::Failed;
use crate::gateway::exchange::Exchange;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::document::{Document, member, members_in_order, push_string, string};
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{InvokeModel, InvokeModelWithResponseStream};
use crate::protocol::request_id::request_id;
use crate::transport::Body;
use bytes::Bytes;
use http::Response;

/// The answer of a Claude as it is written, in its own shape.
pub(in crate::gateway::anthropic) type ClaudeStream = EventStream<InvokeModelWithResponseStream>;

/// The whole answer. `name` is the client's for the model.
pub(in crate::gateway::anthropic) async fn answer(
    name: &str,
    native: &NativeBody,
    exchange: &Exchange,
    client: Client,
    id: ModelId,
) -> Result<Response<Body>, Failed> {
    exchange.calls("InvokeModel", &client, id.as_str());
    let operation = InvokeModel::new(id, native.body.clone())?.options(native.options.clone());
    let (headers, output) = client.call_with_headers(&operation).await?;
    let answer = response::json(named(output.body(), name, exchange)?);
    Ok(with_request_id(answer, request_id(&headers)))
}

/// The answer as it is written, when its first event is there.
pub(in crate::gateway::anthropic) async fn open(
    native: &NativeBody,
    exchange: &Exchange,
    client: Client,
    id: ModelId,
) -> Result<ClaudeStream, Failed> {
    exchange.calls("InvokeModelWithResponseStream", &client, id.as_str());
    let operation =
        InvokeModelWithResponseStream::new(id, native.body.clone())?.options(native.options.clone());
    Ok(client.stream(operation).await?)
}

/// The answer with the client's name for the model; everything else in it is as it came.
fn named(body: &Document, name: &str, exchange: &Exchange) -> Result<Bytes, Refusal> {
    let text = std::str::from_utf8(body.bytes()).map_err(|_| no_message())?;
    let members = members_in_order(text).ok_or_else(no_message)?;
    if !member(&members, "content").is_some_and(|content| content.get().starts_with('[')) {
        return Err(no_message());
    }
    let usage = member(&members, "usage").map(|raw| Document::new(raw.get().to_owned()));
    if let Some(usage) = usage.and_then(Usage::read) {
        exchange.used(&usage);
    }
    if let Some(reason) = member(&members, "stop_reason").and_then(string) {
        exchange.stopped(&StopReason::named(&reason));
    }
    Ok(match member(&members, "model") {
        Some(model) => {
            let mut json = String::with_capacity(name.len() + 2);
            push_string(&mut json, name);
            replaced(text, model, &json).into()
        }
        None => body.bytes().clone(),
    })
}
