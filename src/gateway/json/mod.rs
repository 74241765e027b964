//! The JSON of a request: values that know where they stand, so that every refusal has the path of its field.

mod value;

pub(in crate::gateway) use value::{Object, Value};

use super::refusal::Refusal;
use crate::protocol::json;
use bytes::Bytes;

/// A whole JSON text, valid and not too deep.
#[derive(Debug)]
pub(in crate::gateway) struct Json<'a> {
    body: &'a Bytes,
    json: json::Json<'a>,
    is_dotted: bool,
}

impl<'a> Json<'a> {
    /// Reads a body that must be a JSON object.
    pub(in crate::gateway) fn object(body: &'a Bytes) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|e| {
            Refusal::invalid(format!("the body is no UTF-8 at byte {}; send JSON", e.valid_up_to()))
        })?;
        if text.trim_ascii().is_empty() {
            return Err(Refusal::invalid("the body is empty; send a JSON object"));
        }
        let json = json::Json::read_bounded(text)
            .map_err(|problem| Refusal::invalid(format!("the body {problem}")))?;
        let json = Self { body, json, is_dotted: false };
        if json.root().is_object() { Ok(json) } else { Err(json.root().refuse("must be a JSON object")) }
    }

    /// With paths as Anthropic's API writes them: `messages.0.content`, not `messages[0].content`.
    pub(in crate::gateway) fn dotted(self) -> Self {
        Self { is_dotted: true, ..self }
    }

    /// All of it, as the client wrote it.
    pub(in crate::gateway) fn text(&self) -> &'a str {
        self.json.text()
    }

    /// The object itself.
    pub(in crate::gateway) fn root(&'a self) -> Value<'a> {
        Value::new(self, self.json.root())
    }
}
