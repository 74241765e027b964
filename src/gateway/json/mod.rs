//! The JSON of a request, read in place: it is checked once and indexed once, and every value after that is a look-up.
//! Nothing is copied that passes through, and every refusal has the path of its field.

mod value;

pub(in crate::gateway) use value::{Object, Value};

use super::refusal::Refusal;
use crate::protocol::json::index::{self, Node};
use bytes::Bytes;
use serde_json::value::RawValue;

/// A whole JSON text, valid and not too deep.
#[derive(Debug)]
pub(in crate::gateway) struct Json<'a> {
    body: &'a Bytes,
    text: &'a str,
    nodes: Vec<Node>,
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
        // A raw value is skipped without recursion, however deep it is.
        let _: &RawValue = serde_json::from_str(text)
            .map_err(|e| Refusal::invalid(format!("the body is not valid JSON: {e}")))?;
        let nodes = index::index(text).map_err(|problem| Refusal::invalid(format!("the body {problem}")))?;
        let json = Self { body, text, nodes, is_dotted: false };
        if json.root().is_object() { Ok(json) } else { Err(json.root().refuse("must be a JSON object")) }
    }

    /// With paths as Anthropic's API writes them: `messages.0.content`, not `messages[0].content`.
    pub(in crate::gateway) fn dotted(self) -> Self {
        Self { is_dotted: true, ..self }
    }

    /// All of it, as the client wrote it.
    pub(in crate::gateway) fn text(&self) -> &'a str {
        self.text
    }

    /// The object itself.
    pub(in crate::gateway) fn root(&'a self) -> Value<'a> {
        Value::new(self, 0)
    }
}
