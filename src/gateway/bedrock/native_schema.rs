//! Which schemas a model can be held to: the service compiles a subset of JSON Schema into a grammar and refuses what is
//! beyond it. Such a schema goes another way.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>
//! - <https://docs.claude.com/en/docs/build-with-claude/structured-outputs>

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a grammar is made of, and what stands beside it for the reader.
const KEYWORDS: [&str; 18] = [
    "$schema",
    "$defs",
    "definitions",
    "$ref",
    "title",
    "description",
    "default",
    "type",
    "enum",
    "const",
    "anyOf",
    "allOf",
    "format",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
];
/// One of them says what a value is.
const SAYS_WHAT: [&str; 6] = ["type", "enum", "const", "anyOf", "allOf", "$ref"];
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];
/// The most members that may be left out.
const MAX_OPTIONAL: usize = 24;
/// The most references that lead one to the next: no schema of a person has so many, and each takes room on the stack.
const MAX_CHAIN: usize = 32;
/// The most values that are of one kind or another.
const MAX_UNIONS: usize = 16;

/// Whether a model can be held to a schema: an object of which nothing is left open (`"additionalProperties": false`),
/// without bounds of numbers and lengths, and without end.
pub(super) fn is_native(schema: &[u8]) -> bool {
    let Ok(root) = serde_json::from_slice::<Value>(schema) else { return false };
    let mut reader =
        Reader { root: &root, open: vec!["#"], followed: BTreeSet::new(), optional: 0, unions: 0 };
    root["type"] == "object"
        && reader.takes(&root)
        && reader.optional <= MAX_OPTIONAL
        && reader.unions <= MAX_UNIONS
}

struct Reader<'a> {
    root: &'a Value,
    /// References that lead here: one of them again would have no end.
    open: Vec<&'a str>,
    /// References that were followed.
    followed: BTreeSet<&'a str>,
    optional: usize,
    unions: usize,
}

impl<'a> Reader<'a> {
    fn takes(&mut self, schema: &'a Value) -> bool {
        let Some(members) = schema.as_object() else { return false };
        self.unions += usize::from(members.contains_key("anyOf") || schema["type"].is_array());
        members.keys().all(|name| KEYWORDS.contains(&name.as_str()))
            && SAYS_WHAT.iter().any(|name| members.contains_key(*name))
            && self.is_closed(members)
            && members.iter().all(|(name, value)| self.takes_member(name, value))
    }

    /// Whether it is no object, or one that says that it has nothing but its properties.
    fn is_closed(&mut self, members: &'a Map<String, Value>) -> bool {
        let is_object = members.get("type").is_some_and(|kind| match kind {
            Value::Array(kinds) => kinds.iter().any(|kind| kind == "object"),
            kind => kind == "object",
        });
        let properties = members.get("properties").and_then(Value::as_object).map_or(0, Map::len);
        let required = members.get("required").and_then(Value::as_array).map_or(0, Vec::len);
        self.optional += properties.saturating_sub(required);
        match members.get("additionalProperties") {
            Some(more) => *more == Value::Bool(false),
            None => !is_object && !members.contains_key("properties"),
        }
    }

    fn takes_member(&mut self, name: &str, value: &'a Value) -> bool {
        let is_plain = |value: &Value| !value.is_object() && !value.is_array();
        match name {
            "$ref" => value.as_str().is_some_and(|pointer| self.follows(pointer)),
            "properties" => {
                value.as_object().is_some_and(|schemas| schemas.values().all(|schema| self.takes(schema)))
            }
            "anyOf" => {
                value.as_array().is_some_and(|schemas| schemas.iter().all(|schema| self.takes(schema)))
            }
            "allOf" => value.as_array().is_some_and(|schemas| {
                schemas.iter().all(|schema| schema.get("$ref").is_none() && self.takes(schema))
            }),
            "items" => self.takes(value),
            "minItems" => matches!(value.as_u64(), Some(0 | 1)),
            "format" => value.as_str().is_some_and(|format| FORMATS.contains(&format)),
            "enum" => value.as_array().is_some_and(|values| values.iter().all(is_plain)),
            "const" => is_plain(value),
            // Definitions are read where they are referred to.
            _ => true,
        }
    }

