//! The call of a Claude: InvokeModel, or its stream.

use super::native_body::NativeBody;
use super::textual::{asks_for_tools, replaced};
use crate::client::{Client, EventStream};
use crate::gateway::bedrock::{no_message, true_reason};
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
use serde_json::value::RawValue;

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

/// The answer with the client's name for the model, and why it ended by what it says; everything else in it is as it
/// came.
fn named(body: &Document, name: &str, exchange: &Exchange) -> Result<Bytes, Refusal> {
    let text = std::str::from_utf8(body.bytes()).map_err(|_| no_message())?;
    let members = members_in_order(text).ok_or_else(no_message)?;
    let content = member(&members, "content").filter(|content| content.get().starts_with('['));
    let content = content.ok_or_else(no_message)?.get();
    let usage = member(&members, "usage").map(|raw| Document::new(raw.get().to_owned()));
    if let Some(usage) = usage.and_then(Usage::read) {
        exchange.used(&usage);
    }
    let mut model = String::with_capacity(name.len() + 2);
    push_string(&mut model, name);
    let mut reason = None;
    if let Some(said) = member(&members, "stop_reason").and_then(string) {
        let stopped = true_reason(StopReason::named(&said), asks_for_tools(content));
        exchange.stopped(&stopped);
        reason = (stopped.as_str() != said).then(|| format!("\"{stopped}\""));
    }
    // In the order in which they stand there.
    let parts: Vec<(&RawValue, &str)> = members
        .iter()
        .filter_map(|(name, value)| match name.as_str() {
            "model" => Some((*value, model.as_str())),
            "stop_reason" => Some((*value, reason.as_deref()?)),
            _ => None,
        })
        .collect();
    Ok(if parts.is_empty() { body.bytes().clone() } else { replaced(text, &parts).into() })
}
