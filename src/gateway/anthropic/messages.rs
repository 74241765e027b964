//! `POST /v1/messages`

use super::arriving::{ArrivingMessage, MessageWriter};
use super::asked_message::{AskedMessage, read};
use super::claude::{self, NativeBody, claude_takes, native_body};
use super::claude_route::{ask_claude, leads_to_claude};
use super::message::message as written;
use super::request;
use super::sources::with_images;
use crate::client::Client;
use crate::gateway::asked::Asked;
use crate::gateway::chat::{Answer, Chat};
use crate::gateway::dropped::Dropped;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::gateway::{bedrock, opening, sse};
use crate::protocol::model::ModelId;
use crate::transport::Body;
use bytes::Bytes;
use http::Response;
use std::sync::Arc;

pub(in crate::gateway) async fn messages(asked: &Asked) -> Result<Response<Body>, Refusal> {
    // What is read refers to the body, which the request takes along.
    let body = with_images(asked).await?;
    let json = read(&body)?;
    let message = AskedMessage::read(&json)?;
    let model = asked.model(&message.model)?;
    if let Some(takes) = leads_to_claude(&model, &message).await? {
        let mut dropped = Dropped::new(asked.in_force.options.drop_unsupported);
        let native = native_body(&message, &asked.parts.headers, takes, &mut dropped)?;
        asked.exchange.dropped(dropped.params());
        asked.exchange.reserves(native.max_tokens)?;
        if message.stream {
            let body = body.clone();
            return streamed(asked, &model, |exchange, model| opened(body, model, native, exchange)).await;
        }
        return answered(&body, &model, &native, &asked.exchange).await;
    }
    let chat = read_chat(&message, &asked.exchange)?;
    if message.stream {
        let open = |exchange: Arc<Exchange>, model: Arc<Model>| async move {
            bedrock::events(&model, &chat, &exchange).await.map(ArrivingMessage::Chat)
        };
        return streamed(asked, &model, open).await;
    }
    let answer = bedrock::answer(&model, &chat, &asked.exchange).await?;
    Ok(whole(&answer, &model, &asked.exchange))
}

fn read_chat(message: &AskedMessage<'_>, exchange: &Exchange) -> Result<Chat, Refusal> {
    let mut dropped = Dropped::new(exchange.drops_unsupported());
    let chat = request::chat(message, &mut dropped)?;
    exchange.dropped(dropped.params());
    Ok(chat)
}

/// The whole answer of a Claude, or of what the route that is left leads to. The body is read again for that.
async fn answered(
    body: &Bytes,
    model: &Model,
    native: &NativeBody,
    exchange: &Exchange,
) -> Result<Response<Body>, Refusal> {
    let by_route = async |client: Client, id: ModelId| {
        if let Some(takes) = claude_takes(model, &client, &id).await?.filter(|takes| native.fits(*takes)) {
            let answered = ask_claude(takes, native, body, exchange, |native| {
                let (client, id) = (client.clone(), id.clone());
                async move { claude::answer(&model.name, &native, exchange, client, id).await }
            });
            return answered.await;
        }
        let chat = read_chat(&AskedMessage::read(&read(body)?)?, exchange)?;
        let answer = bedrock::answer_of_route(model, &chat, exchange, client, id).await?;
        Ok(whole(&answer, model, exchange))
    };
    model.ask(by_route).await
}

fn whole(answer: &Answer, model: &Model, exchange: &Exchange) -> Response<Body> {
    exchange.heard(answer.usage.as_ref(), answer.stop_reason.as_ref());
    let json = written(answer, exchange.digits(), &model.name);
    with_request_id(response::json(json), answer.request_id.as_ref())
}

async fn streamed<F>(
    asked: &Asked,
    model: &Model,
    open: impl FnOnce(Arc<Exchange>, Arc<Model>) -> F,
) -> Result<Response<Body>, Refusal>
where
    F: Future<Output = Result<ArrivingMessage, Refusal>> + Send + 'static,
{
    let writer = MessageWriter::new(asked.exchange.digits(), &model.name);
    let exchange = Arc::clone(&asked.exchange);
    let answers = opening::open(asked, model, [|model| open(exchange, model)]).await?;
    Ok(sse::stream(asked, answers, writer))
}

/// The same as it is written.
async fn opened(
    body: Bytes,
    model: Arc<Model>,
    native: NativeBody,
    exchange: Arc<Exchange>,
) -> Result<ArrivingMessage, Refusal> {
    let (body, model, native, exchange) = (&body, &model, &native, &exchange);
    let by_route = async |client: Client, id: ModelId| {
        if let Some(takes) = claude_takes(model, &client, &id).await?.filter(|takes| native.fits(*takes)) {
            let stream = ask_claude(takes, native, body, exchange, |native| {
                let (client, id) = (client.clone(), id.clone());
                async move { claude::open(&native, exchange, client, id).await }
            });
            return Ok(ArrivingMessage::Claude(Box::new(stream.await?)));
        }
        let chat = read_chat(&AskedMessage::read(&read(body)?)?, exchange)?;
        let events = bedrock::events_of_route(model, &chat, exchange, client, id).await?;
        Ok(ArrivingMessage::Chat(events))
    };
    model.ask(by_route).await
}
