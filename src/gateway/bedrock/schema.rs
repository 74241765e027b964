//! Schemas of JSON as models take them: an object at the top. What the client wrote stays as it is, byte for byte.

use crate::protocol::document::{member, members_in_order};
use bytes::Bytes;

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
}
