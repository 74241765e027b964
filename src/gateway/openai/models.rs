//! `GET /v1/models` and `GET /v1/models/{name}`, in the shape of OpenAI, or of Anthropic for a client of Anthropic's.
//!
//! - <https://platform.openai.com/docs/api-reference/models>
//! - <https://docs.anthropic.com/en/api/models-list>

use crate::gateway::asked::Asked;
use crate::gateway::models::Listed;
use crate::gateway::refusal::Refusal;
use crate::gateway::response;
use crate::gateway::shape::Shape;
use crate::transport::Body;
use http::Response;
use serde_json::{Value, json};

pub(in crate::gateway) fn models(asked: &Asked) -> Response<Body> {
    let listed = asked.in_force.models.listed();
    let listed: Vec<Listed> = listed.into_iter().filter(|listed| asked.may_ask(&listed.name)).collect();
    let shape = shape(asked);
    let data: Vec<Value> = listed.iter().map(|listed| described(listed, shape)).collect();
    let list = match shape {
        Shape::Anthropic => json!({
            "first_id": listed.first().map(|listed| &listed.name),
            "last_id": listed.last().map(|listed| &listed.name),
            "has_more": false,
            "data": data,
        }),
        Shape::OpenAi | Shape::Bedrock => json!({ "object": "list", "data": data }),
    };
    response::json(list.to_string())
}

/// Whatever can be asked can be asked about: ids and ARNs, too.
pub(in crate::gateway) fn model(asked: &Asked, name: &str) -> Result<Response<Body>, Refusal> {
    asked.model(name)?;
    let listed = asked.in_force.models.listed().into_iter().find(|listed| listed.name == name);
    let listed = listed.unwrap_or_else(|| Listed { name: name.to_owned(), owner: "bedrock".to_owned() });
    Ok(response::json(described(&listed, shape(asked)).to_string()))
}

fn shape(asked: &Asked) -> Shape {
    Shape::of(asked.parts.uri.path(), &asked.parts.headers)
}

/// When a model was made is known for none; both APIs want a time.
fn described(listed: &Listed, shape: Shape) -> Value {
    match shape {
        Shape::Anthropic => json!({
            "type": "model", "id": listed.name, "display_name": listed.name, "created_at": "1970-01-01T00:00:00Z",
        }),
        Shape::OpenAi | Shape::Bedrock => json!({
            "id": listed.name, "object": "model", "created": 0, "owned_by": listed.owner,
        }),
    }
}
