//! What was recorded is what the emulator answers when it is asked the same again: `emulate --fixtures`.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::fixture::{Case, Condition, Provenance, Store, redaction};
use bytes::Bytes;
use emulator_call::{Call, fixed_clock};
use http::{Method, Request, Response};
use serde_json::{Value, json};

const NOVA: &str = "us.amazon.nova-lite-v1:0";

fn path(model: &str, operation: &str) -> String {
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    format!("/model/{segment}/{operation}")
}

fn says(text: &str) -> Value {
    let message = json!({ "role": "assistant", "content": [{ "text": text }] });
    json!({ "output": { "message": message }, "stopReason": "end_turn" })
}

fn asks(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": [{ "text": text }] }] })
}

/// What a recorder writes.
fn case(name: &str, model: Option<&str>, path: &str, body: &Value, answers: &[(u16, Value)]) -> Case {
    let request = Request::post(path)
        .header("host", "bedrock-runtime.us-west-2.amazonaws.com")
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let redacted = redaction::request(&request);
    let response = |(status, body): &(u16, Value)| {
        let response = Response::builder().status(*status).header("content-type", "application/json");
        response.body(Bytes::from(body.to_string())).unwrap()
    };
    Case {
        name: name.into(),
        provenance: Provenance::Recorded,
        source: "this test".into(),
        region: "us-west-2".into(),
        model: model.map(redaction::plain_text),
        date: "2026-01-02".into(),
        redacted: redacted.what,
        when: Condition::default(),
        description: String::new(),
        request: redacted.value,
        responses: answers.iter().map(response).collect(),
        expected: None,
    }
}

fn converse(name: &str, model: &str, body: &Value, answer: &str) -> Case {
    let name = format!("bedrock/converse/{name}");
    case(&name, Some(model), &path(model, "converse"), body, &[(200, says(answer))])
}

fn emulator(cases: Vec<Case>) -> Emulator {
    let fixtures = Some(Store::new(cases));
    Emulator::new(EmulatorOptions {
        clock: fixed_clock,
        seed: Some(1),
        fixtures,
        ..EmulatorOptions::default()
    })
}

