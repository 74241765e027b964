//! Models that cannot stream what they are asked: their whole answer comes as the stream that the client wants.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use bytes::Bytes;
use gateway::canned::Canned;
use gateway::completion::{Completion, read_stream};
use gateway::support::{Script, answer, refusal};
use gateway::tap::{Tap, delta, end};
use gateway::{ask, events_of, hi, over, post, whole};
use http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";
const MISTRAL: &str = "mistral.mistral-large-2407-v1:0";

const ASKS: &str = r#"{"output":{"message":{"role":"assistant","content":[
    {"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},{"text":"Let me look."},
    {"toolUse":{"toolUseId":"t1","name":"weather","input":{"z": 1.0, "a": 12345678901234567890123 }}},
    {"toolUse":{"toolUseId":"t2","name":"now","input":{}}}]}},
    "stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#;

fn asked(model: &str, more: &Value) -> Value {
    let mut body = hi(model);
    body["stream"] = json!(true);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn tools() -> Value {
    let tool = |name: &str| json!({ "type": "function", "function": { "name": name } });
    json!({ "tools": [tool("weather"), tool("now")], "stream_options": { "include_usage": true } })
}

async fn completion(canned: &Canned, body: &Value) -> Completion {
    let response = ask(&over(canned.clone(), GatewayOptions::default()), body).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-amzn-requestid"], "0123-4567");
    read_stream(&whole(response).await, "stream")
}

fn assert_asks(completion: &Completion) {
    assert_eq!(completion.content.as_deref(), Some("Let me look."));
    assert_eq!(completion.reasoning.as_deref(), Some("hm"));
    let calls = [("t1", "weather", r#"{"z": 1.0, "a": 12345678901234567890123 }"#), ("t2", "now", "{}")];
    assert_eq!(completion.tool_calls, calls.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    assert_eq!(completion.finish_reason, "tool_calls");
    assert_eq!(completion.usage["total_tokens"], 5);
}

#[tokio::test]
async fn tools_on_a_llama_are_asked_as_a_whole_and_answered_as_a_stream() {
    let canned = Canned::new("converse", ASKS.into());
    assert_asks(&completion(&canned, &asked(LLAMA, &tools())).await);
    assert_eq!(canned.operations(), ["converse"]);

    let text = delta("Hi");
    let stream: Bytes = [text, end()].concat().into();
    let canned = Canned::new("converse-stream", stream);
    let plain = completion(&canned, &asked(LLAMA, &json!({}))).await;
    assert_eq!(plain.content.as_deref(), Some("Hi"));
    assert_eq!(canned.operations(), ["converse-stream"]);
}

#[tokio::test]
async fn a_schema_by_way_of_a_tool_is_asked_as_a_whole_too() {
    let format = json!({ "response_format": { "type": "json_schema", "json_schema": {
        "name": "weather", "schema": { "type": "object", "properties": { "z": {} } } } } });
    let body = r#"{"output":{"message":{"role":"assistant","content":[
        {"toolUse":{"toolUseId":"abcdefghi","name":"weather","input":{"z": 1.0}}}]}},"stopReason":"tool_use"}"#;
    let canned = Canned::new("converse", body.into());
    let completion = completion(&canned, &asked(MISTRAL, &format)).await;
    assert_eq!(completion.content.as_deref(), Some(r#"{"z": 1.0}"#));
    assert_eq!(completion.finish_reason, "stop");
    assert_eq!(canned.operations(), ["converse"]);
}

#[tokio::test]
async fn a_model_that_nobody_knows_says_that_it_cannot() {
    for said in [
        "This model doesn't support tool use in streaming mode.",
        "This model doesn\u{2019}t support tool use in streaming mode.",
        "The model is unsupported for streaming.",
    ] {
        let script = Script::new([refusal(400, "ValidationException", said), answer(200, &[], ASKS)]);
        let gateway = over(script.clone(), GatewayOptions::default());
        let response = ask(&gateway, &asked("google.gemma-3-12b-it", &tools())).await;
        assert_asks(&read_stream(&whole(response).await, said));
        let paths: Vec<String> =
            script.seen().iter().map(|(_, request)| request.uri().path().to_owned()).collect();
        let path = "/model/google.gemma-3-12b-it/converse";
        assert_eq!(paths, [format!("{path}-stream"), path.to_owned()]);
    }
    // Another refusal is the answer.
    let script = Script::new([refusal(400, "ValidationException", "This model doesn't support tool use.")]);
    let gateway = over(script, GatewayOptions::default());
    let response = ask(&gateway, &asked("google.gemma-3-12b-it", &tools())).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_message_of_anthropic_is_a_stream_as_well() {
    let script = Script::new([answer(200, &[], ASKS)]);
    let gateway = over(script, GatewayOptions::default());
    let body = json!({ "model": LLAMA, "max_tokens": 9, "stream": true,
        "messages": [{ "role": "user", "content": "hi" }],
        "tools": [{ "name": "weather", "input_schema": { "type": "object" } }] });
    let answer = post(&gateway, "/v1/messages", &body).await;
    let events = events_of(&answer);
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.first(), Some(&"message_start"));
    assert_eq!(names.last(), Some(&"message_stop"));
    assert_eq!(names.iter().filter(|name| **name == "content_block_stop").count(), 4);
    let joined: String = events.iter().map(|(_, data)| data.as_str()).collect();
    assert!(joined.contains(r#"{\"z\": 1.0, \"a\": 12345678901234567890123 }"#), "{joined}");
    assert!(joined.contains(r#""stop_reason":"tool_use""#), "{joined}");
}

#[tokio::test(start_paused = true)]
async fn while_it_is_awaited_the_client_is_kept_alive_and_may_go_away() {
    let tap = Tap::default();
    let gateway = over(tap.clone(), GatewayOptions::default());
    let mut pen = tap.pen();
    let started = Instant::now();
    let mut body = ask(&gateway, &asked(LLAMA, &tools())).await.into_body();
    assert_eq!(started.elapsed(), Duration::from_secs(10));
    for _ in 0..3 {
        assert!(body.chunk().await.unwrap().unwrap().starts_with(b":"));
    }
    pen.write(ASKS.as_bytes().to_vec());
    drop(pen);
    let rest = String::from_utf8(body.collect(usize::MAX).await.unwrap().to_vec()).unwrap();
    assert_asks(&read_stream(&rest, "late"));

    let pen = tap.pen();
    let body = ask(&gateway, &asked(LLAMA, &tools())).await.into_body();
    assert_eq!(tap.held(), 1);
    drop(body);
    assert_eq!(tap.held(), 0);
    drop(pen);
}
