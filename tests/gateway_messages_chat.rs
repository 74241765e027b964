//! Anthropic's messages to models that are no Claude: what Converse is asked, and how its answers come out.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::gateway::GatewayOptions;
use bedwire::transport::Body;
use bytes::Bytes;
use gateway::frames::{exception, frame, streamed};
use gateway::support::{Script, Step, answer, refusal};
use gateway::{Answer, NOVA, alias, events_of, offline, options, over, post_with};
use serde_json::{Value, json};

const PATH: &str = "/v1/messages";

const ASKED: &str = r#"{"model":"nova","max_tokens":50,"temperature":0.5,"stop_sequences":["END"],
    "system":[{"type":"text","text":"be short"}],
    "tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"number"}}}}],
    "tool_choice":{"type":"any"},
    "messages":[
        {"role":"user","content":"hi"},
        {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{"z":"1","a":2.50}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"ok"},{"type":"text","text":"go on"}]}
    ]}"#;

const CONVERSE: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hello"},{"toolUse":{"toolUseId":"t2","name":"f","input":{"z":"x","a":1.0}}}]}},"stopReason":"tool_use","usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5,"cacheReadInputTokens":7},"metrics":{"latencyMs":1}}"#;

async fn sent(step: Step, body: &str) -> (Answer, Vec<(String, Value)>) {
    let script = Script::new([step]);
    let answer = post_with(&over(script.clone(), options()), PATH, &[], body.to_owned()).await;
    let seen = script.seen();
    let seen = seen.iter().map(|(_, request)| {
        let Body::Whole(body) = request.body() else { panic!("it streams") };
        (request.uri().path().to_owned(), serde_json::from_slice(body).unwrap())
    });
    (answer, seen.collect())
}

