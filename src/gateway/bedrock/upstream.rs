//! Stands in until the request side is merged.

use super::answer::{of_claude, of_converse};
use super::events::Events;
use super::restore::Restore;
use crate::gateway::chat::{Answer, Block, Chat};
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::protocol::operation::bedrock_runtime::{
    Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream,
};

fn is_native(model: &Model, chat: &Chat) -> bool {
    let route = model.fallback.current();
    !chat.tools.is_empty() && route.is_some_and(|route| route.model_id.as_str().contains("anthropic."))
}

fn body(chat: &Chat) -> String {
    let texts: Vec<_> = chat
        .messages
        .iter()
        .flat_map(|message| &message.blocks)
        .filter_map(|block| match block {
            Block::Text(text) => Some(serde_json::json!({ "text": text })),
            _ => None,
        })
        .collect();
    serde_json::json!({ "messages": [{ "role": "user", "content": texts }] }).to_string()
}

/// Asks a model and waits for the whole answer.
pub(in crate::gateway) async fn answer(
    model: &Model,
    chat: &Chat,
    _exchange: &Exchange,
) -> Result<Answer, Refusal> {
    let (body, restore) = (&body(chat), Restore::default());
    if is_native(model, chat) {
        let output = model
            .fallback
            .call(|client, id| async move { client.call(&InvokeModel::new(id, body.clone())?).await });
        return of_claude(output.await?.body(), &restore);
    }
    let output =
        model.fallback.call(|client, id| async move { client.call(&Converse::new(id, body.clone())?).await });
    Ok(of_converse(&output.await?, &restore))
}

/// Asks a model and reads its answer as it is written. Returns when the first event is there.
pub(in crate::gateway) async fn events(
    model: &Model,
    chat: &Chat,
    _exchange: &Exchange,
) -> Result<Events, Refusal> {
    let (body, restore) = (&body(chat), Restore::default());
    if is_native(model, chat) {
        let stream = model.fallback.call(|client, id| async move {
            client.stream(InvokeModelWithResponseStream::new(id, body.clone())?).await
        });
        return Ok(Events::of_claude(stream.await?, restore));
    }
    let stream = model
        .fallback
        .call(|client, id| async move { client.stream(ConverseStream::new(id, body.clone())?).await });
    Ok(Events::of_converse(stream.await?, restore))
}
