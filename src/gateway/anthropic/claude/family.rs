//! Whether a route leads to a Claude.

use crate::client::Client;
use crate::error::Error;
use crate::protocol::model::ModelId;

const CLAUDE: &str = "anthropic.";

/// Whether the model of an id, a profile or an ARN is a Claude. Where nobody can tell (an imported model, provisioned
/// capacity), it is taken for another: Converse takes every model.
pub(in crate::gateway::anthropic) async fn is_claude(client: &Client, id: &ModelId) -> Result<bool, Error> {
    if id.family().starts_with(CLAUDE) {
        return Ok(true);
    }
    // TO MERGE with the cached helper in bedrock/upstream.rs: an application profile is asked about each time here.
    match client.model_family(id.as_str()).await {
        Ok(family) => Ok(family.starts_with(CLAUDE)),
        Err(error) if error.is_retryable() => Err(error),
        Err(_) => Ok(false),
    }
}
