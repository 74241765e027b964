//! Converse, CountTokens and guardrails in the emulator: what answers, and what is refused in the service's words.
#![cfg(feature = "emulator")]

mod emulator_call;

use bedwire::emulator::{Emulator, EmulatorOptions};
use emulator_call::{Answer, Call, options};
use serde_json::{Value, json};

const HAIKU: &str = "anthropic.claude-3-haiku-20240307-v1:0";
const SONNET: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";

/// Answers from the embedded fixtures.
fn embedded() -> Emulator {
    Emulator::new(EmulatorOptions { fixtures: None, ..options() })
}

fn call(model: &str, operation: &str, body: &Value) -> Call {
    let segment = bedwire::protocol::model::path_segment("modelId", model).unwrap();
    Call::post(&format!("/model/{segment}/{operation}"), body)
}

async fn converse(model: &str, body: &Value) -> Answer {
    call(model, "converse", body).to(&embedded()).await
}

fn said(text: &str) -> Value {
    json!({ "role": "user", "content": [{ "text": text }] })
}

fn ask() -> Value {
    json!({ "messages": [said("never recorded")] })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = ask();
    body[name] = value;
    body
}

fn tools() -> Value {
    json!({ "tools": [{ "toolSpec": { "name": "t", "inputSchema": { "json": { "type": "object" } } } }] })
}

fn tool_turns() -> Value {
    json!([
        said("x"),
        { "role": "assistant", "content": [{ "toolUse": { "toolUseId": "a.b:c", "name": "t", "input": {} } }] },
        { "role": "user", "content": [{ "toolResult": { "toolUseId": "a.b:c", "content": [{ "text": "x" }] } }] },
    ])
}

#[tokio::test]
async fn every_family_answers_any_conversation() {
    for model in [
        HAIKU,
        SONNET,
        "amazon.nova-pro-v1:0",
        "us.meta.llama4-scout-17b-instruct-v1:0",
        "mistral.mistral-large-2402-v1:0",
        "cohere.command-r-plus-v1:0",
        "ai21.jamba-1-5-large-v1:0",
        "amazon.titan-text-lite-v1",
        "us.deepseek.r1-v1:0",
        "openai.gpt-oss-20b-1:0",
        "qwen.qwen3-coder-30b-a3b-v1:0",
    ] {
        let answer = converse(model, &ask()).await;
        assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        let answer = answer.json();
        assert!(answer["output"]["message"]["content"][0].is_object(), "{model}: {answer}");
        assert!(answer["usage"]["totalTokens"].as_u64() > Some(0) && answer["metrics"]["latencyMs"].is_u64());
    }
}

#[tokio::test]
async fn what_the_request_has_chooses_the_case() {
    let stop = |body: Value, model: &'static str| async move { converse(model, &body).await.json() };
    for model in [SONNET, "amazon.nova-lite-v1:0"] {
        assert_eq!(stop(ask(), model).await["stopReason"], "end_turn");
        let asked = stop(with("toolConfig", tools()), model).await;
        assert_eq!(asked["stopReason"], "tool_use");
        let answered = stop(json!({ "messages": tool_turns(), "toolConfig": tools() }), model).await;
        assert_eq!(answered["stopReason"], "end_turn", "{answered}");
    }
    let thinking = json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } });
    let thought = stop(with("additionalModelRequestFields", thinking), SONNET).await;
    let reasoning = &thought["output"]["message"]["content"][0]["reasoningContent"]["reasoningText"];
    assert!(reasoning["text"].is_string() && reasoning["signature"].is_string(), "{thought}");
    // A budget is what a Claude asks for.
    let thinking = || with("additionalModelRequestFields", json!({ "thinking": { "type": "enabled" } }));
    assert_eq!(stop(thinking(), "zai.glm-4.7").await["stopReason"], "end_turn");
    let refused = converse(SONNET, &thinking()).await;
    let missing = "The model returned the following errors: thinking.enabled.budget_tokens: Field required";
    refused.expect_refusal(400, "ValidationException", missing);
    let cached = with("system", json!([{ "text": "x" }, { "cachePoint": { "type": "default" } }]));
    assert!(stop(cached, SONNET).await["usage"]["cacheReadInputTokens"].as_u64() > Some(0));
}

