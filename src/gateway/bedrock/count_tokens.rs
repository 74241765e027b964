//! How many tokens a prompt has: the CountTokens operation, by the base id of the model.

use crate::client::Client;
use crate::error::Error;
use crate::gateway::bedrock::converse::converse_body;
use crate::gateway::by_routes::Failed;
use crate::gateway::chat::Chat;
use crate::gateway::exchange::Exchange;
use crate::gateway::models::Model;
use crate::gateway::refusal::Refusal;
use crate::protocol::model::{ModelId, is_application_profile};
use crate::protocol::operation::bedrock_runtime::CountTokens;
use bytes::Bytes;

/// Counts a body of InvokeModel by a route that leads to a Claude.
pub(in crate::gateway) async fn count_claude(
    body: Bytes,
    exchange: &Exchange,
    client: Client,
    id: ModelId,
) -> Result<u64, Failed> {
    let id = countable(&client, id).await?;
    let operation = CountTokens::invoke_model(&id, body)?;
    Ok(counted(&client, &operation, exchange).await?)
}

/// Counts a chat as Converse would be asked it.
pub(in crate::gateway) async fn count_chat(
    model: &Model,
    chat: &Chat,
    exchange: &Exchange,
) -> Result<u64, Refusal> {
    let by_route = async |client: Client, id: ModelId| {
        let family = model.families.family(&client, &id).await?;
        let id = countable(&client, id).await?;
        let operation = CountTokens::converse(&id, converse_body(chat, &id, family)?.body)?;
        Ok(counted(&client, &operation, exchange).await?)
    };
    model.at_first_route().ask(by_route).await
}

async fn counted(client: &Client, operation: &CountTokens, exchange: &Exchange) -> Result<u64, Error> {
    exchange.calls("CountTokens", client, operation.model_id().as_str());
    Ok(client.call(operation).await?.input_tokens())
}

/// The id that CountTokens can find the base id of: of an application profile, that of its model.
async fn countable(client: &Client, id: ModelId) -> Result<ModelId, Error> {
    if is_application_profile(id.as_str()) {
        return client.base_model(id.as_str()).await;
    }
    Ok(id)
}
