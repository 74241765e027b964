//! Schemas that are not as Bedrock takes them: what leaves for it, and what comes back.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use bytes::Bytes;
use gateway::canned::Canned;
use gateway::completion::{Completion, read_stream};
use gateway::sent::Sent;
use gateway::tap::{Tap, delta, end};
use gateway::{CHAT, NOVA, ask, hi, over, post};
use serde_json::{Value, json};

const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";
const CLAUDE_4: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const CLAUDE_4_5: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

fn asked(model: &str, more: &Value) -> Value {
    let mut body = hi(model);
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

/// An answer of the emulator, whole or streamed, and the only body that was sent.
async fn completed(model: &str, more: &Value, stream: bool) -> (Completion, Value) {
    let sent = Sent::default();
    let mut body = asked(model, more);
    body["stream"] = json!(stream);
    let answer = post(&sent.gateway(), "/v1/chat/completions", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let completion =
        if stream { read_stream(&answer.text(), model) } else { Completion::read(&answer.json(), model) };
    (completion, sent.only().1)
}

fn list() -> Value {
    json!({ "type": "array", "items": { "$ref": "#/$defs/city" }, "minItems": 2,
        "$defs": { "city": { "type": "object", "properties": { "z": { "type": "number" }, "a": { "const": "b" } } } } })
}

#[tokio::test]
async fn a_list_is_a_member_of_the_tools_arguments_and_alone_in_the_answer() {
    for (model, stream) in [(CLAUDE_4_5, false), (CLAUDE_4_5, true), (NOVA, true)] {
        let (completion, body) = completed(model, &format(&list()), stream).await;
        let schema = &body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
        let mut expected = list();
        if model == NOVA {
            expected["items"] = expected.as_object_mut().unwrap().remove("$defs").unwrap()["city"].take();
        } else {
            assert_eq!(schema["$defs"], list()["$defs"]);
        }
        assert_eq!((&schema["type"], &schema["properties"]["answer"]), (&json!("object"), &expected));
        let content: Value = serde_json::from_str(completion.content.as_deref().unwrap()).unwrap();
        assert_eq!(content, json!([{ "z": 1.5, "a": "b" }, { "z": 1.5, "a": "b" }]));
        assert_eq!(completion.finish_reason, "stop");
    }
    // Who cannot be made to use a tool is told what it is.
    let (completion, body) = completed(LLAMA, &format(&list()), true).await;
    let system = body["system"][0]["text"].as_str().unwrap();
    assert!(system.starts_with("Answer with one JSON array"), "{system}");
    let content: Value = serde_json::from_str(completion.content.as_deref().unwrap()).unwrap();
    assert_eq!(content.as_array().map(Vec::len), Some(2));
}

/// As pydantic writes a class with another in it.
fn nested() -> Value {
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Event", "type": "object",
        "$defs": { "City": { "title": "City", "type": "object", "properties": { "a": { "const": "b" } } } },
        "properties": { "city": { "$ref": "#/$defs/City" } }, "required": ["city"], "additionalProperties": false })
}

fn tool_of(schema: &Value) -> Value {
    let function = json!({ "name": "f", "description": "d", "parameters": schema });
    json!({ "tools": [{ "type": "function", "function": function }] })
}