#[tokio::test]
async fn the_service_refuses_in_its_own_words() {
    let tool = |name: &str, schema: Value| {
        with(
            "toolConfig",
            json!({ "tools": [{ "toolSpec": { "name": name, "inputSchema": { "json": schema } } }] }),
        )
    };
    let named = |name: &str| {
        let document = json!({ "format": "txt", "name": name, "source": { "text": "x" } });
        json!({ "role": "user", "content": [{ "text": "x" }, { "document": document }] })
    };
    let blank = json!({ "messages": [said("a"), { "role": "assistant", "content": [{ "text": "b" }, { "text": " \n" }] }] });
    for (body, part) in [
        (json!({}), "Value at 'messages' failed to satisfy constraint: Member must not be null"),
        (json!({ "messages": "x" }), "'messages'"),
        (json!({ "messages": [] }), "'messages'"),
        (
            json!({ "messages": [{ "role": "tool", "content": [{ "text": "x" }] }] }),
            "'messages.1.member.role'",
        ),
        (json!({ "messages": [{ "role": "user" }] }), "'messages.1.member.content'"),
        (
            json!({ "messages": [{ "role": "user", "content": [] }] }),
            "The content field in the Message object at messages.0 is empty.",
        ),
        (json!({ "messages": [{ "role": "user", "content": [{}] }] }), "exactly one member"),
        (
            json!({ "messages": [{ "role": "user", "content": [{ "text": 1 }] }] }),
            "'messages.1.member.content.1.member.text'",
        ),
        (
            blank,
            "The text field in the ContentBlock object at messages.1.content.1 is blank. Add text to the text field, and try again.",
        ),
        (
            json!({ "messages": [{ "role": "assistant", "content": [{ "text": "x" }] }] }),
            "must start with a user message",
        ),
        (
            json!({ "messages": [named("a"), { "role": "assistant", "content": [{ "text": "b" }] }, named("a")] }),
            "Messages can't contain duplicate document names. Rename the document and retry your request.",
        ),
        (json!({ "messages": [said("a"), said("b")] }), "must alternate between user and assistant roles"),
        (
            json!({ "messages": tool_turns() }),
            "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        ),
        (with("inferenceConfig", json!({ "maxTokens": 0 })), "'inferenceConfig.maxTokens'"),
        (with("inferenceConfig", json!({ "temperature": 1.5 })), "less than or equal to 1"),
        (with("inferenceConfig", json!({ "topP": -1 })), "greater than or equal to 0"),
        (with("system", json!([{ "text": "" }])), "'system.1.member.text'"),
        (with("toolConfig", json!({ "tools": [] })), "'toolConfig.tools'"),
        (tool("a b", json!({})), "'toolConfig.tools.1.member.toolSpec.name'"),
        (tool("a", json!("{}")), "'toolConfig.tools.1.member.toolSpec.inputSchema.json'"),
        (
            with("toolConfig", json!({ "tools": tools()["tools"], "toolChoice": { "none": {} } })),
            "extraneous key [none]",
        ),
        (json!([]), "Malformed input request"),
    ] {
        for operation in ["converse", "converse-stream"] {
            let answer = call(HAIKU, operation, &body).to(&embedded()).await;
            answer.expect_refusal(400, "ValidationException", part);
        }
    }
    for model in
        ["us.does-not-exist-v1:0", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"]
    {
        let unknown = "The provided model identifier is invalid.";
        for operation in ["converse", "converse-stream", "invoke-with-response-stream"] {
            let answer = call(model, operation, &ask()).to(&embedded()).await;
            answer.expect_refusal(400, "ValidationException", unknown);
        }
    }
}

#[tokio::test]
async fn a_profile_of_the_americas_answers_in_them() {
    let model = "amer.anthropic.claude-sonnet-4-20250514-v1:0";
    assert_eq!(call(model, "converse", &ask()).to(&embedded()).await.status, 200);
}

#[tokio::test]
async fn what_the_service_was_seen_to_take_is_taken() {
    let tool = |schema: Value| json!({ "tools": [{ "toolSpec": { "name": "t", "inputSchema": { "json": schema } } }] });
    let nova =
        with("toolConfig", tool(json!({ "type": "object", "title": "T", "additionalProperties": false })));
    let titan = json!({ "messages": [said("a"), said("b")] });
    let begun = json!({ "messages": [{ "role": "assistant", "content": [{ "text": "b" }] }, said("a")] });
    let line_break =
        json!({ "messages": [{ "role": "user", "content": [{ "text": "a" }, { "text": "\n" }] }] });
    for (model, body) in [
        ("amazon.nova-lite-v1:0", nova),
        ("amazon.titan-text-express-v1", titan),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", begun),
        (SONNET, line_break),
        ("meta.llama3-2-1b-instruct-v1:0", ask()),
    ] {
        for operation in ["converse", "converse-stream"] {
            let answer = call(model, operation, &body).to(&embedded()).await;
            assert_eq!(answer.status, 200, "{model}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn tokens_are_counted_for_base_ids_of_newer_claude() {
    let count = |model: &'static str, input: Value| async move {
        call(model, "count-tokens", &json!({ "input": input })).to(&embedded()).await
    };
    let counted = "anthropic.claude-sonnet-4-20250514-v1:0";
    let conversation = || json!({ "converse": ask() });
    let body =
        base64_simd::STANDARD.encode_to_string(r#"{"messages":[{"role":"user","content":"12345678"}]}"#);
    assert_eq!(
        count(counted, json!({ "invokeModel": { "body": body } })).await.json(),
        json!({ "inputTokens": 3 })
    );
    let few = count(counted, conversation()).await.json()["inputTokens"].as_u64().unwrap();
    let more = json!({ "converse": { "messages": [said(&"word ".repeat(400))] } });
    let many = count(counted, more).await.json()["inputTokens"].as_u64().unwrap();
    assert!(few < 10 && (400..600).contains(&many), "{few} {many}");
    let arn = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0";
    assert_eq!(count(arn, conversation()).await.status, 200);

    let uncounted = "The provided model doesn't support counting tokens.";
    for (model, part) in [
        (SONNET, uncounted),
        (HAIKU, uncounted),
        ("amazon.nova-lite-v1:0", uncounted),
        (
            "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
            uncounted,
        ),
        ("does-not-exist-model-v1:0", "The provided model identifier is invalid."),
    ] {
        count(model, conversation()).await.expect_refusal(400, "ValidationException", part);
    }
    let ended = count("anthropic.claude-3-5-sonnet-20240620-v1:0", conversation()).await;
    ended.expect_refusal(404, "ResourceNotFoundException", "end of its life");
    for (input, part) in [
        (json!(null), "'input'"),
        (json!({}), "exactly one member"),
        (json!({ "invokeModel": { "body": "?" } }), "base64"),
        (json!({ "invokeModel": { "body": "W10=" } }), "JSONObject"),
        (json!({ "converse": { "messages": [said(" ")] } }), "is blank"),
    ] {
        count(counted, input).await.expect_refusal(400, "ValidationException", part);
    }
}

#[tokio::test]
async fn a_guardrail_blocks_one_word() {
    let apply = |id: &'static str, version: &'static str, body: Value| async move {
        Call::post(&format!("/guardrail/{id}/version/{version}/apply"), &body).to(&embedded()).await
    };
    let content = |text: &str| json!({ "source": "INPUT", "content": [{ "text": { "text": text } }] });
    let passed = apply("abc123", "DRAFT", content("unblocked words")).await.json();
    assert_eq!((&passed["action"], &passed["outputs"]), (&json!("NONE"), &json!([])));
    let arn = "arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Aguardrail%2Fabc123";
    let blocked = apply(arn, "12", content("This is Blocked.")).await.json();
    assert_eq!(blocked["action"], "GUARDRAIL_INTERVENED");
    assert!(blocked["outputs"][0]["text"].is_string());
    assert_eq!(blocked["assessments"][0]["wordPolicy"]["customWords"][0]["action"], "BLOCKED");
    assert_eq!(blocked["guardrailCoverage"]["textCharacters"], json!({ "guarded": 16, "total": 16 }));
    for (id, version, body, part) in [
        ("ABC", "1", content("x"), "guardrail identifier"),
        ("abc", "0", content("x"), "guardrail version"),
        ("abc", "1", json!({ "source": "X", "content": [] }), "'source'"),
        ("abc", "1", json!({ "source": "INPUT", "content": [] }), "'content'"),
        (
            "abc",
            "1",
            json!({ "source": "INPUT", "content": [{ "text": {} }] }),
            "'content.1.member.text.text'",
        ),
        ("abc", "1", json!("x"), "JSONObject"),
    ] {
        apply(id, version, body).await.expect_refusal(400, "ValidationException", part);
    }
}

#[tokio::test]
async fn guardrail_checks_give_scores() {
    let check = |text: &str, checks: Value| {
        let body = json!({ "messages": [said(text)], "checks": checks });
        async move { Call::post("/guardrail-checks/invoke", &body).to(&embedded()).await }
    };
    let all = json!({
        "contentFilter": { "categories": [{ "category": "HATE" }, { "category": "INSULTS" }] },
        "promptAttack": { "categories": [{ "category": "JAILBREAK" }] },
        "sensitiveInformation": { "entities": [{ "type": "EMAIL" }, { "type": "NAME" }] },
    });
    let answer = check("blocked: é@x.org now", all).await.json();
    let results = &answer["results"];
    assert_eq!(
        results["contentFilter"]["results"][1],
        json!({ "category": "INSULTS", "severityScore": 1.0 })
    );
    assert_eq!(results["promptAttack"]["results"][0]["severityScore"], 1.0);
    let email = &results["sensitiveInformation"]["results"][0];
    assert_eq!((&email["beginOffset"], &email["endOffset"]), (&json!(9), &json!(16)), "{answer}");
    assert_eq!(answer["usage"]["promptAttack"]["textUnits"], 1);
    for (checks, part) in [
        (json!({}), "at least one check"),
        (json!({ "x": {} }), "extraneous key [x]"),
        (
            json!({ "contentFilter": { "categories": [{ "category": "X" }] } }),
            "'checks.contentFilter.categories.1.member.category'",
        ),
        (
            json!({ "sensitiveInformation": { "entities": [{ "type": "SHOE_SIZE" }] } }),
            "'checks.sensitiveInformation.entities.1.member.type'",
        ),
    ] {
        check("x", checks).await.expect_refusal(400, "ValidationException", part);
    }
}

#[tokio::test]
async fn echo_says_what_was_asked() {
    let emulator = Emulator::new(EmulatorOptions { echo: true, ..options() });
    let body = r#"{ "messages" : [{"role":"user","content":[{"text":"é"}]}], "n": 1.0 }"#;
    for (model, operation, pointer) in [
        ("any.model-v1:0", "converse", "/output/message/content/0/text"),
        (HAIKU, "invoke", "/content/0/text"),
        ("amazon.nova-lite-v1:0", "invoke", "/output/message/content/0/text"),
        ("meta.llama3-8b-instruct-v1:0", "invoke", "/generation"),
        ("mistral.mistral-7b-instruct-v0:2", "invoke", "/outputs/0/text"),
        ("any.model-v1:0", "invoke", "/choices/0/message/content"),
    ] {
        let mut call = call(model, operation, &json!({})).header("x-amzn-bedrock-trace", "ENABLED");
        call.body = body.into();
        let answer = call.to(&emulator).await.json();
        let text =
            answer.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{model}: {answer}"));
        assert!(text.contains(&format!(r#""body":{body}"#)), "{text}");
        let told: Value = serde_json::from_str(text).unwrap();
        assert_eq!(told["modelId"], model);
        assert_eq!(
            told["headers"],
            json!({ "content-type": "application/json", "x-amzn-bedrock-trace": "ENABLED" }),
            "no signature, no host"
        );
    }
    let prompt = json!({ "prompt": "\n\nHuman: x\n\nAssistant:", "max_tokens_to_sample": 9 });
    let completed = call("anthropic.claude-v2:1", "invoke", &prompt).to(&emulator).await.json();
    assert!(completed["completion"].as_str().unwrap().contains("Human: x"), "{completed}");
    call(HAIKU, "converse", &json!({})).to(&emulator).await.expect_refusal(
        400,
        "ValidationException",
        "messages",
    );
}

#[tokio::test]
async fn families_refuse_what_they_do_not_take() {
    let spec = |schema: Value| json!({ "tools": [{ "toolSpec": { "name": "t", "inputSchema": { "json": schema } } }] });
    let mut mixed = tool_turns();
    mixed[1]["content"].as_array_mut().unwrap().push(json!({ "text": "x" }));
    let begun = json!([said("x"), { "role": "assistant", "content": [{ "text": "y" }] }]);
    let csv = json!({ "document": { "format": "csv", "name": "a", "source": { "bytes": "YSxi" } } });
    let cached = json!([{ "role": "user", "content": [{ "text": "x" }, csv, { "cachePoint": { "type": "default" } }] }]);
    let choice = with("toolConfig", spec(json!({ "type": "object", "anyOf": [] })));
    let defined = with("toolConfig", spec(json!({ "type": "object", "$defs": {} })));
    let stop = with("inferenceConfig", json!({ "stopSequences": ["x"] }));
    let system = with("system", json!([{ "text": "x" }]));
    for (model, body, part) in [
        (
            "mistral.mistral-large-2402-v1:0",
            json!({ "messages": mixed, "toolConfig": tools() }),
            "messages.1.content: Conversation blocks and tool use blocks cannot be provided in the same turn.",
        ),
        ("us.meta.llama4-scout-17b-instruct-v1:0", json!({ "messages": begun }), "requires the last turn"),
        (SONNET, json!({ "messages": cached }), "messages.0.content.2.type: Field required"),
        (SONNET, choice, "tools.0.custom.input_schema: input_schema does not support oneOf"),
        (
            "amazon.nova-lite-v1:0",
            defined,
            "#/toolConfig/tools/0/toolSpec/inputSchema/json: extraneous key [$defs] is not permitted",
        ),
        ("openai.gpt-oss-20b-1:0", stop, "doesn't support the stopSequences field"),
        ("amazon.titan-text-lite-v1", system, "doesn't support system messages"),
        ("amazon.titan-text-lite-v1", with("toolConfig", tools()), "doesn't support tool use"),
        (
            "cohere.command-r-plus-v1:0",
            with("inferenceConfig", json!({ "topP": 1 })),
            "#/p: 1 is not less or equal to 0.99",
        ),
        (
            "amazon.nova-lite-v1:0",
            with("additionalModelRequestFields", json!({ "inferenceConfig": { "topK": 200 } })),
            "topK: 200 is not less or equal to 128",
        ),
    ] {
        converse(model, &body).await.expect_refusal(400, "ValidationException", part);
        if model != SONNET {
            let taken = converse(SONNET, &body).await;
            assert_eq!(taken.status, 200, "{part}: {}", taken.text());
        }
    }
}
