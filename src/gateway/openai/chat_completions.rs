//! `POST /v1/chat/completions`

use super::chunks::Chunks;
use super::completion::{Head, completion};
use super::request::ChatCompletion;
use crate::gateway::asked::Asked;
use crate::gateway::bedrock;
use crate::gateway::chat::{Answer, Chat};
use crate::gateway::models::Model;
use crate::gateway::opening;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::gateway::sse;
use crate::transport::Body;
use futures_util::future::try_join_all;
use http::Response;
use std::sync::Arc;

pub(in crate::gateway) async fn chat_completions(asked: Asked) -> Result<Response<Body>, Refusal> {
    asked.must_be_json()?;
    let ChatCompletion { chat, model, n, stream, include_usage, legacy_functions, dropped, .. } =
        ChatCompletion::read(&asked).await?;
    let found = asked.model(&model)?;
    let head = Head::new(asked.exchange.digits(), model, legacy_functions);
    asked.exchange.dropped(&dropped);
    if stream {
        streamed(asked, found, chat, n, Chunks::new(&head, n, include_usage)).await
    } else {
        whole(&asked, &found, &chat, n, &head).await
    }
}

async fn whole(
    asked: &Asked,
    model: &Model,
    chat: &Chat,
    n: usize,
    head: &Head,
) -> Result<Response<Body>, Refusal> {
    let answers = answers(asked, model, chat, n).await?;
    for answer in &answers {
        if let Some(usage) = &answer.usage {
            asked.exchange.used(usage);
        }
        if let Some(reason) = &answer.stop_reason {
            asked.exchange.stopped(reason);
        }
    }
    let request_id = answers.iter().find_map(|answer| answer.request_id.as_ref());
    Ok(with_request_id(response::json(completion(head, &answers)), request_id))
}

/// Bedrock answers once a call. Where one of several fails, the others are given up: half of what was asked is no answer.
async fn answers(asked: &Asked, model: &Model, chat: &Chat, n: usize) -> Result<Vec<Answer>, Refusal> {
    if n == 1 {
        return Ok(vec![bedrock::answer(model, chat, &asked.exchange).await?]);
    }
    try_join_all((0..n).map(|_| bedrock::answer(model, chat, &asked.exchange))).await
}

async fn streamed(
    asked: Asked,
    model: Arc<Model>,
    chat: Chat,
    n: usize,
    chunks: Chunks,
) -> Result<Response<Body>, Refusal> {
    let chat = Arc::new(chat);
    let answers = (0..n).map(|_| {
        let (exchange, chat) = (Arc::clone(&asked.exchange), Arc::clone(&chat));
        |model: Arc<Model>| async move { bedrock::events(&model, &chat, &exchange).await }
    });
    let choices = opening::open(&asked, &model, answers).await?;
    Ok(sse::stream(asked, choices, chunks))
}
