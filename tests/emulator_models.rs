//! The control plane in the emulator: filters, pages, regions, and what is refused.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use emulator_call::{CLAUDE, Call, fixed_clock};
use serde_json::{Value, json};

fn emulator() -> Emulator {
    Emulator::new(EmulatorOptions { clock: fixed_clock, seed: Some(1), ..EmulatorOptions::default() })
}

async fn ids(path: &str, list: &str, id: &str) -> Vec<String> {
    let answer = Call::get(path).to(&emulator()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let entries = answer.json()[list].as_array().unwrap().clone();
    entries.iter().map(|entry| entry[id].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn models_are_those_of_the_region_and_pass_the_filters() {
    let all = ids("/foundation-models", "modelSummaries", "modelId").await;
    assert!(all.contains(&"luma.ray-v2:0".into()) && !all.contains(&"amazon.nova-reel-v1:1".into()));
    let anthropic =
        ids("/foundation-models?byProvider=Anthropic&byInferenceType=ON_DEMAND", "modelSummaries", "modelId")
            .await;
    assert!(anthropic.iter().all(|id| id.starts_with("anthropic.")) && anthropic.len() > 2, "{anthropic:?}");
    assert!(!anthropic.iter().any(|id| id.contains("sonnet-4")));
    let bad = Call::get("/foundation-models?byOutputModality=SMELL").to(&emulator()).await;
    bad.expect_refusal(400, "ValidationException", "byOutputModality");
}

#[tokio::test]
async fn one_model_and_its_availability() {
    let model = Call::get("/foundation-models/luma.ray-v2%3A0").to(&emulator()).await.json();
    assert_eq!(
        model["modelDetails"]["modelArn"],
        "arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0"
    );
    let unknown = Call::get("/foundation-models/acme.x").to(&emulator()).await;
    unknown.expect_refusal(400, "ValidationException", "model identifier is invalid");
    let here = |answer: Value| answer["regionAvailability"].as_str().unwrap().to_owned();
    let luma = Call::get("/foundation-model-availability/luma.ray-v2%3A0").to(&emulator()).await.json();
    assert_eq!(here(luma), "AVAILABLE");
    let reel =
        Call::get("/foundation-model-availability/amazon.nova-reel-v1%3A1").to(&emulator()).await.json();
    assert_eq!(here(reel), "NOT_AVAILABLE");
    let unknown = Call::get("/foundation-model-availability/acme.x").to(&emulator()).await;
    unknown.expect_refusal(404, "ResourceNotFoundException", "acme.x");
}

#[tokio::test]
async fn profiles_come_in_pages() {
    let emulator = emulator();
    let mut path = "/inference-profiles?maxResults=20".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = Call::get(&path).to(&emulator).await.json();
        let entries = page["inferenceProfileSummaries"].as_array().unwrap();
        assert!(entries.len() <= 20);
        seen.extend(entries.iter().map(|entry| entry["inferenceProfileId"].as_str().unwrap().to_owned()));
        let Some(token) = page["nextToken"].as_str() else { break };
        let token = percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC);
        path = format!("/inference-profiles?maxResults=20&nextToken={token}");
    }
    assert!(seen.len() > 60, "{}", seen.len());
    assert!(seen.iter().all(|id| id.starts_with("us.") || id.starts_with("global.")), "{seen:?}");
    for bad in ["maxResults=0", "maxResults=x", "type=MINE", "nextToken=x"] {
        let refused = Call::get(&format!("/inference-profiles?{bad}")).to(&emulator).await;
        refused.expect_refusal(400, "ValidationException", "");
    }
}

#[tokio::test]
async fn one_profile_by_id_and_by_arn() {
    let id = "us.anthropic.claude-sonnet-4-20250514-v1%3A0";
    let profile = Call::get(&format!("/inference-profiles/{id}")).to(&emulator()).await.json();
    let arn = profile["inferenceProfileArn"].as_str().unwrap();
    let segment = bedwire::protocol::model::path_segment("arn", arn).unwrap();
    assert_eq!(Call::get(&format!("/inference-profiles/{segment}")).to(&emulator()).await.json(), profile);
    let unknown = Call::get("/inference-profiles/eu.amazon.nova-lite-v1%3A0").to(&emulator()).await;
    unknown.expect_refusal(404, "ResourceNotFoundException", "eu.amazon.nova-lite-v1:0");
}

#[tokio::test]
async fn a_base_id_that_needs_a_profile_is_refused_in_the_real_words() {
    let body: Value = serde_json::from_str(CLAUDE).unwrap();
    let id = "anthropic.claude-sonnet-4-20250514-v1:0";
    for asked in [id, &format!("arn:aws:bedrock:us-west-2::foundation-model/{id}")] {
        let segment = bedwire::protocol::model::path_segment("modelId", asked).unwrap();
        let refused = Call::post(&format!("/model/{segment}/invoke"), &body).to(&emulator()).await;
        refused.expect_refusal(400, "ValidationException", "");
        assert_eq!(
            refused.message(),
            format!(
                "Invocation of model ID {id} with on-demand throughput isn\u{2019}t supported. Retry your request with the ID or ARN of an inference profile that contains this model."
            )
        );
    }
    let through = Call::post(&format!("/model/us.{id}/invoke"), &body).to(&emulator()).await;
    assert_eq!(through.status, 200, "{}", through.text());
    let elsewhere = Call::post(&format!("/model/eu.{id}/invoke"), &body).to(&emulator()).await;
    elsewhere.expect_refusal(400, "ValidationException", "model identifier is invalid");
}

async fn ask(model: &str, operation: &str, body: &Value) -> emulator_call::Answer {
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    Call::post(&format!("/model/{segment}/{operation}"), body).to(&emulator()).await
}

fn hello() -> Value {
    json!({ "messages": [{ "role": "user", "content": [{ "text": "Hello" }] }] })
}

#[tokio::test]
async fn a_misspelt_id_is_no_model() {
    for id in [
        "us.amazon.nova-micro-v1:O",
        "us.anthropic.claude-sonet-4-20250514-v1:0",
        "us.anthropic.claude-sonnet-4-20250541-v1:0",
        "anthropic.claude-3-haiku",
        "anthropic.claude-3-haiku-20240307-v9:7",
        "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-haiku",
    ] {
        for operation in ["converse", "converse-stream"] {
            let refused = ask(id, operation, &hello()).await;
            refused.expect_refusal(400, "ValidationException", "The provided model identifier is invalid.");
        }
        let counted = ask(id, "count-tokens", &json!({ "input": { "converse": hello() } })).await;
        counted.expect_refusal(400, "ValidationException", "The provided model identifier is invalid.");
    }
    // What is new altogether may be a model of tomorrow.
    assert_eq!(ask("anthropic.claude-sonnet-99", "converse", &hello()).await.status, 200);
}

#[tokio::test]
async fn an_arn_that_does_not_tell_its_model_is_answered() {
    let listed = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc123def456";
    let other = "arn:aws:bedrock:us-west-2:111122223333:application-inference-profile/otnfa2ysixqd";
    let claude: Value = serde_json::from_str(CLAUDE).unwrap();
    let titan = json!({ "inputText": "x", "normalize": true });
    let endpoint = "arn:aws:sagemaker:us-west-2:111122223333:endpoint/endpoint-quick-start";
    let prompt = "arn:aws:bedrock:us-west-2:111122223333:prompt/ABCDE12345:1";
    let of_kind = |kind: &str| other.replace("application-inference-profile", kind);
    let [imported, deployed, provisioned, router] =
        ["imported-model", "custom-model-deployment", "provisioned-model", "prompt-router"].map(of_kind);
    let llamas = router.replace("prompt-router/otnfa2ysixqd", "default-prompt-router/meta.llama:1");
    let openai = json!({ "messages": [{ "role": "user", "content": "x" }], "max_tokens": 9 });
    let old = "\n\nHuman: x\n\nAssistant:";
    for (id, operation, body, pointer) in [
        (listed, "converse", &hello(), "/output/message/content/0/text"),
        (other, "converse", &hello(), "/output/message/content/0/text"),
        (other, "invoke", &claude, "/content/0/text"),
        (other, "invoke", &titan, "/embedding/0"),
        (endpoint, "invoke", &json!({ "prompt": "x", "max_tokens": 9 }), "/choices/0/text"),
        (other, "invoke", &json!({ "prompt": "x", "max_gen_len": 9 }), "/generation"),
        (other, "invoke", &json!({ "message": "x" }), "/text"),
        (other, "invoke", &openai, "/choices/0/message/content"),
        (other, "invoke", &hello(), "/output/message/content/0/text"),
        (other, "invoke", &json!({ "prompt": old, "max_tokens_to_sample": 9 }), "/completion"),
        (&imported, "invoke", &json!({ "prompt": "x", "max_tokens": 9 }), "/choices/0/text"),
        (&imported, "converse", &hello(), "/output/message/content/0/text"),
        (&deployed, "invoke", &json!({ "prompt": "x", "max_gen_len": 9 }), "/generation"),
        (&deployed, "converse", &hello(), "/output/message/content/0/text"),
        (&provisioned, "invoke", &openai, "/choices/0/message/content"),
        (&router, "converse", &hello(), "/output/message/content/0/text"),
        (&llamas, "invoke", &json!({ "prompt": "x" }), "/generation"),
        (prompt, "converse", &json!({ "promptVariables": {} }), "/output/message/content/0/text"),
    ] {
        let answer = ask(id, operation, body).await;
        assert_eq!(answer.status, 200, "{id}: {}", answer.text());
        assert!(answer.json().pointer(pointer).is_some(), "{id}: {}", answer.text());
    }
    let refused = ask(prompt, "converse", &json!({ "system": [{ "text": "x" }] })).await;
    refused.expect_refusal(400, "ValidationException", "You can't include system");
    let unknown_router = llamas.replace("meta.", "acme.");
    for id in [&listed.replace("abc", "a-c"), &listed.replace("us-west-2", "us-east-1"), &unknown_router] {
        let refused = ask(id, "converse", &hello()).await;
        refused.expect_refusal(400, "ValidationException", "The provided model identifier is invalid.");
    }
}
