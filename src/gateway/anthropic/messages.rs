//! `POST /v1/messages`

use super::asked_message::{AskedMessage, read};
use super::claude::{self, is_claude, native_body};
use super::events::MessageEvents;
use super::message::message as written;
use super::request;
use super::sources::with_images;
use crate::gateway::asked::Asked;
use crate::gateway::left_out::LeftOut;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::gateway::{bedrock, sse};
use crate::transport::Body;
use http::Response;
use std::sync::Arc;

pub(in crate::gateway) async fn messages(asked: Asked) -> Result<Response<Body>, Refusal> {
    asked.must_be_json()?;
    // What is read refers to the body, which the request takes along.
    let body = asked.body.clone();
    let json = read(&body)?;
    let message = AskedMessage::read(&json)?;
    let model = asked.model(&message.model)?;
    let with_images = with_images(&message, &asked.in_force).await?;
    let with_images = with_images.as_ref().map(read).transpose()?;
    let message = with_images.as_ref().map_or(Ok(message), AskedMessage::read)?;
    let mut left_out = LeftOut::new(asked.in_force.options.drop_unsupported);
    if leads_to_claude(&model).await? {
        let native = native_body(&message, &asked.parts.headers, &mut left_out)?;
        asked.exchange.dropped(left_out.params());
        asked.exchange.reserves(message.body.required("max_tokens")?.at_least(1)?)?;
        if !message.stream {
            if let Some(answer) = claude::answer(&asked, &model, &native).await? {
                return Ok(answer);
            }
        } else if let Some(events) = claude::open(&asked, &model, &native).await? {
            return Ok(claude::stream(events, asked, &model));
        }
        // The route that is left leads to another model.
        left_out = LeftOut::new(asked.in_force.options.drop_unsupported);
    }
    let chat = request::chat(&message, &mut left_out)?;
    asked.exchange.dropped(left_out.params());
    if message.stream {
        let writer = MessageEvents::new(&model.name)?;
        let exchange = Arc::clone(&asked.exchange);
        let events = async move { bedrock::events(&model, &chat, &exchange).await };
        let events = sse::open(&asked, events).await?;
        return Ok(sse::stream(asked, [events], writer));
    }
    let answer = bedrock::answer(&model, &chat, &asked.exchange).await?;
    if let Some(usage) = &answer.usage {
        asked.exchange.used(usage);
    }
    if let Some(reason) = &answer.stop_reason {
        asked.exchange.stopped(reason);
    }
    let json = written(&answer, &model.name)?;
    Ok(with_request_id(response::json(json), answer.request_id.as_deref()))
}

/// Whether the route that is taken next leads to a Claude.
pub(super) async fn leads_to_claude(model: &Model) -> Result<bool, Refusal> {
    Ok(model.call(|client, id| async move { is_claude(model, &client, &id).await }).await?)
}
