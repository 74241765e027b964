//! A value that follows a JSON schema: what a model fills in when it is given a tool or a form.

use serde_json::{Map, Number, Value, json};
use std::cell::Cell;

/// How deep a schema is followed; one that contains itself has no end.
const MAX_DEPTH: usize = 24;
/// How many values are made in all: two references in each of many objects would be more than anybody waits for.
const MAX_VALUES: usize = 10_000;
/// How long what is taken from the schema may be in all, in bytes: each of many items may have the same long text.
const MAX_BYTES: usize = 1_000_000;
/// A text of which nothing is said.
const EXAMPLE: &str = "example";
/// The most items or characters that are made because a schema asks for them.
const MAX_COUNT: u64 = 64;

/// A value of this schema. What the schema does not say is made as plain as possible.
pub(super) fn sample(schema: &Value) -> Value {
    Sampler { root: schema, left: Cell::new(MAX_VALUES), bytes: Cell::new(MAX_BYTES) }.value(schema, 0)
}

struct Sampler<'a> {
    root: &'a Value,
    left: Cell<usize>,
    bytes: Cell<usize>,
}

impl Sampler<'_> {
    fn value(&self, schema: &Value, depth: usize) -> Value {
        let left = self.left.get();
        let Some(members) = schema.as_object().filter(|_| depth < MAX_DEPTH && left > 0) else {
            return Value::Null;
        };
        self.left.set(left - 1);
        if let Some(target) = members.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return target.map_or(Value::Null, |target| self.value(target, depth + 1));
        }
        let given = members.get("const").or_else(|| members.get("default"));
        if let Some(given) = given.filter(|given| !given.is_null()) {
            return self.taken(given);
        }
        if let Some(first) = members.get("enum").and_then(|values| values.as_array()?.first()) {
            return self.taken(first);
        }
        if let Some(choices) = ["anyOf", "oneOf"].iter().find_map(|name| members.get(*name)?.as_array()) {
            let choice = choices.iter().find(|choice| choice["type"] != "null").or(choices.first());
            return choice.map_or(Value::Null, |choice| self.value(choice, depth + 1));
        }
        let own = self.typed(members, depth);
        match members.get("allOf").and_then(Value::as_array) {
            Some(parts) => self.merged(own, parts, depth),
            None => own,
        }
    }

    /// A value that the schema gives itself.
    fn taken(&self, given: &Value) -> Value {
        // What is left is looked at first: to measure a long value takes as long as to copy it.
        let fits = self.bytes.get() > 0 && self.has_room(given.to_string().len());
        if fits { given.clone() } else { Value::Null }
    }

    /// Takes room for so many bytes; what does not fit takes all of it.
    fn has_room(&self, length: usize) -> bool {
        let left = self.bytes.get().checked_sub(length);
        self.bytes.set(left.unwrap_or_default());
        left.is_some()
    }

    /// What several schemas ask for together.
    fn merged(&self, own: Value, parts: &[Value], depth: usize) -> Value {
        parts.iter().map(|part| self.value(part, depth + 1)).fold(own, |merged, part| match (merged, part) {
            (Value::Object(mut all), Value::Object(more)) => {
                all.extend(more);
                Value::Object(all)
            }
            (Value::Null, part) => part,
            (merged, _) => merged,
        })
    }

    fn typed(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        match type_of(schema) {
            Some("object") => self.object(schema, depth),
            Some("array") => self.array(schema, depth),
            Some("string") => Value::String(string(schema)),
            Some("integer") => number(schema, 1.0),
            Some("number") => number(schema, 1.5),
            Some("boolean") => Value::Bool(true),
            _ => Value::Null,
        }
    }

    /// What is required, in the order in which it is declared; all of it where nothing is said of that.
    fn object(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let properties = schema.get("properties").and_then(Value::as_object);
        let required: Vec<&str> = match schema.get("required").and_then(Value::as_array) {
            Some(names) => names.iter().filter_map(Value::as_str).collect(),
            None => properties.into_iter().flat_map(|all| all.keys().map(String::as_str)).collect(),
        };
        let mut object = Map::new();
        for name in required.into_iter().take_while(|name| self.has_room(name.len() + EXAMPLE.len())) {
            let schema = properties.and_then(|properties| properties.get(name));
            let value = schema.map_or_else(|| json!(EXAMPLE), |schema| self.value(schema, depth + 1));
            object.insert(name.to_owned(), value);
        }
        Value::Object(object)
    }

    fn array(&self, schema: &Map<String, Value>, depth: usize) -> Value {
        let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).min(MAX_COUNT);
        let most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(MAX_COUNT);
        let items = match schema.get("prefixItems").and_then(Value::as_array) {
            Some(items) => items.iter().map(|item| self.value(item, depth + 1)).collect(),
            None => match schema.get("items") {
                Some(item) => (0..least.min(most)).map(|_| self.value(item, depth + 1)).collect(),
                None => Vec::new(),
            },
        };
        Value::Array(items)
    }
}

