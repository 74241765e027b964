//! What Converse in the emulator makes of a guardrail and of settings that it says again.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::protocol::eventstream::Decoder;
use emulator_call::{Call, options};
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-lite-v1:0";

/// The answer's text, its stop reason, and where it says more than the model does.
async fn converse(operation: &str, body: &Value) -> (String, String, Value) {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let segment = bedwire::protocol::model::path_segment("modelId", NOVA).unwrap();
    let answer = Call::post(&format!("/model/{segment}/{operation}"), body).to(&emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if operation == "converse" {
        let answer = answer.json();
        return (
            text(&answer["output"]["message"]["content"][0]["text"]),
            text(&answer["stopReason"]),
            answer,
        );
    }
    let mut decoder = Decoder::new();
    decoder.push(answer.body);
    let (mut said, mut stop, mut metadata) = (String::new(), String::new(), Value::Null);
    while let Some(frame) = decoder.next_frame().unwrap() {
        let payload: Value = serde_json::from_slice(frame.payload()).unwrap();
        said.push_str(&text(&payload["delta"]["text"]));
        stop.push_str(&text(&payload["stopReason"]));
        metadata = payload;
    }
    (said, stop, metadata)
}

fn asked(content: &Value) -> Value {
    let config = json!({ "guardrailIdentifier": "abc123", "guardrailVersion": "1", "trace": "enabled" });
    json!({ "messages": [{ "role": "user", "content": content }], "guardrailConfig": config })
}

#[tokio::test]
async fn a_guardrail_blocks_what_the_model_is_asked() {
    let guarded = |text: &str| json!({ "guardContent": { "text": { "text": text } } });
    let passing = asked(&json!([{ "text": "Hello" }]));
    let blocking = asked(&json!([{ "text": "This is blocked." }]));
    let mut untraced = blocking.clone();
    untraced["guardrailConfig"]["trace"] = json!("disabled");
    let mut unguarded = blocking.clone();
    unguarded.as_object_mut().unwrap().remove("guardrailConfig");
    let marked = asked(&json!([{ "text": "This is blocked." }, guarded("Hello")]));
    let marked_badly = asked(&json!([{ "text": "Hello" }, guarded("This is blocked.")]));
    for operation in ["converse", "converse-stream"] {
        for (body, is_blocked, reason) in [
            (&passing, false, "No action."),
            (&blocking, true, "Guardrail blocked."),
            (&marked, false, "No action."),
            (&marked_badly, true, "Guardrail blocked."),
            (&untraced, true, ""),
            (&unguarded, false, ""),
        ] {
            let (text, stop, rest) = converse(operation, body).await;
            assert_eq!(stop == "guardrail_intervened", is_blocked, "{operation} {body}: {stop}");
            assert_eq!(text == "Sorry, the model cannot answer this question.", is_blocked, "{text}");
            let trace = &rest["trace"]["guardrail"];
            assert_eq!(
                trace["actionReason"].as_str().unwrap_or_default(),
                reason,
                "{operation} {body}: {rest}"
            );
            let found = &trace["inputAssessment"]["abc123"]["wordPolicy"]["customWords"][0]["match"];
            assert_eq!(found == "blocked", is_blocked && !reason.is_empty(), "{rest}");
            assert!(rest["usage"]["totalTokens"].is_u64() && rest["metrics"]["latencyMs"].is_u64(), "{rest}");
        }
    }
}

#[tokio::test]
async fn latency_and_tier_are_said_again() {
    let mut body = json!({ "messages": [{ "role": "user", "content": [{ "text": "Hello" }] }] });
    for operation in ["converse", "converse-stream"] {
        let (.., plain) = converse(operation, &body).await;
        assert!(plain.get("performanceConfig").is_none() && plain.get("serviceTier").is_none(), "{plain}");
    }
    body["performanceConfig"] = json!({ "latency": "optimized" });
    body["serviceTier"] = json!({ "type": "flex" });
    for operation in ["converse", "converse-stream"] {
        let (.., told) = converse(operation, &body).await;
        assert_eq!(told["performanceConfig"]["latency"], "optimized", "{told}");
        assert_eq!(told["serviceTier"]["type"], "flex", "{told}");
    }
}
