//! A whole answer through the gateway as a client of OpenAI's API meets it, and the same answer streamed.
#![cfg(feature = "gateway")]

mod gateway;

use bedwire::client::credentials::{ProvideAuth, Wanted};
use bedwire::gateway::{Gateway, GatewayOptions};
use bedwire::protocol::auth::Auth;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use bedwire::{Client, Error, ErrorKind};
use bytes::Bytes;
use gateway::canned::Canned;
use gateway::completion::{Completion, append, data, read_stream};
use gateway::frames::{chunk, frame};
use gateway::{CHAT, CLAUDE, NOVA, ask, hi, over, send, whole};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn an_answer_without_output_is_a_bad_gateway() {
    let body =
        r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#;
    let gateway = over(Canned::new("converse", body.into()), GatewayOptions::default());
    let response = ask(&gateway, &hi(NOVA)).await;
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    let error: Value = serde_json::from_str(&whole(response).await).unwrap();
    assert_eq!(error["error"]["type"], "server_error");
}

const ANSWER: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn",
    "usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5,"cacheReadInputTokens":7,"cacheWriteInputTokens":1},
    "serviceTier":{"type":"flex"}}"#;

#[tokio::test]
async fn several_choices_are_several_calls_and_add_up() {
    let canned = Canned::new("converse", ANSWER.into());
    let gateway = over(canned.clone(), GatewayOptions::default());
    let mut body = hi(NOVA);
    body["n"] = json!(3);
    let response = ask(&gateway, &body).await;
    assert_eq!(response.headers()["x-amzn-requestid"], "0123-4567");
    assert_eq!(response.headers()["content-type"], "application/json");
    let document: Value = serde_json::from_str(&whole(response).await).unwrap();
    assert_eq!(canned.operations().len(), 3);
    let choices = document["choices"].as_array().unwrap();
    assert_eq!(choices.iter().map(|c| c["index"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(choices.iter().all(|choice| choice["message"]["content"] == "Hi"));
    assert_eq!(document["usage"]["prompt_tokens"], 33);
    assert_eq!(document["usage"]["completion_tokens"], 6);
    assert_eq!(document["service_tier"], "flex");
}

#[tokio::test]
async fn ids_are_unique_and_what_is_left_out_is_named() {
    let options = || {
        let mut options = GatewayOptions::default();
        options.drop_unsupported = true;
        options
    };
    let mut body = hi(NOVA);
    body["seed"] = json!(7);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let gateway = over(Canned::new("converse", ANSWER.into()), options());
        let response = ask(&gateway, &body).await;
        assert_eq!(response.headers()["x-bedwire-dropped"], "seed");
        let document: Value = serde_json::from_str(&whole(response).await).unwrap();
        ids.push(document["id"].as_str().unwrap().to_owned());
    }
    assert!(ids.iter().all(|id| id.starts_with("chatcmpl-") && id.len() == 33), "{ids:?}");
    assert_ne!(ids[0], ids[1]);
}

/// Refuses every call with a status, and a code where it has one.
struct Refuses(u16, &'static str);

impl Transport for Refuses {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let answer = Response::builder().status(self.0).header("x-amzn-errortype", self.1);
        let answer = answer.body(Body::Whole(r#"{"message":"no"}"#.into())).unwrap();
        Box::pin(async { Ok(answer) })
    }
}

/// Only what the client can mend is told as its own mistake: SDKs do not ask again after a 400.
#[tokio::test(start_paused = true)]
async fn a_failure_of_bedrock_is_told_as_such() {
    for (status, code, expected, kind) in [
        (302, "", 502, "server_error"),
        (400, "ValidationException", 400, "invalid_request_error"),
        (422, "", 400, "invalid_request_error"),
        (408, "ModelTimeoutException", 504, "timeout_error"),
        (424, "ModelErrorException", 502, "server_error"),
        (500, "InternalServerException", 500, "server_error"),
        (502, "", 502, "server_error"),
        (503, "ServiceUnavailableException", 503, "server_error"),
    ] {
        let gateway = over(Refuses(status, code), GatewayOptions::default());
        let response = ask(&gateway, &hi(NOVA)).await;
        assert_eq!(response.status(), expected, "{status} {code}");
        let document: Value = serde_json::from_str(&whole(response).await).unwrap();
        assert_eq!(document["error"]["type"], kind, "{status} {code}");
    }
}

struct NoCredentials;

impl ProvideAuth for NoCredentials {
    fn auth<'a>(&'a self, _: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        Box::pin(async { Err(Error::new(ErrorKind::Credentials, "no credentials anywhere")) })
    }
}

/// A 401 would say that the key for the gateway is wrong.
#[tokio::test]
async fn the_gateways_own_missing_credentials_are_not_the_clients() {
    let canned = Canned::new("converse", ANSWER.into());
    let client = Client::builder().region("us-west-2").credentials(NoCredentials).transport(canned.clone());
    let gateway = Gateway::new(&client.build().unwrap(), GatewayOptions::default()).unwrap();
    let mut body = hi(NOVA);
    body["max_tokens"] = json!(9);
    for path in ["/v1/chat/completions", "/v1/messages"] {
        let asked =
            Request::post(format!("http://127.0.0.1{path}")).header("content-type", "application/json");
        let asked = asked.body(Body::Whole(body.to_string().into())).unwrap();
        let response = gateway.send(asked).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        let document: Value = serde_json::from_str(&whole(response).await).unwrap();
        assert_eq!(document["error"]["type"], "permission_error", "{path}: {document}");
    }
    assert_eq!(canned.operations(), [""; 0]);
}

/// Some parameters have several names. The one that the client sent is named.
#[tokio::test]
async fn what_the_model_cannot_be_given_is_named_as_the_client_names_it() {
    const THINKER: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";
    let functions = json!([{ "name": "f", "parameters": { "type": "object" } }]);
    for (model, more, name) in [
        (NOVA, json!({ "reasoning_effort": "low" }), "reasoning_effort"),
        (NOVA, json!({ "reasoning": { "effort": "low" } }), "reasoning.effort"),
        (NOVA, json!({ "reasoning": { "enabled": true } }), "reasoning.enabled"),
        (NOVA, json!({ "reasoning": { "max_tokens": 2000 } }), "reasoning.max_tokens"),
        (NOVA, json!({ "thinking": { "type": "adaptive" } }), "thinking"),
        (THINKER, json!({ "reasoning": { "max_tokens": 100 } }), "reasoning.max_tokens"),
        (
            THINKER,
            json!({ "thinking": { "type": "enabled", "budget_tokens": 100 } }),
            "thinking.budget_tokens",
        ),
        (THINKER, json!({ "reasoning_effort": "low", "max_tokens": 100 }), "max_tokens"),
        (
            THINKER,
            json!({ "reasoning_effort": "low", "max_completion_tokens": 100 }),
            "max_completion_tokens",
        ),
        (LLAMA, json!({ "functions": functions, "function_call": { "name": "f" } }), "function_call"),
    ] {
        let mut body = hi(model);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let canned = Canned::new("converse", ANSWER.into());
        let gateway = over(canned.clone(), GatewayOptions::default());
        let response = ask(&gateway, &body).await;
        assert_eq!(response.status(), 400, "{more}");
        let error: Value = serde_json::from_str(&whole(response).await).unwrap();
        assert_eq!(error["error"]["param"], name, "{more}: {error}");
        assert!(error["error"]["message"].as_str().unwrap().starts_with(name), "{more}: {error}");
        assert!(canned.operations().is_empty(), "{more}");
    }
}

#[tokio::test]
async fn only_json_is_read() {
    let gateway = over(Canned::new("converse", ANSWER.into()), GatewayOptions::default());
    for (content_type, status) in [
        (Some("application/json; charset=utf-8"), StatusCode::OK),
        (Some("Application/JSON"), StatusCode::OK),
        (Some("text/plain"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Some("multipart/form-data; boundary=x"), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (None, StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let headers: Vec<_> = content_type.into_iter().map(|kind| ("content-type", kind)).collect();
        let answer = send(&gateway, Method::POST, CHAT, &headers, hi(NOVA).to_string()).await;
        assert_eq!(answer.status, status, "{content_type:?}");
    }
}

/// A client's body, streamed or not.
fn asked(model: &str, more: &Value, stream: bool) -> Value {
    let mut body = hi(model);
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    if stream {
        body["stream"] = json!(true);
    }
    body
}

async fn answer(canned: Canned, body: &Value) -> Completion {
    let response = ask(&over(canned, GatewayOptions::default()), body).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer = whole(response).await;
    match serde_json::from_str(&answer) {
        Ok(document) => Completion::read(&document, "whole"),
        Err(_) => read_stream(&answer, "stream"),
    }
}

/// The events of a Claude that thinks, speaks and asks for two tools, the second without arguments.
fn claude_events() -> Bytes {
    let block = |index: u64, block: Value| json!({ "type": "content_block_start", "index": index, "content_block": block });
    let delta =
        |index: u64, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    let stop = |index: u64| json!({ "type": "content_block_stop", "index": index });
    let tool = |id: &str, name: &str| json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
    let events = [
        json!({ "type": "message_start", "message": { "usage": { "input_tokens": 4, "cache_read_input_tokens": 6, "output_tokens": 1 } } }),
        json!({ "type": "ping" }),
        block(0, json!({ "type": "thinking", "thinking": "", "signature": "" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "h" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "m" })),
        delta(0, json!({ "type": "signature_delta", "signature": "sig" })),
        stop(0),
        block(1, json!({ "type": "redacted_thinking", "data": "YQ==" })),
        stop(1),
        block(2, json!({ "type": "text", "text": "" })),
        delta(2, json!({ "type": "text_delta", "text": "Let me look." })),
        delta(2, json!({ "type": "citations_delta", "citation": {} })),
        stop(2),
        block(3, tool("t1", "get_weather")),
        delta(3, json!({ "type": "input_json_delta", "partial_json": "" })),
        delta(3, json!({ "type": "input_json_delta", "partial_json": "{\"z\": 1.0," })),
        delta(3, json!({ "type": "input_json_delta", "partial_json": " \"a\": 2}" })),
        stop(3),
        block(4, tool("t2", "now")),
        stop(4),
        json!({ "no type": true }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use", "stop_sequence": null }, "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop", "amazon-bedrock-invocationMetrics": { "inputTokenCount": 4, "outputTokenCount": 9 } }),
    ];
    events.iter().flat_map(chunk).collect()
}

const CLAUDE_ANSWER: &str = r#"{"type":"message","role":"assistant","content":[
    {"type":"thinking","thinking":"hm","signature":"sig"},{"type":"redacted_thinking","data":"YQ=="},
    {"type":"text","text":"Let me "},{"type":"text","text":"look."},
    {"type":"tool_use","id":"t1","name":"get_weather","input":{"z": 1.0, "a": 2}},
    {"type":"tool_use","id":"t2","name":"now","input":{}}],
    "stop_reason":"tool_use","stop_sequence":null,
    "usage":{"input_tokens":4,"cache_read_input_tokens":6,"output_tokens":9}}"#;

#[tokio::test]
async fn a_claude_with_tools_answers_the_same_streamed_and_whole() {
    // The dot cannot go to Bedrock, and is there again when the answer comes back.
    let tools = json!({
        "tools": [
            { "type": "function", "function": { "name": "get.weather" } },
            { "type": "function", "function": { "name": "now" } },
        ],
        "stream_options": { "include_usage": true },
    });
    let streamed = Canned::new("invoke-with-response-stream", claude_events());
    let streamed = answer(streamed, &asked(CLAUDE, &tools, true)).await;
    let mut body = asked(CLAUDE, &tools, false);
    body.as_object_mut().unwrap().remove("stream_options");
    let whole = answer(Canned::new("invoke", CLAUDE_ANSWER.into()), &body).await;
    assert_eq!(streamed, whole);
    assert_eq!(whole.content.as_deref(), Some("Let me look."));
    let calls = [("t1", "get.weather", "{\"z\": 1.0, \"a\": 2}"), ("t2", "now", "{}")];
    assert_eq!(whole.tool_calls, calls.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
    assert_eq!(whole.reasoning.as_deref(), Some("hm"));
    let signed = json!({ "type": "thinking", "thinking": "hm", "signature": "sig" });
    assert_eq!(whole.thinking_blocks, [signed, json!({ "type": "redacted_thinking", "data": "YQ==" })]);
    assert_eq!(whole.finish_reason, "tool_calls");
    assert_eq!(whole.usage["prompt_tokens"], 10);
    assert_eq!(whole.usage["completion_tokens"], 9);
}

#[tokio::test]
async fn a_model_that_refuses_ends_by_the_filter_streamed_and_whole() {
    let whole = Canned::new("converse", ANSWER.replace("end_turn", "refusal").into());
    let whole = answer(whole, &hi(NOVA)).await;
    let usage = json!({ "usage": { "inputTokens": 3, "outputTokens": 2, "totalTokens": 5 } });
    let frames = [
        frame("messageStart", &json!({ "role": "assistant" })),
        frame("contentBlockDelta", &json!({ "contentBlockIndex": 0, "delta": { "text": "Hi" } })),
        frame("contentBlockStop", &json!({ "contentBlockIndex": 0 })),
        frame("messageStop", &json!({ "stopReason": "refusal" })),
        frame("metadata", &usage),
    ];
    let streamed = Canned::new("converse-stream", frames.concat().into());
    let streamed = answer(streamed, &asked(NOVA, &json!({}), true)).await;
    assert_eq!((&*whole.finish_reason, &*streamed.finish_reason), ("content_filter", "content_filter"));
}

/// OpenAI's own clients cannot put together what comes in pieces here: one fails for want of an `index`, the other keeps the
/// last piece alone.
#[tokio::test]
async fn all_thoughts_that_can_be_sent_back_come_in_one_chunk() {
    let tools = json!({ "tools": [{ "type": "function", "function": { "name": "get.weather" } }] });
    let canned = Canned::new("invoke-with-response-stream", claude_events());
    let response = ask(&over(canned, GatewayOptions::default()), &asked(CLAUDE, &tools, true)).await;
    let stream = whole(response).await;
    let chunks: Vec<Value> = data(&stream)
        .into_iter()
        .filter(|event| *event != "[DONE]")
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    let has_thoughts = |chunk: &&Value| chunk["choices"][0]["delta"].get("thinking_blocks").is_some();
    assert_eq!(chunks.iter().filter(has_thoughts).count(), 1, "{stream}");
    let [.., thoughts, end] = chunks.as_slice() else { panic!("{stream}") };
    assert_eq!(thoughts["choices"][0]["delta"]["thinking_blocks"].as_array().unwrap().len(), 2);
    assert_eq!(end["choices"][0]["finish_reason"], "tool_calls");
}

#[tokio::test]
async fn a_client_that_knows_no_tools_is_answered_a_function_call() {
    let functions = json!({ "functions": [{ "name": "get.weather" }, { "name": "now" }] });
    let call = json!({ "name": "get.weather", "arguments": "{\"z\": 1.0, \"a\": 2}" });

    let canned = Canned::new("invoke", CLAUDE_ANSWER.into());
    let response = ask(&over(canned, GatewayOptions::default()), &asked(CLAUDE, &functions, false)).await;
    let document: Value = serde_json::from_str(&whole(response).await).unwrap();
    assert_eq!(document["choices"][0]["message"]["function_call"], call);
    assert!(document["choices"][0]["message"].get("tool_calls").is_none());
    assert_eq!(document["choices"][0]["finish_reason"], "function_call");

    let canned = Canned::new("invoke-with-response-stream", claude_events());
    let response = ask(&over(canned, GatewayOptions::default()), &asked(CLAUDE, &functions, true)).await;
    let stream = whole(response).await;
    let (mut joined, mut reason) = (json!({ "name": "", "arguments": "" }), String::new());
    for event in data(&stream).into_iter().filter(|event| *event != "[DONE]") {
        let chunk: Value = serde_json::from_str(event).unwrap();
        let choice = &chunk["choices"][0];
        assert!(choice["delta"].get("tool_calls").is_none(), "{event}");
        append(&mut joined, "/name", &choice["delta"]["function_call"]["name"]);
        append(&mut joined, "/arguments", &choice["delta"]["function_call"]["arguments"]);
        reason.push_str(choice["finish_reason"].as_str().unwrap_or_default());
    }
    assert_eq!(joined, call);
    assert_eq!(reason, "function_call");
}

#[tokio::test]
async fn json_of_a_schema_is_the_content_and_an_ordinary_end() {
    // A model without schemas of its own is made to use a tool of the schema's name.
    let format = json!({ "response_format": { "type": "json_schema", "json_schema": {
        "name": "weather", "schema": { "type": "object", "properties": { "b": {}, "a": {} } } } } });
    let tool = json!({ "toolUseId": "t", "name": "weather" });
    let input = |piece: &str| {
        let delta = json!({ "toolUse": { "input": piece } });
        frame("contentBlockDelta", &json!({ "contentBlockIndex": 1, "delta": delta }))
    };
    let spoken = json!({ "contentBlockIndex": 0, "delta": { "text": "Here it is:" } });
    let stream = [
        frame("messageStart", &json!({ "role": "assistant" })),
        frame("contentBlockDelta", &spoken),
        frame("contentBlockStart", &json!({ "contentBlockIndex": 1, "start": { "toolUse": tool } })),
        input("{\"b\": 1.0"),
        input(",\"a\":2}"),
        frame("messageStop", &json!({ "stopReason": "tool_use" })),
    ];
    let streamed = Canned::new("converse-stream", stream.concat().into());
    let document = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Here it is:"},
        {"toolUse":{"toolUseId":"t","name":"weather","input":{"b": 1.0,"a":2}}}]}},"stopReason":"tool_use"}"#;
    for (canned, stream) in [(streamed, true), (Canned::new("converse", document.into()), false)] {
        let completion = answer(canned, &asked(NOVA, &format, stream)).await;
        assert_eq!(completion.content.as_deref(), Some("{\"b\": 1.0,\"a\":2}"));
        assert_eq!(completion.tool_calls, []);
        assert_eq!(completion.finish_reason, "stop");
    }
}
