//! Schemas of JSON as models take them: an object at the top. What the client wrote stays as it is, byte for byte.

use super::json_answer::ANSWER;
use crate::protocol::document::{Change, ObjectWriter, member, members_in_order, rewritten};
use bytes::Bytes;
use serde_json::Value;

/// The schema of a tool without arguments.
const NO_ARGUMENTS: &[u8] = br#"{"type":"object","properties":{}}"#;
/// Where a schema has what it refers to.
pub(super) const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];
/// What says that a value is one of several things, or all of them.
const CHOICES: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// What a schema says of its top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Top {
    /// An object, or it does not say.
    Object,
    /// An object, or something else (`null`, mostly).
    MayBeObject,
    Array,
    /// Anything else.
    Other,
}

/// What a schema says of its top.
pub(super) fn top(schema: &[u8]) -> Top {
    let members = std::str::from_utf8(schema).ok().and_then(members_in_order).unwrap_or_default();
    let kind = member(&members, "type").and_then(|kind| serde_json::from_str(kind.get()).ok());
    match kind {
        None => Top::Object,
        Some(Value::String(kind)) if kind == "object" => Top::Object,
        Some(Value::String(kind)) if kind == "array" => Top::Array,
        Some(Value::Array(kinds)) if kinds.iter().any(|kind| kind == "object") => Top::MayBeObject,
        Some(_) => Top::Other,
    }
}

/// Whether a schema has a choice at its top, beside its type or alone: "input_schema does not support oneOf, allOf, or
/// anyOf at the top level".
pub(super) fn has_choice_at_top(schema: &[u8]) -> bool {
    let members = std::str::from_utf8(schema).ok().and_then(members_in_order).unwrap_or_default();
    CHOICES.iter().any(|name| member(&members, name).is_some())
}

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

/// A schema as that of a member of an object. `None` where it refers to places that are elsewhere then.
pub(super) fn wrapped(schema: &Bytes) -> Option<Bytes> {
    let text = std::str::from_utf8(schema).ok()?;
    if !refers_to_definitions_only(&serde_json::from_str(text).ok()?) {
        return None;
    }
    let mut whole = ObjectWriter::default();
    whole.string("type", "object");
    whole.object("properties").raw(ANSWER, text);
    whole.strings("required", [ANSWER]);
    for (name, json) in
        members_in_order(text)?.iter().filter(|(name, _)| DEFINITIONS.contains(&name.as_str()))
    {
        whole.raw(name, json.get());
    }
    Some(whole.value("additionalProperties", &false.into()).finish())
}

fn refers_to_definitions_only(schema: &Value) -> bool {
    let is_elsewhere = |reference: &str| {
        let mut places = reference.strip_prefix("#/").unwrap_or_default().split('/');
        !places.next().is_some_and(|place| DEFINITIONS.contains(&place))
    };
    match schema {
        Value::Object(members) => {
            !members.get("$ref").and_then(Value::as_str).is_some_and(is_elsewhere)
                && members.values().all(refers_to_definitions_only)
        }
        Value::Array(elements) => elements.iter().all(refers_to_definitions_only),
        _ => true,
    }
}

/// The same schema without the choices at its top.
pub(super) fn without_choice(schema: &Bytes) -> Bytes {
    with_changed_top(schema, |name, _| match name {
        name if CHOICES.contains(&name) => Change::LeaveOut,
        _ => Change::Keep,
    })
}

/// The same schema without what else there could be.
pub(super) fn an_object(schema: &Bytes) -> Bytes {
    with_changed_top(schema, |name, _| match name {
        "type" => Change::Write("\"object\"".to_owned()),
        _ => Change::Keep,
    })
}

fn with_changed_top(schema: &Bytes, change: impl FnMut(&str, &str) -> Change) -> Bytes {
    let members = std::str::from_utf8(schema).ok().and_then(members_in_order).unwrap_or_default();
    rewritten(&members, change).map_or_else(|| schema.clone(), |mut object| object.finish())
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
    fn what_is_no_object_is_a_member_of_one() {
        let of = |schema: &'static str| wrapped(&Bytes::from_static(schema.as_bytes()));
        assert_eq!(
            of(r##"{"type":"array", "items":{"$ref":"#/$defs/a"},"$defs":{"a":{"const":1.0}}}"##).unwrap(),
            r##"{"type":"object","properties":{"answer":{"type":"array", "items":{"$ref":"#/$defs/a"},"$defs":{"a":{"const":1.0}}}},"required":["answer"],"$defs":{"a":{"const":1.0}},"additionalProperties":false}"##
        );
        assert_eq!(of(r##"{"type":"array","items":{"$ref":"#"}}"##), None);
        assert_eq!(of(r##"{"type":"array","items":{"anyOf":[{"$ref":"#/items"}]}}"##), None);
    }
}