#[tokio::test]
async fn a_nova_is_given_no_references_and_no_more_than_it_takes_at_the_top() {
    let taken = json!({ "type": "object", "required": ["city"],
        "properties": { "city": nested()["$defs"]["City"] } });
    for (more, expected) in [(format(&nested()), "out"), (tool_of(&nested()), "f")] {
        let (_, body) = completed(NOVA, &more, true).await;
        let spec = &body["toolConfig"]["tools"][0]["toolSpec"];
        assert_eq!((&spec["name"], &spec["inputSchema"]["json"]), (&json!(expected), &taken));
    }
    // What has no end cannot be written out: an answer is told its form, a tool's description has it all.
    let endless = json!({ "type": "object", "properties": { "next": { "$ref": "#" } } });
    let (_, body) = completed(NOVA, &format(&endless), false).await;
    assert!(body["system"][0]["text"].as_str().unwrap().contains(r##""$ref":"#""##), "{body}");
    let (_, body) = completed(NOVA, &tool_of(&endless), false).await;
    let spec = &body["toolConfig"]["tools"][0]["toolSpec"];
    assert_eq!(spec["inputSchema"]["json"]["properties"]["next"], json!({ "type": "object" }));
    assert!(spec["description"].as_str().unwrap().contains(r##""$ref":"#""##), "{spec}");
}

#[tokio::test]
async fn a_choice_at_the_top_is_a_member_of_the_answer_and_told_of_a_tool() {
    let object =
        |name: &str| json!({ "type": "object", "properties": { name: { "const": 1 } }, "required": [name] });
    for name in ["anyOf", "oneOf", "allOf"] {
        let choice = json!({ name: [object("a"), object("a")], "$defs": {} });
        for (model, stream) in [(CLAUDE_4_5, false), (CLAUDE_4, true), (NOVA, false)] {
            let (completion, body) = completed(model, &format(&choice), stream).await;
            let schema = &body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
            assert_eq!(schema["properties"]["answer"][name], choice[name], "{body}");
            let content: Value = serde_json::from_str(completion.content.as_deref().unwrap()).unwrap();
            assert!(content.get("answer").is_none(), "{content}");

            let (_, body) = completed(model, &tool_of(&choice), stream).await;
            let text = body["tools"].to_string() + &body["toolConfig"].to_string();
            let told = r#"d\n\nThe arguments must be valid by this JSON schema: {\"type\""#;
            assert!(text.contains(told) && !text.contains(&format!(r#""{name}":"#)), "{text}");
        }
    }
}

#[tokio::test]
async fn a_tool_whose_arguments_are_no_object_is_refused_by_name() {
    for model in [CLAUDE_4_5, NOVA] {
        let tool = |schema: Value| {
            let function = json!({ "name": "f", "parameters": schema });
            json!({ "tools": [{ "type": "function", "function": function }] })
        };
        let sent = Sent::default();
        let body = asked(model, &tool(json!({ "type": "string" })));
        let answer = post(&sent.gateway(), "/v1/chat/completions", &body).await;
        assert!(answer.refusal(400).starts_with("tools.f takes arguments that are no object"));
        assert!(sent.take().is_empty());
        let (completion, _) = completed(model, &tool(json!({ "type": ["object", "null"] })), false).await;
        assert_eq!(completion.finish_reason, "tool_calls");
    }
}

#[tokio::test]
async fn json_is_answered_offline_and_nothing_else() {
    let json_object = json!({ "response_format": { "type": "json_object" } });
    for (model, stream) in [(CLAUDE_4_5, false), (NOVA, true), (LLAMA, false)] {
        let (completion, _) = completed(model, &json_object, stream).await;
        let content: Value = serde_json::from_str(completion.content.as_deref().unwrap()).unwrap();
        assert_eq!(content, json!({ "answer": "The emulator has read: hi" }));
    }
}

#[tokio::test]
async fn fences_and_words_around_json_are_cut() {
    let json = r#"{"z": 1.0, "a": ["}", 12345678901234567890123]}"#;
    let object = json!({ "response_format": { "type": "json_object" } });
    let schema = format(&json!({ "type": "object", "properties": { "z": {}, "a": {} } }));
    for said in [
        json.to_owned(),
        format!("```json\n{json}\n```"),
        format!("Sure! Here it is:\n\n{json}\n\nIs there anything else?"),
    ] {
        for (model, more) in [(NOVA, &object), (LLAMA, &schema)] {
            let content = json!([{ "text": said }]);
            let whole = json!({ "output": { "message": { "role": "assistant", "content": content } },
                "stopReason": "end_turn" });
            let whole = Canned::new("converse", whole.to_string().into());
            let chars: Vec<char> = said.chars().collect();
            let deltas = chars.chunks(5).map(|piece| delta(&piece.iter().collect::<String>()));
            let stream: Bytes = deltas.chain([end()]).flatten().collect();
            let streamed = Canned::new("converse-stream", stream);
            for (canned, stream) in [(whole, false), (streamed, true)] {
                let mut body = asked(model, more);
                body["stream"] = json!(stream);
                let gateway = over(canned, GatewayOptions::default());
                let answer = post(&gateway, CHAT, &body).await.text();
                let completion = if stream {
                    read_stream(&answer, &said)
                } else {
                    Completion::read(&serde_json::from_str(&answer).unwrap(), &said)
                };
                assert_eq!(completion.content.as_deref(), Some(json), "{said}");
                assert_eq!(completion.finish_reason, "stop");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn while_no_json_begins_the_client_is_kept_alive_and_may_go_away() {
    let tap = Tap::default();
    let gateway = over(tap.clone(), GatewayOptions::default());
    let mut body = asked(NOVA, &json!({ "response_format": { "type": "json_object" }, "stream": true }));
    let mut pen = tap.pen();
    pen.begin("Let me think about that. ");
    let mut stream = ask(&gateway, &body).await.into_body();
    for _ in 0..3 {
        assert!(stream.chunk().await.unwrap().unwrap().starts_with(b":"));
    }
    pen.write(delta("{\"a\""));
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(first.contains(r#""content":"{\"a\""#), "{first}");
    pen.write(delta(": 1} So it is."));
    pen.end();
    let rest = String::from_utf8(stream.collect(usize::MAX).await.unwrap().to_vec()).unwrap();
    assert_eq!(read_stream(&(first + &rest), "late").content.as_deref(), Some("{\"a\": 1}"));

    // Nothing but words: they are what there is.
    let mut pen = tap.pen();
    pen.begin("I must refuse.");
    pen.end();
    body["n"] = json!(1);
    let refused = post(&gateway, CHAT, &body).await.text();
    assert_eq!(read_stream(&refused, "refused").content.as_deref(), Some("I must refuse."));

    let mut pen = tap.pen();
    pen.begin("Let me think");
    let stream = ask(&gateway, &body).await.into_body();
    assert_eq!(tap.held(), 1);
    drop(stream);
    assert_eq!(tap.held(), 0);
    drop(pen);
}
