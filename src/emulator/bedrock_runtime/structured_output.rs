//! Schemas that a model is held to, from the service's side: bounds that its grammar does not have are refused.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>
//! - <https://github.com/BerriAI/litellm/pull/29624>

use serde_json::{Map, Value};

/// What each type does not have.
const UNSUPPORTED: [(&str, &[&str]); 4] = [
    ("integer", &["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"]),
    ("number", &["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"]),
    ("array", &["maxItems", "uniqueItems"]),
    ("object", &["maxProperties", "minProperties", "patternProperties", "propertyNames"]),
];

/// What the model says to the format of a body and its strict tools, in either shape.
pub(super) fn check(body: &Value) -> Result<(), String> {
    let written = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    if let Some(schema) = written.as_str().and_then(|schema| serde_json::from_str(schema).ok()) {
        check_schema("output_config.format.schema", &schema)?;
    }
    for fields in [body, &body["additionalModelRequestFields"]] {
        check_schema("output_config.format.schema", &fields["output_config"]["format"]["schema"])?;
    }
    let lists = [&body["toolConfig"]["tools"], &body["tools"]];
    for (at, tool) in lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten().enumerate()) {
        let spec = tool.get("toolSpec").unwrap_or(tool);
        if spec["strict"] == true {
            let schema = spec.pointer("/inputSchema/json").unwrap_or(&spec["input_schema"]);
            check_schema(&format!("tools.{at}.custom"), schema)?;
        }
    }
    Ok(())
}

fn check_schema(place: &str, schema: &Value) -> Result<(), String> {
    let Some(members) = schema.as_object() else { return Ok(()) };
    if let Some(problem) = problem(members) {
        return Err(format!("{place}: {problem}"));
    }
    for name in ["properties", "$defs", "definitions"] {
        for inner in members.get(name).and_then(Value::as_object).into_iter().flat_map(Map::values) {
            check_schema(place, inner)?;
        }
    }
    for name in ["anyOf", "allOf"] {
        for inner in members.get(name).and_then(Value::as_array).into_iter().flatten() {
            check_schema(place, inner)?;
        }
    }
    members.get("items").map_or(Ok(()), |items| check_schema(place, items))
}

fn problem(schema: &Map<String, Value>) -> Option<String> {
    let kind = schema.get("type").and_then(Value::as_str)?;
    if kind == "object" && schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Some("For 'object' type, 'additionalProperties' must be explicitly set to false".to_owned());
    }
    let (_, unsupported) = UNSUPPORTED.iter().find(|(name, _)| *name == kind)?;
    let found: Vec<&str> = unsupported.iter().copied().filter(|name| schema.contains_key(*name)).collect();
    match found.as_slice() {
        [] => None,
        [one] => Some(format!("For '{kind}' type, property '{one}' is not supported")),
        several => Some(format!("For '{kind}' type, properties {} are not supported", several.join(", "))),
    }
}
