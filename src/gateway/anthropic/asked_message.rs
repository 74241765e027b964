//! What every request says first: its model, and whether the answer streams.

use crate::gateway::json::{Json, Object, Value};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// A request's body, read as far as every request is.
pub(super) struct AskedMessage<'a> {
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) body: Object<'a>,
    /// All of it.
    pub(super) json: &'a Json<'a>,
}

/// The JSON of a body, with paths as Anthropic's API writes them.
pub(super) fn read(body: &Bytes) -> Result<Json<'_>, Refusal> {
    Ok(Json::object(body)?.dotted())
}

impl<'a> AskedMessage<'a> {
    pub(super) fn read(json: &'a Json<'a>) -> Result<Self, Refusal> {
        let body = json.root().object()?;
        let model = body.text("model")?;
        let stream = body.get("stream").map_or(Ok(false), Value::boolean)?;
        Ok(Self { model, stream, body, json })
    }
}
