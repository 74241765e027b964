//! InvokeModel in the emulator: which fixture answers, and what is refused.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use emulator_call::{Answer, CLAUDE, Call, REFUSED, emulator, options};
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
        for body in [CLAUDE, &CLAUDE.replace("16", "17")] {
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
    let body = REFUSED.replace(':', " : ");
    let body = body.as_str();
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
        let body = if model.contains("claude") { CLAUDE } else { r#"{"never":"recorded"}"# };
        let answer = invoke(&emulator, model, body).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_claude_takes_its_own_body_and_no_other() {
    const SONNET: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let good = || serde_json::from_str::<serde_json::Value>(CLAUDE).unwrap();
    let without = |name: &str| {
        let mut body = good();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let with = |name: &str, value: serde_json::Value| {
        let mut body = good();
        body[name] = value;
        body
    };
    let said = |content: serde_json::Value| with("messages", json!([{ "role": "user", "content": content }]));
    let mid_system = json!([
        { "role": "user", "content": "a" }, { "role": "assistant", "content": "b" },
        { "role": "user", "content": "c" }, { "role": "system", "content": "d" },
    ]);
    let tools = json!([{ "name": "f", "input_schema": { "type": "object" } }]);
    let mut chosen = with("tools", tools);
    chosen["tool_choice"] = json!({ "type": "tool", "name": "g" });
    let mut sampled = with("temperature", json!(0.5));
    sampled["top_p"] = json!(0.5);
    let url = json!([{ "type": "text", "text": "x" }, { "type": "image", "source": { "type": "url", "url": "https://x" } }]);
    for (body, problem) in [
        (good(), ""),
        (with("messages", mid_system.clone()), "messages: Unexpected role \"system\""),
        (without("anthropic_version"), "#: required key [anthropic_version] not found"),
        (without("max_tokens"), "#: required key [max_tokens] not found"),
        (without("messages"), "#: required key [messages] not found"),
        // What Anthropic's own clients for Bedrock send.
        (with("anthropic_version", json!("2026-10-21")), ""),
        (with("anthropic_version", json!("2023-06-01")), "Invalid API version: 2023-06-01"),
        (with("model", json!(SONNET)), "#: extraneous key [model] is not permitted"),
        (with("stream", json!(false)), "#: extraneous key [stream] is not permitted"),
        (with("messages", json!([])), "messages: at least one message is required"),
        (said(json!("")), "messages.0: all messages must have non-empty content"),
        (said(json!([{ "type": "text", "text": "" }])), "messages: text content blocks must be non-empty"),
        (said(url), "messages.0.content.1.image.source.base64.data: URL sources are not supported"),
        (chosen, "Tool 'g' not found in provided tools"),
        (sampled, "`temperature` and `top_p` cannot both be specified for this model."),
        (
            with("tools", json!([{ "type": "web_search_20250305", "name": "web_search" }])),
            "tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the expected tags",
        ),
        (
            json!({ "prompt": "x", "max_tokens_to_sample": 9 }),
            "\"claude-sonnet-4-5-20250929\" is not supported on this API. Please use the Messages API instead.",
        ),
    ] {
        let answer = invoke(&emulator, SONNET, &body.to_string()).await;
        if problem.is_empty() {
            assert_eq!(answer.status, 200, "{body}: {}", answer.text());
        } else {
            answer.expect_refusal(400, "ValidationException", problem);
        }
    }
    // Newer ones take instructions among the messages, and none as the first.
    for (model, skipped, problem) in [
        ("us.anthropic.claude-opus-4-7", 0, "role 'system' is not supported on this model"),
        ("us.anthropic.claude-opus-4-8", 0, ""),
        ("us.anthropic.claude-opus-4-8", 3, "messages.0: use the top-level 'system' parameter"),
    ] {
        let body = with("messages", mid_system.as_array().unwrap()[skipped..].into());
        let answer = invoke(&emulator, model, &body.to_string()).await;
        if problem.is_empty() {
            assert_eq!(answer.status, 200, "{}", answer.text());
        } else {
            answer.expect_refusal(400, "ValidationException", problem);
        }
    }
    let completed =
        invoke(&emulator, "anthropic.claude-v2:1", r#"{"prompt":"x","max_tokens_to_sample":9}"#).await;
    assert_eq!(completed.status, 200, "{}", completed.text());
}

#[tokio::test]
async fn a_family_without_a_recording_answers_in_its_own_shape() {
    let chat = r#"{"messages":[{"role":"user","content":"x"}],"max_tokens":9}"#;
    let prompt = r#"{"prompt":"x","max_tokens":9}"#;
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    for (model, body, text, streamed) in [
        ("openai.gpt-oss-20b-1:0", chat, "/choices/0/message/content", "/choices/0/delta/content"),
        ("us.deepseek.r1-v1:0", prompt, "/choices/0/text", "/choices/0/text"),
        ("qwen.qwen3-32b-v1:0", chat, "/choices/0/message/content", "/choices/0/delta/content"),
        ("us.writer.palmyra-x5-v1:0", chat, "/choices/0/message/content", "/choices/0/delta/content"),
        (
            "us.mistral.pixtral-large-2502-v1:0",
            chat,
            "/choices/0/message/content",
            "/choices/0/delta/content",
        ),
        ("ai21.jamba-1-5-large-v1:0", chat, "/choices/0/message/content", "/choices/0/delta/content"),
        ("anthropic.claude-v2:1", r#"{"prompt":"x","max_tokens_to_sample":9}"#, "/completion", "/completion"),
        ("us.meta.llama4-scout-17b-instruct-v1:0", prompt, "/generation", "/generation"),
    ] {
        let answer = invoke(&emulator, model, body).await;
        let whole = answer.json();
        assert!(whole.pointer(text).is_some_and(serde_json::Value::is_string), "{model}: {whole}");
        for header in ["input-token-count", "output-token-count", "invocation-latency"] {
            let number = answer.header(&format!("x-amzn-bedrock-{header}"));
            assert!(number.parse::<u32>().is_ok(), "{model} {header}: {number:?}");
        }
        let chunks = streamed_chunks(&emulator, model, body).await;
        assert!(chunks[0].pointer(streamed).is_some_and(serde_json::Value::is_string), "{model}: {chunks:?}");
        let last = chunks.last().unwrap();
        let ends = [last, &last["choices"][0], &last["outputs"][0]];
        let is_end =
            |end: &&serde_json::Value| end["stop_reason"].is_string() || end["finish_reason"].is_string();
        assert!(last["amazon-bedrock-invocationMetrics"].is_object(), "{model}: {last}");
        assert!(ends.iter().any(is_end), "{model}: {last}");
    }
}

#[tokio::test]
async fn what_is_made_for_tools_is_counted_too() {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let mut body: serde_json::Value = serde_json::from_str(CLAUDE).unwrap();
    body["tools"] = json!([{ "name": "f", "input_schema": { "type": "object" } }]);
    let answer = invoke(&emulator, "us.anthropic.claude-sonnet-4-20250514-v1:0", &body.to_string()).await;
    assert_eq!(answer.json()["stop_reason"], "tool_use");
    for header in ["input-token-count", "output-token-count", "invocation-latency"] {
        assert!(answer.header(&format!("x-amzn-bedrock-{header}")).parse::<u32>().unwrap() > 0);
    }
}

async fn streamed_chunks(emulator: &Emulator, model: &str, body: &str) -> Vec<serde_json::Value> {
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    let mut call = Call::post(&format!("/model/{segment}/invoke-with-response-stream"), &json!({}));
    call.body = body.to_owned().into();
    let answer = call.to(emulator).await;
    assert_eq!(answer.status, 200, "{model}: {}", answer.text());
    let mut decoder = bedwire::protocol::eventstream::Decoder::new();
    decoder.push(answer.body);
    let frames = std::iter::from_fn(|| decoder.next_frame().unwrap());
    frames
        .map(|frame| {
            let payload: serde_json::Value = serde_json::from_slice(frame.payload()).unwrap();
            let bytes = base64_simd::STANDARD.decode_to_vec(payload["bytes"].as_str().unwrap()).unwrap();
            serde_json::from_slice(&bytes).unwrap()
        })
        .collect()
}
