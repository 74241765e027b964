//! What every request says first: its model, whether the answer streams, and that all of the chat is in it.

use crate::gateway::bedrock::ClaudeTakes;
use crate::gateway::json::{Json, Object, Value};
use crate::gateway::refusal::Refusal;
use bytes::Bytes;
use serde_json::json;

/// Where the platform keeps a chat, and a request has what is new of it alone.
const THREAD: &str = "thread";

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
        if let Some(thread) = body.get(THREAD) {
            return Err(kept_nowhere(thread));
        }
        let stream = body.get("stream").map_or(Ok(false), Value::boolean)?;
        Ok(Self { model, stream, body, json })
    }

    /// What the answer must look like, also where it was said as long as that was a beta.
    pub(super) fn format(&self) -> Option<Value<'a>> {
        let config = self.body.get("output_config").and_then(|config| config.object().ok());
        config.and_then(|config| config.get("format")).or_else(|| self.body.get("output_format"))
    }

    /// Whether a Claude takes the client's own body. What it cannot be held to by itself, a chat makes it keep to: by a
    /// tool that it must use, or by an instruction.
    pub(super) fn is_for(&self, takes: ClaudeTakes) -> bool {
        takes.schemas || self.format().is_none()
    }
}

/// Whatever may be left out, this may not: the answer would be to a part of the chat. The official client goes on with
/// all of it where it is told so by these details.
fn kept_nowhere(thread: Value<'_>) -> Refusal {
    let problem = "is a chat that Anthropic's own platform keeps, which Bedrock does not; send all messages, without it";
    let details = json!({ "error_code": "thread_unsupported_request", "unsupported": [THREAD] });
    thread.refuse(problem).details(details)
}