async fn answer(emulator: &Emulator, path: &str, body: &Value) -> Value {
    let answer = Call::post(path, body).to(emulator).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn said(emulator: &Emulator, model: &str, body: &Value) -> Value {
    answer(emulator, &path(model, "converse"), body).await["output"]["message"]["content"][0]["text"].clone()
}

#[tokio::test]
async fn the_very_request_has_its_recording_whoever_is_asked() {
    let profile = "arn:aws:bedrock:us-west-2:555566667777:application-inference-profile/zzz999yyy888";
    let ended = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    // What the checks would refuse by now: AWS has answered it.
    let odd = json!({ "messages": [{ "role": "user", "content": [{ "text": " " }] }] });
    let digits = asks("What about order 555566667777?");
    let emulator = emulator(vec![
        converse("a-first", NOVA, &asks("Something else"), "another"),
        converse("digits", NOVA, &digits, "order"),
        converse("ended", ended, &asks("hello"), "ended"),
        converse("odd", NOVA, &odd, "odd"),
        converse("profile", profile, &asks("hello"), "profile"),
    ]);
    for (model, body, recorded) in [
        (NOVA, &digits, "order"),
        (NOVA, &asks("Something else"), "another"),
        (ended, &asks("hello"), "ended"),
        (NOVA, &odd, "odd"),
        (profile, &asks("hello"), "profile"),
    ] {
        assert_eq!(said(&emulator, model, body).await, recorded, "{model} {body}");
    }
    // Whoever asks must have a key all the same, and what differs is checked.
    let mut forged = Call::post(&path(ended, "converse"), &asks("hello"));
    forged.credentials = aws_credential_types::Credentials::new("AKIDEXAMPLE", "wrong", None, None, "test");
    assert_eq!(forged.to(&emulator).await.status, 403);
    let other = Call::post(&path(ended, "converse"), &asks("hello!")).to(&emulator).await;
    other.expect_refusal(404, "ResourceNotFoundException", "end of its life");
}

#[tokio::test]
async fn a_prompt_that_was_hashed_is_found_beside_what_would_be_made_up() {
    let mut body = asks("What is the weather in Paris?");
    let schema = json!({ "json": { "type": "object", "properties": { "city": { "type": "string" } } } });
    body["toolConfig"] = json!({ "tools": [{ "toolSpec": { "name": "weather", "inputSchema": schema } }] });
    let mut hashed = converse("weather", NOVA, &body, "recorded");
    let made = redaction::hash_prompts(redaction::Redacted { value: hashed.request, what: hashed.redacted });
    (hashed.request, hashed.redacted) = (made.value, made.what);
    assert!(redaction::has_hashed_prompts(&hashed));
    let emulator = emulator(vec![hashed]);
    assert_eq!(said(&emulator, NOVA, &body).await, "recorded");
    body["messages"][0]["content"][0]["text"] = "And in Rome?".into();
    let made_up = answer(&emulator, &path(NOVA, "converse"), &body).await;
    assert_eq!(made_up["stopReason"], "tool_use", "{made_up}");
}

#[tokio::test]
async fn guardrails_and_counts_are_replayed_too() {
    let guardrail = "/guardrail/abc123/version/1/apply";
    let content = json!({ "source": "INPUT", "content": [{ "text": { "text": "bomb" } }] });
    let claude = "anthropic.claude-sonnet-4-20250514-v1:0";
    let counted = json!({ "input": { "converse": asks("hello") } });
    let intervened = json!({ "action": "GUARDRAIL_INTERVENED" });
    let count = path(claude, "count-tokens");
    let emulator = emulator(vec![
        case("bedrock/apply-guardrail/real", None, guardrail, &content, &[(200, intervened)]),
        case(
            "bedrock/count-tokens/real",
            Some(claude),
            &count,
            &counted,
            &[(200, json!({ "inputTokens": 4711 }))],
        ),
    ]);
    assert_eq!(answer(&emulator, guardrail, &content).await["action"], "GUARDRAIL_INTERVENED");
    assert_eq!(answer(&emulator, &count, &counted).await["inputTokens"], 4711);
    let other = json!({ "input": { "converse": asks("hello, you") } });
    assert_ne!(answer(&emulator, &count, &other).await["inputTokens"], 4711);
}

#[tokio::test]
async fn a_recorded_throttling_is_not_the_last_word() {
    let throttled = (429, json!({ "message": "Too many requests" }));
    let name = "bedrock/converse/a";
    let at = path(NOVA, "converse");
    let retried = case(name, Some(NOVA), &at, &asks("a"), &[throttled.clone(), (200, says("later"))]);
    let alone = case("bedrock/converse/b", Some(NOVA), &at, &asks("b"), &[throttled]);
    let emulator = emulator(vec![retried, alone]);
    assert_eq!(said(&emulator, NOVA, &asks("a")).await, "later");
    assert_eq!(Call::post(&at, &asks("b")).to(&emulator).await.status, 429);
}

#[tokio::test]
async fn a_fixture_that_says_when_comes_before_what_is_made_up() {
    let mut own = converse("own", NOVA, &asks("never asked"), "mine");
    own.when = Condition { has: vec!["/toolConfig".into()], lacks: Vec::new() };
    let mut body = asks("What is the weather in Paris?");
    let schema = json!({ "json": { "type": "object", "properties": {} } });
    body["toolConfig"] = json!({ "tools": [{ "toolSpec": { "name": "weather", "inputSchema": schema } }] });
    assert_eq!(said(&emulator(vec![own]), NOVA, &body).await, "mine");
}

#[tokio::test]
async fn an_echo_says_what_it_was_asked_all_the_same() {
    let recorded = converse("a", NOVA, &asks("a"), "recorded");
    let fixtures = Some(Store::new(vec![recorded]));
    let echo = EmulatorOptions { clock: fixed_clock, fixtures, echo: true, ..EmulatorOptions::default() };
    let answer = Call::new(Method::POST, &path(NOVA, "converse"), asks("a").to_string());
    let answer = answer.header("content-type", "application/json").to(&Emulator::new(echo)).await;
    assert!(answer.status == 200 && !answer.text().contains("recorded"), "{}", answer.text());
}