#[tokio::test]
async fn converse_is_asked_and_a_message_comes_out() {
    let (answer, seen) = sent(answer(200, &[("x-amzn-requestid", "of-bedrock")], CONVERSE), ASKED).await;
    let mut message = answer.json();
    assert!(message["id"].take().as_str().unwrap().starts_with("msg_"));
    let expected = json!({
        "id": null, "type": "message", "role": "assistant", "model": "nova",
        "content": [
            { "type": "text", "text": "Hello" },
            { "type": "tool_use", "id": "t2", "name": "f", "input": { "z": "x", "a": 1.0 } },
        ],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {
            "input_tokens": 3, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 7, "output_tokens": 2,
        },
    });
    assert_eq!(message, expected);
    assert!(answer.text().contains(r#""input":{"z":"x","a":1.0}"#), "{}", answer.text());
    let (path, body) = &seen[0];
    assert_eq!(path, "/model/us.amazon.nova-lite-v1%3A0/converse");
    assert_eq!(body["system"], json!([{ "text": "be short" }]));
    assert_eq!(body["inferenceConfig"]["maxTokens"], 50);
    assert_eq!(body["inferenceConfig"]["stopSequences"], json!(["END"]));
    assert_eq!(body["toolConfig"]["toolChoice"], json!({ "any": {} }));
    assert_eq!(body["messages"][1]["content"][0]["toolUse"]["input"], json!({ "z": "1", "a": 2.5 }));
    assert_eq!(body["messages"][2]["content"][0]["toolResult"]["content"], json!([{ "text": "ok" }]));
    assert_eq!(body["messages"][2]["content"][1], json!({ "text": "go on" }));
}

#[tokio::test]
async fn a_stream_is_a_message_in_events() {
    let event = |name: &str, payload: Value| Ok::<Bytes, _>(frame(name, &payload.to_string()));
    let frames = [
        event("messageStart", json!({ "role": "assistant" })),
        event("contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": { "text": "He" } })),
        event("contentBlockDelta", json!({ "contentBlockIndex": 0, "delta": { "text": "llo" } })),
        event("contentBlockStop", json!({ "contentBlockIndex": 0 })),
        event(
            "contentBlockStart",
            json!({ "contentBlockIndex": 1, "start": { "toolUse": { "toolUseId": "t2", "name": "f" } } }),
        ),
        event(
            "contentBlockDelta",
            json!({ "contentBlockIndex": 1, "delta": { "toolUse": { "input": "{\"z\":" } } }),
        ),
        event(
            "contentBlockDelta",
            json!({ "contentBlockIndex": 1, "delta": { "toolUse": { "input": "1.0}" } } }),
        ),
        event("contentBlockStop", json!({ "contentBlockIndex": 1 })),
        event("messageStop", json!({ "stopReason": "tool_use" })),
        event("metadata", json!({ "usage": { "inputTokens": 3, "outputTokens": 2, "totalTokens": 5 } })),
    ];
    let body = ASKED.replace("\"max_tokens\":50", "\"max_tokens\":50,\"stream\":true");
    let (answer, seen) = sent(streamed(frames), &body).await;
    assert!(seen[0].0.ends_with("/converse-stream"), "{}", seen[0].0);
    let read: Vec<Value> =
        events_of(&answer).iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    let types: Vec<&str> = read.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected = "message_start content_block_start content_block_delta content_block_delta content_block_stop \
         content_block_start content_block_delta content_block_delta content_block_stop message_delta message_stop";
    assert_eq!(types.join(" "), expected);
    assert_eq!(read[0]["message"]["model"], "nova");
    let content = json!({ "type": "tool_use", "id": "t2", "name": "f", "input": {} });
    assert_eq!(read[5]["content_block"], content);
    let pieces: String =
        read[6..8].iter().map(|event| event["delta"]["partial_json"].as_str().unwrap()).collect();
    assert_eq!(pieces, r#"{"z":1.0}"#);
    assert_eq!(read[9]["delta"]["stop_reason"], "tool_use");
    assert_eq!(
        (&read[9]["usage"]["input_tokens"], &read[9]["usage"]["output_tokens"]),
        (&json!(3), &json!(2))
    );
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error() {
    let start = frame("messageStart", r#"{"role":"assistant"}"#);
    let broken = exception("modelStreamErrorException", "lost");
    let body = ASKED.replace("\"max_tokens\":50", "\"max_tokens\":50,\"stream\":true");
    let (answer, _) = sent(streamed([Ok(start), Ok(broken)]), &body).await;
    let events = events_of(&answer);
    let (name, data) = events.last().unwrap();
    let error: Value = serde_json::from_str(data).unwrap();
    assert_eq!((name.as_str(), &error["error"]["type"]), ("error", &json!("api_error")), "{error}");
    assert!(events.iter().all(|(name, _)| name != "message_stop"));
}

/// A refusal names what the client sent, in the words of its own API.
#[tokio::test]
async fn what_the_model_cannot_be_given_is_named_as_the_client_names_it() {
    const LLAMA: &str = "us.meta.llama4-scout-17b-instruct-v1:0";
    const FORCED: &str =
        r#""tool_choice":{"type":"any"},"tools":[{"name":"f","input_schema":{"type":"object"}}]"#;
    for (id, members, name) in [
        (LLAMA, FORCED, "tool_choice"),
        (NOVA, r#""thinking":{"type":"enabled","budget_tokens":1024}"#, "thinking"),
    ] {
        let body = format!(
            r#"{{"model":"m","max_tokens":2048,"messages":[{{"role":"user","content":"hi"}}],{members}}}"#
        );
        let mut led = GatewayOptions::default();
        led.models = vec![alias("m", &[id])];
        let refused = post_with(&over(Script::default(), led.clone()), PATH, &[], body.clone()).await;
        let (status, _, message) = refused.anthropic_refusal();
        assert_eq!(status, 400, "{message}");
        assert!(message.starts_with(&format!("{name} ")), "{message}");
        assert!(name != "tool_choice" || message.ends_with("(--drop-unsupported)"), "{message}");
        led.drop_unsupported = true;
        let script = Script::new([answer(200, &[], CONVERSE)]);
        let answer = post_with(&over(script, led), PATH, &[], body).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, name));
    }
    let mut options = options();
    options.models = vec![alias("nova", &["us.amazon.nova-2-lite-v1:0"])];
    let body = r#"{"model":"nova","max_tokens":2048,"messages":[{"role":"user","content":"hi"}],"thinking":{"type":"enabled","budget_tokens":1024}}"#;
    let refused = post_with(&over(Script::default(), options), PATH, &[], body).await;
    let (_, _, message) = refused.anthropic_refusal();
    assert!(
        message.starts_with("thinking takes only an effort with this model; give output_config.effort"),
        "{message}"
    );
}

#[tokio::test]
async fn a_refusal_has_anthropics_shape() {
    let (answer, _) = sent(refusal(403, "AccessDeniedException", "not you"), ASKED).await;
    let (status, kind, message) = answer.anthropic_refusal();
    assert_eq!((status, kind.as_str()), (403, "permission_error"));
    assert!(message.contains("not you"), "{message}");
}

#[tokio::test]
async fn tokens_are_counted_as_converse_would_be_asked() {
    let script = Script::new([answer(200, &[], r#"{"inputTokens":42}"#)]);
    let path = "/v1/messages/count_tokens";
    let answer = post_with(&over(script.clone(), options()), path, &[], ASKED).await;
    assert_eq!(answer.text(), r#"{"input_tokens":42}"#);
    let seen = script.seen();
    assert_eq!(seen[0].1.uri().path(), "/model/amazon.nova-lite-v1%3A0/count-tokens");
    let Body::Whole(body) = seen[0].1.body() else { panic!("it streams") };
    let body: Value = serde_json::from_slice(body).unwrap();
    let converse = &body["input"]["converse"];
    assert_eq!(converse["messages"].as_array().unwrap().len(), 3);
    assert_eq!(converse["system"], json!([{ "text": "be short" }]));
    assert!(converse.get("inferenceConfig").is_none());
}

#[tokio::test]
async fn the_emulator_answers() {
    let body = r#"{"model":"nova","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
    let message = post_with(&offline(options()), PATH, &[], body).await.json();
    assert_eq!((&message["type"], &message["content"][0]["type"]), (&json!("message"), &json!("text")));
    let body = body.replace("\"max_tokens\":9", "\"max_tokens\":9,\"stream\":true");
    let events = events_of(&post_with(&offline(options()), PATH, &[], body).await);
    assert_eq!(events.last().unwrap().0, "message_stop");
}

#[tokio::test]
async fn whatever_is_sent_is_answered_or_refused() {
    let gateway = offline(options());
    let claude = ASKED.replace("nova", "claude");
    for body in [ASKED, &claude] {
        for end in (0..body.len()).step_by(7) {
            let (status, ..) =
                post_with(&gateway, PATH, &[], body[..end].to_owned()).await.anthropic_refusal();
            assert_eq!(status, 400, "{}", &body[..end]);
        }
        for (at, changed) in (0..body.len()).step_by(5).zip([b'"', b'{', b'9', b'\\', 0xff].iter().cycle()) {
            let mut bytes = body.as_bytes().to_vec();
            bytes[at] = *changed;
            let answer = post_with(&gateway, PATH, &[], bytes).await;
            if answer.status == 200 {
                assert_eq!(answer.json()["type"], "message");
            } else {
                let (status, kind, message) = answer.anthropic_refusal();
                assert!((400..500).contains(&status), "{status} {kind} {message}");
            }
        }
    }
}

/// `model` is a name of the gateway's own.
async fn sent_to(ids: &[&str], steps: Vec<Step>, members: &str) -> (Answer, Vec<(String, String)>) {
    let script = Script::new(steps);
    let mut options = options();
    options.models = vec![alias("m", ids)];
    let body =
        format!(r#"{{"model":"m","max_tokens":50,{members},"messages":[{{"role":"user","content":"hi"}}]}}"#);
    let answer = post_with(&over(script.clone(), options), PATH, &[], body).await;
    let seen = script.seen();
    let seen = seen.iter().map(|(_, request)| {
        let Body::Whole(body) = request.body() else { panic!("it streams") };
        (request.uri().path().to_owned(), String::from_utf8(body.to_vec()).unwrap())
    });
    (answer, seen.collect())
}

const FORMAT: &str = r#"{"type":"json_schema","schema":{"type":"object","properties":{"z":{"type":"string"}},"required":["z"],"additionalProperties":false}}"#;
const SCHEMAS: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// "output_config.format: Extra inputs are not permitted": such a Claude is held to it as it is for OpenAI's clients.
#[tokio::test]
async fn a_claude_that_takes_no_schema_is_held_to_one_all_the_same() {
    let told = r#"{"output":{"message":{"content":[{"text":"{\"z\": \"1\"}"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
    let used = r#"{"content":[{"type":"tool_use","id":"t","name":"answer","input":{"z": "1"}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}"#;
    for id in [
        "us.anthropic.claude-opus-4-8",
        "us.anthropic.claude-opus-4-7",
        "us.anthropic.claude-sonnet-4-20250514-v1:0",
    ] {
        for members in
            [format!(r#""output_config":{{"format":{FORMAT}}}"#), format!(r#""output_format":{FORMAT}"#)]
        {
            let (answer, seen) = sent_to(&[id], vec![answer(200, &[], told)], &members).await;
            assert_eq!(
                answer.json()["content"],
                json!([{ "type": "text", "text": r#"{"z": "1"}"# }]),
                "{id}"
            );
            assert_eq!(answer.json()["stop_reason"], "end_turn");
            let (path, body) = &seen[0];
            assert!(path.ends_with("/converse"), "{path}");
            assert!(!body.contains("output_format") && !body.contains("output_config"), "{body}");
            assert!(body.contains("additionalProperties"), "{body}");
        }
    }
    // What goes native asks by native means.
    let members = r#""output_config":{"effort":"high"}"#;
    let answer = answer(200, &[], used);
    let (_, seen) = sent_to(&["us.anthropic.claude-opus-4-8"], vec![answer], members).await;
    assert!(seen[0].0.ends_with("/invoke") && seen[0].1.contains(members), "{seen:?}");
}

/// What was a beta by another name is what it is now, beside what else is set.
#[tokio::test]
async fn a_claude_that_takes_schemas_gets_them_where_bedrock_has_them() {
    let used = r#"{"content":[{"type":"text","text":"{}"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;
    let tools =
        r#""tools":[{"name":"f","strict":true,"input_schema":{"type":"object","properties":{"strict":{}}}}]"#;
    for (given, config) in [
        (format!(r#""output_format":{FORMAT}"#), format!(r#"{{"format":{FORMAT}}}"#)),
        (
            format!(r#""output_config":{{"effort": "low"}},"output_format":{FORMAT}"#),
            format!(r#"{{"effort":"low","format":{FORMAT}}}"#),
        ),
        (format!(r#""output_config":{{"format": {FORMAT}}}"#), format!(r#"{{"format": {FORMAT}}}"#)),
    ] {
        let members = format!("{given},{tools}");
        let (answer, seen) = sent_to(&[SCHEMAS], vec![answer(200, &[], used)], &members).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, ""));
        let body = &seen[0].1;
        assert!(body.contains(&format!(r#""output_config":{config}"#)), "{body}");
        assert!(body.contains(tools) && !body.contains("output_format"), "{body}");
    }
    // "tools.0.custom.strict: Extra inputs are not permitted"
    for id in ["us.anthropic.claude-sonnet-4-20250514-v1:0", "us.anthropic.claude-opus-4-8"] {
        let (answer, seen) = sent_to(&[id], vec![answer(200, &[], used)], tools).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-bedwire-dropped")), (200, "strict"));
        assert!(seen[0].1.contains(&tools.replace(r#""strict":true,"#, "")), "{}", seen[0].1);
    }
}

/// A fallback is asked by the means that it has.
#[tokio::test(start_paused = true)]
async fn each_claude_is_held_to_a_schema_by_its_own_means() {
    let told = r#"{"output":{"message":{"content":[{"text":"{}"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
    let mut steps: Vec<Step> = (0..20).map(|_| refusal(503, "ServiceUnavailableException", "busy")).collect();
    steps.push(answer(200, &[], told));
    let members = format!(r#""output_config":{{"format":{FORMAT}}}"#);
    let (_, seen) = sent_to(&[SCHEMAS, "us.anthropic.claude-opus-4-8"], steps, &members).await;
    let has = |id: &str, operation: &str| {
        seen.iter().filter(|(path, _)| path.contains(id)).all(|(path, _)| path.ends_with(operation))
    };
    assert!(has("sonnet-4-5", "/invoke") && has("opus-4-8", "/converse"), "{seen:?}");
    assert!(seen.iter().any(|(path, _)| path.contains("opus-4-8")), "{seen:?}");
}
