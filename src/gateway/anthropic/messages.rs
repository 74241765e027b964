//! `POST /v1/messages`

use super::arriving::{ArrivingMessage, MessageWriter};
use super::asked_message::{AskedMessage, read};
use super::claude::{self, NativeBody, is_claude, native_body};
use super::message::message as written;
use super::request;
use super::sources::with_images;
use crate::gateway::asked::Asked;
use crate::gateway::exchange::Exchange;
use crate::gateway::left_out::LeftOut;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::gateway::{bedrock, opening, sse};
use crate::transport::Body;
use bytes::Bytes;
use http::Response;
use std::sync::Arc;

pub(in crate::gateway) async fn messages(asked: Asked) -> Result<Response<Body>, Refusal> {
    // What is read refers to the body, which the request takes along.
    let body = with_images(&asked).await?;
    let json = read(&body)?;
    let message = AskedMessage::read(&json)?;
    let model = asked.model(&message.model)?;
    let mut left_out = LeftOut::new(asked.in_force.options.drop_unsupported);
    if leads_to_claude(&model).await? {
        let native = native_body(&message, &asked.parts.headers, &mut left_out)?;
        asked.exchange.dropped(left_out.params());
        asked.exchange.reserves(native.max_tokens)?;
        if message.stream {
            let body = body.clone();
            return streamed(asked, &model, |exchange, model| opened(body, model, native, exchange)).await;
        }
        if let Some(answer) = claude::answer(&model, &native, &asked.exchange).await? {
            return Ok(answer);
        }
        // The route that is left leads to another model.
        asked.exchange.hands_over(native.max_tokens);
        left_out = LeftOut::new(asked.in_force.options.drop_unsupported);
    }
    let chat = request::chat(&message, &mut left_out)?;
    asked.exchange.dropped(left_out.params());
    if message.stream {
        let open = |exchange: Arc<Exchange>, model: Arc<Model>| async move {
            bedrock::events(&model, &chat, &exchange).await.map(ArrivingMessage::Chat)
        };
        return streamed(asked, &model, open).await;
    }
    let answer = bedrock::answer(&model, &chat, &asked.exchange).await?;
    if let Some(usage) = &answer.usage {
        asked.exchange.used(usage);
    }
    if let Some(reason) = &answer.stop_reason {
        asked.exchange.stopped(reason);
    }
    let json = written(&answer, asked.exchange.digits(), &model.name);
    Ok(with_request_id(response::json(json), answer.request_id.as_deref()))
}

async fn streamed<F>(
    asked: Asked,
    model: &Model,
    open: impl FnOnce(Arc<Exchange>, Arc<Model>) -> F,
) -> Result<Response<Body>, Refusal>
where
    F: Future<Output = Result<ArrivingMessage, Refusal>> + Send + 'static,
{
    let writer = MessageWriter::new(asked.exchange.digits(), &model.name);
    let exchange = Arc::clone(&asked.exchange);
    let answer = opening::open(&asked, model, |model| open(exchange, model)).await?;
    Ok(sse::stream(asked, [answer], writer))
}

/// The answer of a Claude, or of what the route that is left leads to. The body is read again for that.
async fn opened(
    body: Bytes,
    model: Arc<Model>,
    native: NativeBody,
    exchange: Arc<Exchange>,
) -> Result<ArrivingMessage, Refusal> {
    if let Some(stream) = claude::open(&model, &native, &exchange).await? {
        return Ok(ArrivingMessage::Claude(Box::new(stream)));
    }
    exchange.hands_over(native.max_tokens);
    let chat = {
        let mut left_out = LeftOut::new(exchange.drops_unsupported());
        let chat = request::chat(&AskedMessage::read(&read(&body)?)?, &mut left_out)?;
        exchange.dropped(left_out.params());
        chat
    };
    bedrock::events(&model, &chat, &exchange).await.map(ArrivingMessage::Chat)
}

/// Whether the route that is taken next leads to a Claude.
pub(super) async fn leads_to_claude(model: &Model) -> Result<bool, Refusal> {
    Ok(model.call(|client, id| async move { is_claude(model, &client, &id).await }).await?)
}
