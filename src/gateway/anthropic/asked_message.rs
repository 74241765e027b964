//! What every request says first: its model, and whether the answer streams.

use super::node::Object;
use crate::gateway::refusal::Refusal;

/// A request's body, read as far as every request is.
pub(super) struct AskedMessage<'a> {
    pub(super) model: String,
    pub(super) stream: bool,
    pub(super) body: Object<'a>,
    /// All of it, as the client wrote it.
    pub(super) text: &'a str,
}

impl<'a> AskedMessage<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let (text, body) = Object::of_body(body)?;
        let model = body.text("model")?;
        let stream = body.optional("stream").map_or(Ok(false), |stream| stream.boolean())?;
        Ok(Self { model, stream, body, text })
    }
}
