//! InvokeModel in the emulator: which fixture answers, and what is refused.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use emulator_call::{Answer, CLAUDE, Call, emulator, options};
use serde_json::json;

async fn invoke(emulator: &Emulator, model: &str, body: &str) -> Answer {
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    let mut call = Call::post(&format!("/model/{segment}/invoke"), &json!({}));
    call.body = body.to_owned().into();
    call.to(emulator).await
}

#[tokio::test]
async fn a_model_answers_as_its_family_does() {
    for model in [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "us.anthropic.claude-sonnet-4-20250514-v1:0",
        "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
    ] {
        for body in [CLAUDE, r#"{"messages":[]}"#] {
            let answer = invoke(&emulator(), model, body).await;
            assert_eq!(
                (answer.status.as_u16(), answer.text().as_str()),
                (200, r#"{"content":[]}"#),
                "{model}"
            );
            assert_eq!(answer.header("x-amzn-bedrock-input-token-count"), "11");
            // The model's headers are the recording's; the service's are its own.
            assert_ne!(answer.header("x-amzn-requestid"), "of-the-recording");
        }
    }
    assert_eq!(invoke(&emulator(), "amazon.nova-pro-v1:0", "{}").await.text(), r#"{"output":{}}"#);
}

#[tokio::test]
async fn a_recorded_refusal_answers_only_its_own_request() {
    let body = r#"{ "max_tokens" : -1 }"#;
    let answer = invoke(&emulator(), "anthropic.claude-3-haiku-20240307-v1:0", body).await;
    assert_eq!((answer.status.as_u16(), answer.message().as_str()), (400, "no"));
    assert_eq!(invoke(&emulator(), "anthropic.claude-3-sonnet-20240229-v1:0", body).await.status, 200);
}

#[tokio::test]
async fn what_no_model_takes_is_refused() {
    let emulator = emulator();
    let unknown = "The provided model identifier is invalid.";
    for (model, body, part) in [
        ("nobody.nothing-v1:0", "{}", unknown),
        ("amazon.nova-canvas-v1:0", "{}", unknown),
        ("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0", "{}", unknown),
        ("amazon.nova-lite-v1:0", "[]", "Malformed input request"),
        ("amazon.nova-lite-v1:0", "", "Malformed input request"),
        ("luma.ray-v2:0", "{}", "StartAsyncInvoke"),
        ("amazon.nova-reel-v1:1", "{}", "StartAsyncInvoke"),
    ] {
        invoke(&emulator, model, body).await.expect_refusal(400, "ValidationException", part);
    }
    let answer = Call::post("/model/x/unknown", &json!({})).to(&emulator).await;
    answer.expect_refusal(404, "UnknownOperationException", "/model/x/unknown");
}

#[tokio::test]
async fn the_embedded_fixtures_answer_for_the_models_of_every_day() {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    for model in [
        "anthropic.claude-3-haiku-20240307-v1:0",
        "us.anthropic.claude-sonnet-4-20250514-v1:0",
        "amazon.nova-micro-v1:0",
        "us.meta.llama4-maverick-17b-instruct-v1:0",
        "mistral.mistral-7b-instruct-v0:2",
    ] {
        let answer = invoke(&emulator, model, r#"{"never":"recorded"}"#).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    }
}
