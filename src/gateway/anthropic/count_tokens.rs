//! `POST /v1/messages/count_tokens`
//! <https://docs.anthropic.com/en/api/messages-count-tokens>

use super::asked_message::{AskedMessage, read};
use super::claude::{NativeBody, body_to_count, claude_takes};
use super::claude_route::{ask_claude, leads_to_claude};
use super::request::counted_chat;
use super::sources::with_images;
use crate::client::Client;
use crate::gateway::asked::Asked;
use crate::gateway::bedrock;
use crate::gateway::dropped::Dropped;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::gateway::response;
use crate::protocol::model::ModelId;
use crate::transport::Body;
use bytes::Bytes;
use http::Response;
use std::borrow::Cow;

pub(in crate::gateway) async fn count_tokens(asked: &Asked) -> Result<Response<Body>, Refusal> {
    let body = with_images(asked).await?;
    let json = read(&body)?;
    let message = AskedMessage::read(&json)?;
    let model = asked.model(&message.model)?;
    let mut dropped = Dropped::new(asked.in_force.options.drop_unsupported);
    let count = if let Some(takes) = leads_to_claude(&model, &message).await? {
        let native = body_to_count(&message, &asked.parts.headers, takes, &mut dropped)?;
        counted(&body, &message, &model, &native, &asked.exchange).await?
    } else {
        let chat = counted_chat(&message, &mut dropped)?;
        bedrock::count_chat(&model, &chat, &asked.exchange).await?
    };
    asked.exchange.dropped(dropped.params());
    Ok(response::json(format!("{{\"input_tokens\":{count}}}")))
}

/// The count of what a Claude would be asked: with fewer betas where Bedrock refuses one, as the answer would be.
async fn counted(
    body: &Bytes,
    message: &AskedMessage<'_>,
    model: &Model,
    native: &NativeBody,
    exchange: &Exchange,
) -> Result<u64, Refusal> {
    let by_route = async |client: Client, id: ModelId| {
        let Some(takes) = claude_takes(model, &client, &id).await? else {
            return Err(Refusal::invalid("another model does not count a Claude's tokens").into());
        };
        let count = |native: Cow<'_, NativeBody>| {
            bedrock::count_claude(native.counted(message), exchange, client.clone(), id.clone())
        };
        ask_claude(takes, native, body, exchange, count).await
    };
    model.at_first_route().ask(by_route).await
}
