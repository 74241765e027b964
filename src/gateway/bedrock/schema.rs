//! Schemas of JSON as models take them: an object at the top. What the client wrote stays as it is, byte for byte.

use crate::protocol::document::{member, members_in_order};
use bytes::Bytes;
use serde_json::Value;

/// The schema of a tool without arguments.
const NO_ARGUMENTS: &[u8] = br#"{"type":"object","properties":{}}"#;

/// The schema of a tool's arguments. One that does not say that it is an object (a reference, a choice) is told to.
pub(super) fn object_schema(schema: Option<&Bytes>) -> Bytes {
    let Some(schema) = schema else { return Bytes::from_static(NO_ARGUMENTS) };
    let Some(members) = std::str::from_utf8(schema).ok().and_then(members_in_order) else {
        // What is no object is refused when the body is put together.
        return schema.clone();
    };
    if members.is_empty() {
        return Bytes::from_static(NO_ARGUMENTS);
    }
    if member(&members, "type").is_some() {
        return schema.clone();
    }
    let Some(open) = schema.iter().position(|byte| *byte == b'{') else { return schema.clone() };
    let (before, after) = schema.split_at(open + 1);
    Bytes::from([before, br#""type":"object","#, after].concat())
}

/// Whether a schema is an object, and every object of it is closed: `"additionalProperties": false`, without which a
/// model is not held to it.
pub(super) fn is_closed(schema: &Bytes) -> bool {
    serde_json::from_slice(schema).is_ok_and(|schema: Value| schema["type"] == "object" && closed(&schema))
}

fn closed(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let is_object = members.get("type").is_some_and(|kind| match kind {
                Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
                kind => kind == "object",
            });
            let is_closed = members.get("additionalProperties") == Some(&Value::Bool(false));
            (!is_object || is_closed) && members.values().all(closed)
        }
        Value::Array(elements) => elements.iter().all(closed),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_an_object_at_the_top() {
        let made = |schema: &'static str| object_schema(Some(&Bytes::from_static(schema.as_bytes())));
        assert_eq!(object_schema(None), NO_ARGUMENTS);
        assert_eq!(made("{ }"), NO_ARGUMENTS);
        assert_eq!(made(r#"{"b":1.0,"type":"object"}"#), r#"{"b":1.0,"type":"object"}"#);
        assert_eq!(
            made(r##" { "$ref" : "#/$defs/a", "n": 12345678901234567890 }"##),
            r##" {"type":"object", "$ref" : "#/$defs/a", "n": 12345678901234567890 }"##
        );
    }

    #[test]
    fn only_closed_schemas_hold_a_model() {
        let is = |schema: &'static str| is_closed(&Bytes::from_static(schema.as_bytes()));
        assert!(is(r#"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}"#));
        assert!(!is(r#"{"type":"object","properties":{}}"#));
        assert!(!is(r#"{"anyOf":[]}"#));
        assert!(!is(
            r#"{"type":"object","additionalProperties":false,"properties":{"a":{"type":["object","null"]}}}"#
        ));
    }
}
