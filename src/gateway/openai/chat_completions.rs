//! `POST /v1/chat/completions`

use super::chunks::Chunks;
use super::completion::{Head, completion};
use super::request::ChatCompletion;
use crate::gateway::asked::Asked;
use crate::gateway::bedrock;
use crate::gateway::chat::{Answer, Chat};
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::opening;
use crate::gateway::refusal::Refusal;
use crate::gateway::response::{self, with_request_id};
use crate::gateway::sse;
use crate::transport::Body;
use futures_util::future::join_all;
use http::Response;
use std::sync::Arc;

pub(in crate::gateway) async fn chat_completions(asked: &Asked) -> Result<Response<Body>, Refusal> {
    asked.must_be_json()?;
    let ChatCompletion { chat, model, n, stream, include_usage, legacy_functions, dropped, .. } =
        ChatCompletion::read(asked).await?;
    let found = asked.model(&model)?;
    let head = Head::new(asked.exchange.digits(), model, legacy_functions);
    asked.exchange.dropped(&dropped);
    if stream {
        streamed(asked, found, chat, n, Chunks::new(&head, n, include_usage)).await
    } else {
        whole(asked, &found, &chat, n, &head).await
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
    for reason in answers.iter().filter_map(|answer| answer.stop_reason.as_ref()) {
        asked.exchange.stopped(reason);
    }
    let request_id = answers.iter().find_map(|answer| answer.request_id.as_ref());
    Ok(with_request_id(response::json(completion(head, &answers)), request_id))
}

/// Bedrock answers once a call. Where one of several fails, the others are heard all the same: half of what was asked
/// is no answer, but what it took counts.
async fn answers(asked: &Asked, model: &Model, chat: &Chat, n: usize) -> Result<Vec<Answer>, Refusal> {
    let exchange = &*asked.exchange;
    if n == 1 {
        return Ok(vec![counted(exchange, bedrock::answer(model, chat, exchange).await?)]);
    }
    // All before the first is sent: nothing is, of a request that is refused.
    bedrock::reserve(model, chat, n as u64, exchange)?;
    let calls = (0..n).map(|_| async {
        let call = model.ask(|client, id| bedrock::answer_of_route(model, chat, exchange, client, id));
        Ok(counted(exchange, call.await?))
    });
    join_all(calls).await.into_iter().collect()
}

fn counted(exchange: &Exchange, answer: Answer) -> Answer {
    if let Some(usage) = &answer.usage {
        exchange.used(usage);
    }
    answer
}

async fn streamed(
    asked: &Asked,
    model: Arc<Model>,
    chat: Chat,
    n: usize,
    chunks: Chunks,
) -> Result<Response<Body>, Refusal> {
    bedrock::reserve(&model, &chat, n as u64, &asked.exchange)?;
    let chat = Arc::new(chat);
    let answers = (0..n).map(|_| {
        let (exchange, chat) = (Arc::clone(&asked.exchange), Arc::clone(&chat));
        |model: Arc<Model>| async move {
            model.ask(|client, id| bedrock::events_of_route(&model, &chat, &exchange, client, id)).await
        }
    });
    let choices = opening::open(asked, &model, answers).await?;
    Ok(sse::stream(asked, choices, chunks))
}