/// The type; of several, the first that is not null. A schema without one has members of it.
fn type_of(schema: &Map<String, Value>) -> Option<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ if schema.contains_key("properties") => Some("object"),
        _ if schema.contains_key("items") => Some("array"),
        _ => None,
    }
}

fn string(schema: &Map<String, Value>) -> String {
    let mut text = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-02T03:04:05Z",
        Some("date") => "2026-01-02",
        Some("time") => "03:04:05Z",
        Some("email") => "person@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some("ipv4") => "192.0.2.1",
        _ => EXAMPLE,
    }
    .to_owned();
    let length = |name: &str| schema.get(name).and_then(Value::as_u64).map(|n| n.min(MAX_COUNT));
    while length("minLength").is_some_and(|least| (text.len() as u64) < least) {
        text.push('x');
    }
    if let Some(most) = length("maxLength").and_then(|most| usize::try_from(most).ok()) {
        text.truncate(most);
    }
    text
}

/// `usual`, moved to where the bounds are.
fn number(schema: &Map<String, Value>, usual: f64) -> Value {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let mut number = usual;
    if let Some(least) = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + 1.0)) {
        number = number.max(least);
    }
    if let Some(most) = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| most - 1.0)) {
        number = number.min(most);
    }
    if let Some(step) = bound("multipleOf").filter(|step| *step > 0.0) {
        number = (number / step).ceil() * step;
    }
    #[allow(clippy::cast_possible_truncation)] // bounded by the line above it
    let whole = (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    match whole {
        Some(whole) => whole.into(),
        None => Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_is_there_and_of_its_type() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": { "type": "string" },
                "unit": { "type": "string", "enum": ["celsius", "fahrenheit"] },
                "days": { "type": "integer", "minimum": 3 },
                "share": { "type": ["null", "number"], "exclusiveMaximum": 1 },
                "places": { "type": "array", "minItems": 2, "items": { "$ref": "#/$defs/place" } },
                "other": { "anyOf": [{ "type": "null" }, { "type": "boolean" }] },
                "left_out": { "type": "string" },
            },
            "required": ["city", "unit", "days", "share", "places", "other"],
            "$defs": { "place": {
                "type": "object", "properties": { "kind": { "const": "place" } }, "required": ["kind"],
            } },
        });
        let expected = json!({
            "city": "example", "unit": "celsius", "days": 3, "share": 0, "other": true,
            "places": [{ "kind": "place" }, { "kind": "place" }],
        });
        assert_eq!(sample(&schema), expected);
    }

    #[test]
    fn a_schema_that_contains_itself_ends() {
        let schema = json!({
            "type": "object", "properties": { "next": { "$ref": "#" } }, "required": ["next"],
        });
        assert!(sample(&schema)["next"]["next"].is_object());
        let many =
            json!({ "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" }, "c": { "$ref": "#" } } });
        assert!(sample(&many)["a"].is_object());
    }

    #[test]
    fn what_a_schema_repeats_fills_no_memory() {
        let many = |item: Value| {
            let items = json!({ "type": "array", "minItems": 64, "items": item });
            sample(&json!({ "type": "array", "minItems": 64, "items": items })).to_string().len()
        };
        let long = "x".repeat(100_000);
        let unknown: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
        for item in [
            json!({ "const": long }),
            json!({ "enum": [{ "a": long }] }),
            json!({ "properties": { long.as_str(): {} } }),
            json!({ "type": "object", "required": unknown }),
        ] {
            assert!((100_000..4 * MAX_BYTES).contains(&many(item)));
        }
        assert_eq!(sample(&json!({ "const": long })), json!(long));
    }

    #[test]
    fn any_json_is_a_schema_of_something() {
        for schema in [json!(null), json!(true), json!([]), json!({ "type": 3 }), json!({ "$ref": "x" })] {
            assert_eq!(sample(&schema), Value::Null, "{schema}");
        }
        assert_eq!(
            sample(&json!({ "type": "string", "minLength": u64::MAX })).as_str().map(str::len),
            Some(64)
        );
    }
}
