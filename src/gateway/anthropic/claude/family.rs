//! Whether a route leads to a Claude.

use crate::client::Client;
use crate::error::Error;
use crate::gateway::models::Model;
use crate::protocol::model::ModelId;

const CLAUDE: &str = "anthropic.claude";

/// Whether the model of an id, a profile or an ARN is a Claude. Where nobody can tell (an imported model, provisioned
/// capacity), it is taken for another: Converse takes every model.
pub(in crate::gateway::anthropic) async fn is_claude(
    model: &Model,
    client: &Client,
    id: &ModelId,
) -> Result<bool, Error> {
    if id.family().starts_with(CLAUDE) {
        return Ok(true);
    }
    Ok(model.families.family(client, id).await?.starts_with(CLAUDE))
}
