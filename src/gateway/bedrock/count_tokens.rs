//! How many tokens a prompt has: the CountTokens operation, by the base id of the model.

use crate::client::Client;
use crate::error::Error;
use crate::gateway::bedrock::converse::converse_body;
use crate::gateway::chat::Chat;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::CountTokens;
use bytes::Bytes;

/// Counts a body of InvokeModel, of a Claude.
pub(in crate::gateway) async fn count_claude(
    model: &Model,
    body: Bytes,
    exchange: &Exchange,
) -> Result<u64, Refusal> {
    let body = &body;
    let count = model.call(|client, id| async move {
        let id = countable(&client, id).await?;
        let operation = CountTokens::invoke_model(&id, body.clone())?;
        counted(&client, &operation, exchange).await
    });
    Ok(count.await?)
}

/// Counts a chat as Converse would be asked it.
pub(in crate::gateway) async fn count_chat(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
) -> Result<u64, Refusal> {
    let count = model.call(|client, id| async move {
        let family = model.families.family(&client, &id).await?;
        let id = countable(&client, id).await?;
        let prepared = match converse_body(chat, &id, &family) {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let operation = CountTokens::converse(&id, prepared.body)?;
        counted(&client, &operation, exchange).await.map(Ok)
    });
    count.await?
}

async fn counted(client: &Client, operation: &CountTokens, exchange: &Exchange) -> Result<u64, Error> {
    exchange.calls("CountTokens", client, operation.model_id().as_str());
    Ok(client.call(operation).await?.input_tokens())
}

/// The id that CountTokens can find the base id of: of an application profile, that of its model.
async fn countable(client: &Client, id: ModelId) -> Result<ModelId, Error> {
    if id.as_str().contains(":application-inference-profile/") {
        return client.base_model(id.as_str()).await;
    }
    Ok(id)
}
