//! What was recorded is what the emulator answers when it is asked the same again: `emulate --fixtures`.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::fixture::{Case, Condition, Provenance, Store, redaction};
use bytes::Bytes;
use emulator_call::{Call, REGION, fixed_clock, luma, poll};
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

/// A recorded GET or HEAD without a body, of a region.
fn asked(name: &str, region: &str, method: Method, path: &str, answers: Vec<Response<Bytes>>) -> Case {
    let mut case = case(name, None, path, &Value::Null, &[]);
    *case.request.method_mut() = method;
    *case.request.body_mut() = Bytes::new();
    Case { region: region.into(), responses: answers, ..case }
}

fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.body(Bytes::from(body.to_string())).unwrap()
}

#[tokio::test]
async fn answers_come_in_turn_as_in_a_replay() {
    let throttled = (429, json!({ "message": "Too many requests" }));
    let name = "bedrock/converse/a";
    let at = path(NOVA, "converse");
    let retried = case(name, Some(NOVA), &at, &asks("a"), &[throttled.clone(), (200, says("later"))]);
    let again = converse("a-2", NOVA, &asks("a"), "at last");
    let alone = case("bedrock/converse/b", Some(NOVA), &at, &asks("b"), &[throttled]);
    let emulator = emulator(vec![retried, again, alone]);
    assert_eq!(Call::post(&at, &asks("a")).to(&emulator).await.status, 429);
    for expected in ["later", "at last", "at last"] {
        assert_eq!(said(&emulator, NOVA, &asks("a")).await, expected);
    }
    assert_eq!(Call::post(&at, &asks("b")).to(&emulator).await.status, 429);
}

#[tokio::test]
async fn a_recorded_job_is_started_goes_on_and_ends_and_its_output_is_there() {
    let arn = "arn:aws:bedrock:us-west-2:555566667777:async-invoke/abcdefghijkl";
    let segment = bedwire::protocol::model::path_segment("invocationArn", arn).unwrap();
    let job = |status| json_answer(200, &json!({ "invocationArn": arn, "status": status }));
    let started = json!({ "invocationArn": arn });
    let start = luma(Some("1234"));
    let video = Response::builder().header("content-type", "video/mp4").header("etag", "\"e\"");
    let video = video.body(Bytes::from_static(b"recorded video")).unwrap();
    let head = Response::builder().header("content-length", "14").body(Bytes::new()).unwrap();
    let emulator = emulator(vec![
        case("bedrock/start-async-invoke/a", None, "/async-invoke", &start, &[(200, started)]),
        asked(
            "bedrock/get-async-invoke/a",
            REGION,
            Method::GET,
            &format!("/async-invoke/{segment}"),
            vec![job("InProgress"), job("Completed")],
        ),
        asked("s3/get-object/a", REGION, Method::GET, "/demo/out/output.mp4", vec![video]),
        asked("s3/head-object/a", REGION, Method::HEAD, "/demo/out/output.mp4", vec![head]),
    ]);
    assert_eq!(answer(&emulator, "/async-invoke", &luma(Some("5678"))).await["invocationArn"], arn);
    for expected in ["InProgress", "Completed", "Completed"] {
        assert_eq!(poll(&emulator, arn).await.json()["status"], expected);
    }
    let head = Call::s3(Method::HEAD, "/demo/out/output.mp4").to(&emulator).await;
    assert_eq!((head.status.as_u16(), head.header("content-length")), (200, "14"));
    let video = Call::s3(Method::GET, "/demo/out/output.mp4").to(&emulator).await;
    assert_eq!((video.text().as_str(), video.header("etag")), ("recorded video", "\"e\""));
    // What a client has written since is what it reads.
    let mut put = Call::s3(Method::PUT, "/demo/out/output.mp4");
    put.body = Bytes::from_static(b"its own");
    assert_eq!(put.to(&emulator).await.status, 200);
    assert_eq!(Call::s3(Method::GET, "/demo/out/output.mp4").to(&emulator).await.text(), "its own");
}

#[tokio::test]
async fn a_recorded_list_is_that_of_its_region_and_an_operation_that_is_not_here_answers_too() {
    let models = |region| {
        let arn = format!("arn:aws:bedrock:{region}::foundation-model/acme.one-v1:0");
        json!({ "modelSummaries": [{ "modelId": "acme.one-v1:0", "modelArn": arn }], "recorded": true })
    };
    let list = |region| {
        let answers = vec![json_answer(200, &models(region))];
        asked("bedrock/list-foundation-models/a", region, Method::GET, "/foundation-models", answers)
    };
    let guardrails = json_answer(200, &json!({ "guardrails": [] }));
    let guardrails =
        asked("bedrock/list-guardrails/a", REGION, Method::GET, "/guardrails?maxResults=2", vec![guardrails]);
    let own = emulator(vec![list(REGION), guardrails]);
    assert_eq!(Call::get("/foundation-models").to(&own).await.json(), models(REGION));
    assert_eq!(Call::get("/guardrails?maxResults=2").to(&own).await.json(), json!({ "guardrails": [] }));
    let other = Call::get("/guardrails?maxResults=3").to(&own).await;
    other.expect_refusal(404, "UnknownOperationException", "/guardrails");
    let elsewhere = emulator(vec![list("eu-west-1")]);
    let moved = Call::get("/foundation-models").to(&elsewhere).await.json();
    assert_eq!(moved["modelSummaries"], models(REGION)["modelSummaries"]);
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