    /// Whether a reference leads to something that is there and does not lead back.
    fn follows(&mut self, pointer: &'a str) -> bool {
        if self.open.len() > MAX_CHAIN || self.open.contains(&pointer) {
            return false;
        }
        if !self.followed.insert(pointer) {
            return true;
        }
        let Some(target) = pointer.strip_prefix('#').and_then(|place| self.root.pointer(place)) else {
            return false;
        };
        self.open.push(pointer);
        let is_taken = self.takes(target);
        self.open.pop();
        is_taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// An object of one member of this schema.
    fn of(schema: &Value) -> bool {
        let whole = json!({
            "type": "object", "properties": { "a": schema }, "required": ["a"], "additionalProperties": false,
            "$defs": { "end": { "type": "string" } },
        });
        is_native(whole.to_string().as_bytes())
    }

    #[test]
    fn what_a_grammar_can_say_is_native() {
        for schema in [
            json!({ "type": "integer", "title": "A", "description": "b", "default": 1 }),
            json!({ "type": ["string", "null"], "format": "date-time" }),
            json!({ "enum": ["a", 1, null] }),
            json!({ "type": "string", "const": "a" }),
            json!({ "anyOf": [{ "$ref": "#/$defs/end" }, { "type": "null" }] }),
            json!({ "type": "array", "items": { "$ref": "#/$defs/end" }, "minItems": 1 }),
            json!({ "type": "object", "additionalProperties": false }),
            // A member may be called like a keyword.
            json!({ "type": "object", "additionalProperties": false,
                "properties": { "maximum": { "type": "number" } } }),
        ] {
            assert!(of(&schema), "{schema}");
        }
    }

    #[test]
    fn what_it_cannot_say_is_not() {
        for schema in [
            json!({ "type": "integer", "minimum": 0, "maximum": 10 }),
            json!({ "type": "number", "exclusiveMinimum": 0 }),
            json!({ "type": "number", "multipleOf": 2 }),
            json!({ "type": "string", "maxLength": 3 }),
            json!({ "type": "string", "pattern": "^a(?=b)" }),
            json!({ "type": "string", "format": "json-string" }),
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": 3 }),
            json!({ "type": "array", "items": { "type": "string" }, "minItems": 2 }),
            json!({ "type": "array", "prefixItems": [{ "type": "string" }] }),
            json!({ "oneOf": [{ "type": "string" }] }),
            json!({ "allOf": [{ "$ref": "#/$defs/end" }] }),
            json!({ "enum": [{ "a": 1 }] }),
            json!({ "type": "object", "properties": {} }),
            json!({ "type": ["object", "null"] }),
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            json!({ "properties": { "b": { "type": "string" } } }),
            json!({ "$ref": "#" }),
            json!({ "$ref": "#/properties/a" }),
            json!({ "$ref": "#/$defs/none" }),
            json!({ "$ref": "https://example.com/schema" }),
            json!({}),
            json!(true),
        ] {
            assert!(!of(&schema), "{schema}");
        }
        for whole in ["", "[]", r#"{"anyOf":[]}"#, r#"{"type":"array","items":{"type":"string"}}"#] {
            assert!(!is_native(whole.as_bytes()), "{whole}");
        }
        // Two that lead to each other.
        let rings = json!({ "type": "object", "additionalProperties": false,
            "properties": { "a": { "$ref": "#/$defs/a" } },
            "$defs": { "a": { "anyOf": [{ "$ref": "#/$defs/b" }] }, "b": { "anyOf": [{ "$ref": "#/$defs/a" }] } } });
        assert!(!is_native(rings.to_string().as_bytes()));
    }

    #[test]
    fn a_chain_without_end_takes_no_stack() {
        let links: Map<String, Value> = (0..100_000)
            .map(|link| (link.to_string(), json!({ "anyOf": [{ "$ref": format!("#/$defs/{}", link + 1) }] })))
            .collect();
        let whole = json!({ "type": "object", "additionalProperties": false,
            "properties": { "a": { "$ref": "#/$defs/0" } }, "$defs": links });
        assert!(!is_native(whole.to_string().as_bytes()));
    }

    #[test]
    fn too_much_is_not() {
        let members = |count: usize, schema: &Value| -> Map<String, Value> {
            (0..count).map(|number| (format!("m{number}"), schema.clone())).collect()
        };
        let native = |properties: Map<String, Value>, required: Value| {
            let whole = json!({ "type": "object", "additionalProperties": false,
                "required": required, "properties": properties });
            is_native(whole.to_string().as_bytes())
        };
        let text = json!({ "type": "string" });
        assert!(native(members(MAX_OPTIONAL, &text), json!([])));
        assert!(!native(members(MAX_OPTIONAL + 1, &text), json!([])));
        let either = json!({ "type": ["string", "null"] });
        let all: Vec<String> = members(MAX_UNIONS + 1, &either).into_iter().map(|(name, _)| name).collect();
        assert!(native(members(MAX_UNIONS, &either), json!(all[..MAX_UNIONS])));
        assert!(!native(members(MAX_UNIONS + 1, &either), json!(all)));
    }
}
