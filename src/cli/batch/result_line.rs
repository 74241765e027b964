//! One line of the output: `{"id","status","response"}` or `{"id","status","error"}`, written and read.

use super::key::Key;
use crate::Error;
use crate::cli::output::as_json;
use crate::protocol::document::{Document, ObjectWriter};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The line of a result, with its line end. `id` is `null`, and the line's number beside it, where the line of the
/// input could not be read; `status` is the HTTP status, `null` where there was none.
pub(super) fn write(id: Option<&str>, line: u64, answer: &Result<Document, Error>) -> Vec<u8> {
    let mut object = ObjectWriter::default();
    match id {
        Some(id) => object.string("id", id),
        None => object.raw("id", "null").raw("line", &line.to_string()),
    };
    match answer {
        Ok(document) => object.raw("status", "200").raw("response", &document.on_one_line()),
        Err(error) => {
            object.value("status", &Value::from(error.status()));
            object.value("error", &as_json(error)["error"])
        }
    };
    let mut text = object.finish_text();
    text.push('\n');
    text.into_bytes()
}

/// What a line of the output says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) key: Key,
    /// The kind of its error.
    pub(super) failure: Option<String>,
}

/// Reads a line. `None` where it is none of ours.
pub(super) fn read(text: &[u8]) -> Option<Known> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(text).ok()?;
    let id: Option<String> = serde_json::from_str(members.get("id")?.get()).ok()?;
    let line = members.get("line").and_then(|line| line.get().parse().ok()).unwrap_or(0);
    let failure = match members.get("error") {
        Some(error) => {
            let error: Value = serde_json::from_str(error.get()).ok()?;
            Some(error.get("kind")?.as_str()?.to_owned())
        }
        None => members.get("response").map(|_| None)?,
    };
    Some(Known { key: Key::new(id.as_deref(), line), failure })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn what_is_written_is_read() {
        let answer = Ok(Document::new("{\n \"n\": 1.0, \"t\":\"a\\nb\"\n}\n"));
        let line = write(Some("a\"b"), 1, &answer);
        assert_eq!(
            String::from_utf8(line.clone()).unwrap(),
            "{\"id\":\"a\\\"b\",\"status\":200,\"response\":{  \"n\": 1.0, \"t\":\"a\\nb\" }}\n"
        );
        assert_eq!(read(&line), Some(Known { key: Key::new(Some("a\"b"), 0), failure: None }));
        let line = write(None, 7, &Err(Error::new(ErrorKind::InvalidInput, "line 7 is bad")));
        assert_eq!(
            read(&line),
            Some(Known { key: Key::new(None, 7), failure: Some("invalid_input".into()) })
        );
        for other in ["", "{}", "[]", "{\"id\":\"a\"}", "{\"id\":\"a\",\"status\":200,\"response\":{}"] {
            assert_eq!(read(other.as_bytes()), None, "{other}");
        }
    }
}
