//! Whether a route leads to a Claude, and what that one takes.

use crate::client::Client;
use crate::error::Error;
use crate::gateway::bedrock::{ClaudeTakes, Family};
use crate::gateway::models::Model;
use crate::protocol::model::ModelId;

/// What the Claude of an id, a profile or an ARN takes. Where nobody can tell which model it is (an imported one, provisioned
/// capacity), it is taken for another, and this is `None`: Converse takes every model.
pub(in crate::gateway::anthropic) async fn claude_takes(
    model: &Model,
    client: &Client,
    id: &ModelId,
) -> Result<Option<ClaudeTakes>, Error> {
    if let Some(takes) = ClaudeTakes::of(Family::of(id.family())) {
        return Ok(Some(takes));
    }
    Ok(ClaudeTakes::of(model.families.family(client, id).await?))
}
