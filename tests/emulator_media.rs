//! What Converse in the emulator refuses that most SDKs let through: formats, names and numbers of media, words and
//! bounds of the settings.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use emulator_call::{Answer, Call, options};
use serde_json::{Value, json};

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "us.amazon.nova-lite-v1:0";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0";

async fn converse(model: &str, body: &Value) -> Answer {
    let emulator = Emulator::new(EmulatorOptions { fixtures: None, ..options() });
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    Call::post(&format!("/model/{segment}/converse"), body).to(&emulator).await
}

/// Each body has what is asked, for both models; what a problem is not named for is answered.
async fn expect(cases: &[(Value, &str, &str)]) {
    for (body, of_claude, of_nova) in cases {
        for (model, problem) in [(CLAUDE, of_claude), (NOVA, of_nova)] {
            let answer = converse(model, body).await;
            if problem.is_empty() {
                assert_eq!(answer.status, 200, "{model} {body}: {}", answer.text());
            } else {
                answer.expect_refusal(400, "ValidationException", problem);
            }
        }
    }
}

fn image(format: &str, bytes: &[u8]) -> Value {
    json!({ "image": { "format": format, "source": { "bytes": base64_simd::STANDARD.encode_to_string(bytes) } } })
}

fn document(name: &str, format: &str) -> Value {
    json!({ "document": { "format": format, "name": name, "source": { "bytes": "JVBERi0=" } } })
}

fn text() -> Value {
    json!({ "text": "x" })
}

fn said(content: &Value) -> Value {
    json!({ "messages": [{ "role": "user", "content": content }] })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = said(&json!([text()]));
    body[name] = value;
    body
}

#[tokio::test]
async fn an_image_is_what_it_says_it_is() {
    let formats = "'messages.1.member.content.2.member.image.format' failed to satisfy constraint: Member must satisfy enum value set: [png, jpeg, gif, webp]";
    let not_that = "does not match the specified image format";
    let assistant = json!({ "messages": [
        { "role": "user", "content": [text()] },
        { "role": "assistant", "content": [text(), image("png", PNG)] },
        { "role": "user", "content": [text()] },
    ] });
    let in_s3 = json!({ "image": { "format": "png", "source": { "s3Location": { "uri": "s3://b/k" } } } });
    let unpermitted = "messages.1.content: 'image' blocks are not permitted within assistant turns.";
    expect(&[
        (said(&json!([text(), image("png", PNG)])), "", ""),
        (said(&json!([text(), image("jpeg", JPEG)])), "", ""),
        (said(&json!([text(), image("jpg", JPEG)])), formats, formats),
        (said(&json!([text(), image("JPEG", JPEG)])), formats, formats),
        (
            said(&json!([text(), image("jpeg", PNG)])),
            "messages.0.content.1.image.source.bytes: The image was specified using the image/jpeg media type, but the image appears to be a image/png image",
            not_that,
        ),
        (said(&json!([text(), image("png", b"junk")])), "Could not process image", not_that),
        (assistant, unpermitted, unpermitted),
        (said(&json!([text(), in_s3])), "This model doesn't support the s3Uri field.", ""),
        (
            said(&json!([text(), { "video": { "format": "mp4", "source": { "bytes": "AAAA" } } }])),
            "doesn't support the video content block",
            "",
        ),
    ])
    .await;
}

#[tokio::test]
async fn documents_are_named_few_and_spoken_of() {
    let name = "The document file name can only contain alphanumeric characters";
    let alone = "A text block must be included when using documents.";
    let five: Vec<Value> = (0..5).map(|n| document(&format!("r{n}"), "pdf")).chain([text()]).collect();
    let mut six = five.clone();
    six.push(document("r5", "pdf"));
    let many = "You can't include more than 5 documents in a request.";
    let format = "'messages.1.member.content.2.member.document.format'";
    expect(&[
        (said(&json!([text(), document("a_b (1) [2]-c", "pdf")])), "", ""),
        (said(&json!([text(), document("report.pdf", "pdf")])), name, name),
        (said(&json!([text(), document("two  spaces", "pdf")])), name, name),
        (said(&json!([text(), document("a", "jpg")])), format, format),
        (said(&json!([document("a", "pdf")])), alone, alone),
        (said(&five.into()), "", ""),
        (said(&six.into()), many, many),
    ])
    .await;
}

#[tokio::test]
async fn settings_are_of_the_words_and_within_the_bounds_of_the_service() {
    let points = |count: usize, kind: &str| {
        let pair = [text(), json!({ "cachePoint": { "type": kind } })];
        said(&pair.iter().cycle().take(2 * count).cloned().collect())
    };
    let metadata = |count: usize, value: &str| -> Value {
        let pairs = (0..count).map(|n| (format!("k{n}"), json!(value)));
        with("requestMetadata", Value::Object(pairs.collect()))
    };
    let guardrail = |version: &str| {
        with("guardrailConfig", json!({ "guardrailIdentifier": "abc", "guardrailVersion": version }))
    };
    let mut thinking = with("inferenceConfig", json!({ "maxTokens": 100 }));
    thinking["additionalModelRequestFields"] =
        json!({ "thinking": { "type": "enabled", "budget_tokens": 2000 } });
    let budget = "`max_tokens` must be greater than `thinking.budget_tokens`.";
    let both = "`temperature` and `top_p` cannot both be specified for this model. Please use only one.";
    let tokens = with("inferenceConfig", json!({ "maxTokens": 10_000_000 }));
    for (body, of_claude, of_nova) in [
        (points(4, "default"), "", ""),
        (
            points(5, "default"),
            "A maximum of 4 blocks with cache_control may be provided. Found 5.",
            "Found 5.",
        ),
        (points(1, "ephemeral"), "enum value set: [default]", "enum value set: [default]"),
        (
            with("performanceConfig", json!({ "latency": "fast" })),
            "'performanceConfig.latency'",
            "[standard, optimized]",
        ),
        (
            with("serviceTier", json!({ "type": "turbo" })),
            "'serviceTier.type'",
            "[priority, default, flex, reserved]",
        ),
        (guardrail("12"), "", ""),
        (guardrail("latest"), "'guardrailConfig.guardrailVersion'", "(|([1-9][0-9]{0,7})|(DRAFT))"),
        (metadata(16, "a b"), "", ""),
        (metadata(17, "a"), "'requestMetadata'", "less than or equal to 16"),
        (metadata(1, "ü"), "Map value must satisfy constraint", "'requestMetadata'"),
        (thinking, budget, ""),
        (tokens, "exceeds the model limit of 64000.", "exceeds the model limit of 10000."),
        (with("inferenceConfig", json!({ "temperature": 0.5, "topP": 0.9 })), both, ""),
    ] {
        expect(&[(body, of_claude, of_nova)]).await;
    }
}
