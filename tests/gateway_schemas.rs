//! Schemas that are not as Bedrock takes them: what leaves for it, and what comes back.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;
mod sent;
mod upstream;

use gateway::post;
use sent::Sent;
use serde_json::{Value, json};

const CLAUDE_4_5: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn asked(model: &str, more: &Value) -> Value {
    let mut body = upstream::request(model);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn format(schema: &Value) -> Value {
    json!({ "response_format": { "type": "json_schema", "json_schema": { "name": "out", "schema": schema } } })
}

fn closed(schema: &Value) -> Value {
    json!({ "type": "object", "properties": { "a": schema }, "required": ["a"], "additionalProperties": false })
}

/// What of pydantic's and zod's schemas no grammar of Claude has.
fn bounded() -> [Value; 4] {
    [
        closed(&json!({ "type": "integer", "minimum": 0, "maximum": 10 })),
        closed(&json!({ "type": "string", "maxLength": 10 })),
        closed(&json!({ "type": "array", "items": { "type": "string" }, "maxItems": 3 })),
        json!({ "type": "object", "additionalProperties": false, "required": ["next"],
            "properties": { "next": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } } }),
    ]
}

#[tokio::test]
async fn a_schema_beyond_the_grammar_is_a_tools() {
    for schema in bounded() {
        let sent = Sent::default();
        let answer =
            post(&sent.gateway(), "/v1/chat/completions", &asked(CLAUDE_4_5, &format(&schema))).await;
        let (operation, body) = sent.only();
        assert_eq!((answer.status.as_u16(), operation.as_str()), (200, "converse"), "{}", answer.text());
        assert!(body.get("outputConfig").is_none(), "{body}");
        let spec = &body["toolConfig"]["tools"][0]["toolSpec"];
        assert_eq!((&spec["name"], &spec["inputSchema"]["json"]), (&json!("out"), &schema));
        assert_eq!(body["toolConfig"]["toolChoice"], json!({ "tool": { "name": "out" } }));
    }
    let sent = Sent::default();
    let plain = closed(&json!({ "type": "integer" }));
    post(&sent.gateway(), "/v1/chat/completions", &asked(CLAUDE_4_5, &format(&plain))).await;
    assert!(sent.only().1.get("outputConfig").is_some());
}

#[tokio::test]
async fn a_tool_beyond_the_grammar_is_not_strict() {
    let strict = |schema: &Value| {
        let function = json!({ "name": "f", "parameters": schema, "strict": true });
        json!({ "tools": [{ "type": "function", "function": function }] })
    };
    let plain = closed(&json!({ "type": "integer" }));
    for (schema, is_strict) in bounded().into_iter().map(|schema| (schema, false)).chain([(plain, true)]) {
        let sent = Sent::default();
        let answer =
            post(&sent.gateway(), "/v1/chat/completions", &asked(CLAUDE_4_5, &strict(&schema))).await;
        let (operation, body) = sent.only();
        assert_eq!((answer.status.as_u16(), operation.as_str()), (200, "invoke"), "{}", answer.text());
        assert_eq!(body["tools"][0]["input_schema"], schema);
        assert_eq!(body["tools"][0]["strict"] == true, is_strict, "{body}");
    }
}
