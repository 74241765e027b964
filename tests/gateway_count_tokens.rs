//! Counting tokens in Anthropic's shape.
#![cfg(all(feature = "gateway", feature = "emulator"))]

mod gateway;

use bedwire::transport::Body;
use gateway::support::{Script, answer, refusal};
use gateway::{offline, options, over, post_with};
use serde_json::Value;

const PATH: &str = "/v1/messages/count_tokens";

/// The path that is asked, and the body that is counted.
async fn counted(body: &str) -> (String, String) {
    let script = Script::new([answer(200, &[], r#"{"inputTokens":42}"#)]);
    let answer = post_with(&over(script.clone(), options()), PATH, &[], body.to_owned()).await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, r#"{"input_tokens":42}"#));
    let seen = script.seen();
    let Body::Whole(sent) = seen[0].1.body() else { panic!("it streams") };
    let sent: Value = serde_json::from_slice(sent).unwrap();
    let base64 = sent["input"]["invokeModel"]["body"].as_str().unwrap();
    let body = base64_simd::STANDARD.decode_to_vec(base64).unwrap();
    (seen[0].1.uri().path().to_owned(), String::from_utf8(body).unwrap())
}

#[tokio::test]
async fn a_claude_counts_its_own_body_by_its_base_id() {
    let (path, body) = counted(r#"{"model":"claude","messages":[ 1.0 ],"system":"s"}"#).await;
    assert_eq!(path, "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/count-tokens");
    let expected =
        r#"{"max_tokens":1,"anthropic_version":"bedrock-2023-05-31","messages":[ 1.0 ],"system":"s"}"#;
    assert_eq!(body, expected);
    let thinking = r#"{"model":"claude","messages":[{}],"thinking":{"type":"enabled","budget_tokens":2048}}"#;
    assert!(counted(thinking).await.1.contains("\"max_tokens\":2049"));
    let given = r#"{"model":"claude","messages":[{}],"max_tokens":9}"#;
    assert!(counted(given).await.1.contains("\"max_tokens\":9"));
}

#[tokio::test]
async fn the_emulator_counts() {
    let body = r#"{"model":"claude","messages":[{"role":"user","content":"How many tokens are these?"}]}"#;
    let count = post_with(&offline(options()), PATH, &[], body).await.json();
    assert!(count["input_tokens"].as_u64().unwrap() > 0, "{count}");
}

#[tokio::test]
async fn a_model_that_cannot_be_counted_says_so() {
    let script = Script::new([refusal(
        400,
        "ValidationException",
        "The provided model doesn't support counting tokens.",
    )]);
    let answer =
        post_with(&over(script.clone(), options()), PATH, &[], r#"{"model":"claude","messages":[{}]}"#).await;
    let (status, kind, message) = answer.anthropic_refusal();
    assert_eq!((status, kind.as_str()), (400, "invalid_request_error"));
    assert!(message.contains("doesn't support counting tokens"), "{message}");
    let answer = post_with(&over(Script::default(), options()), PATH, &[], r#"{"model":"claude"}"#).await;
    assert!(answer.anthropic_refusal().2.starts_with("messages is missing"));
}
