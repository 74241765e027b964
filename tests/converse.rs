//! Converse from the outside: what the builders write, what they refuse, and what a stream becomes.

mod vectors;

use bedwire::protocol::content::{
    Audio, AudioFormat, BlockDelta, CachePoint, CacheTtl, ContentBlock, ConverseBody, ConverseEvent,
    ConverseOutput, DocumentBlock, DocumentFormat, Guardrail, GuardrailConfig, GuardrailTrace, Image,
    ImageFormat, InferenceConfig, Latency, Message, Reasoning, Role, ServiceTier, StopReason,
    StreamProcessingMode, Tool, ToolChoice, ToolConfig, ToolResult, ToolResultStatus, Video, VideoFormat,
};
use bedwire::protocol::document::Document;
use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::eventstream::{Decoder, Frame, encode};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock_runtime::{
    CheckedMessage, Converse, ConverseStream, InvokeGuardrailChecks, InvokeModelWithResponseStream,
};
use bedwire::protocol::operation::s3::S3Uri;
use bedwire::protocol::operation::{Operation, StreamError, StreamOperation, collect};
use bedwire::protocol::outcome::{Outcome, classify};
use bytes::Bytes;
use serde_json::{Value, json};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[test]
fn every_kind_of_block_is_written_as_bedrock_reads_it() {
    let base64 = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
    let s3 = S3Uri::new("s3://demo/film.mp4").unwrap();
    let body = ConverseBody::new()
        .message(
            Message::user()
                .text("Look")
                .image(PNG.to_vec())
                .document(
                    DocumentBlock::of_file("file", "/tmp/Q3 report_v2.PDF", "%PDF").unwrap().citations(true),
                )
                .document(DocumentBlock::of_text("notes", "a note").context("context"))
                .block(ContentBlock::Video(Video::new(VideoFormat::Mp4, s3)))
                .block(ContentBlock::Audio(Audio::new(AudioFormat::Mp3, b"ID3".to_vec())))
                .block(ContentBlock::GuardText { text: "check".into(), qualifiers: vec!["query".into()] })
                .cache_point(CachePoint::new().ttl(CacheTtl::Hour1)),
        )
        .message(
            Message::assistant()
                .block(ContentBlock::Reasoning(Reasoning::Text {
                    text: "hm".into(),
                    signature: Some("sig".into()),
                }))
                .block(ContentBlock::Reasoning(Reasoning::Redacted("YQ==".into())))
                .block(ContentBlock::ToolUse {
                    tool_use_id: "t-1".into(),
                    name: "weather".into(),
                    input: Document::new(r#"{"n":1.0}"#),
                }),
        )
        .message(
            Message::user().tool_result(
                ToolResult::new("t-1")
                    .text("")
                    .json(r#"{"t":1e2}"#)
                    .image(PNG.to_vec())
                    .status(ToolResultStatus::Error),
            ),
        );
    let written = document(&body).json().unwrap();
    assert_eq!(
        written["messages"][0],
        json!({"role": "user", "content": [
            {"text": "Look"},
            {"image": {"format": "png", "source": {"bytes": base64(PNG)}}},
            {"document": {"format": "pdf", "name": "Q3 report-v2", "source": {"bytes": base64(b"%PDF")},
                "citations": {"enabled": true}}},
            {"document": {"format": "txt", "name": "notes", "source": {"text": "a note"}, "context": "context"}},
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://demo/film.mp4"}}}},
            {"audio": {"format": "mp3", "source": {"bytes": base64(b"ID3")}}},
            {"guardContent": {"text": {"text": "check", "qualifiers": ["query"]}}},
            {"cachePoint": {"type": "default", "ttl": "1h"}},
        ]})
    );
    assert_eq!(
        written["messages"][1],
        json!({"role": "assistant", "content": [
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
            {"reasoningContent": {"redactedContent": "YQ=="}},
            {"toolUse": {"toolUseId": "t-1", "name": "weather", "input": {"n": 1.0}}},
        ]})
    );
    assert_eq!(
        written["messages"][2]["content"][0]["toolResult"],
        json!({"toolUseId": "t-1", "status": "error", "content": [
            {"text": ""}, {"json": {"t": 1e2}}, {"image": {"format": "png", "source": {"bytes": base64(PNG)}}},
        ]})
    );
    assert!(document(&body).text().contains(r#"{"t":1e2}"#), "JSON of a caller is not rewritten");
}

#[test]
fn every_option_has_its_place() {
    let body = ConverseBody::prompt("Hi")
        .system("Be short")
        .system_cache_point(CachePoint::new())
        .inference_config(
            InferenceConfig::new().max_tokens(5).temperature(0.5).top_p(1.0).stop_sequence("END"),
        )
        .tool_config(
            ToolConfig::new()
                .tool(Tool::new("weather", r#"{"type":"object"}"#).description("Weather").strict(true))
                .system_tool("nova_grounding")
                .cache_point(CachePoint::new())
                .choice(ToolChoice::Tool("weather".into())),
        )
        .guardrail_config(
            GuardrailConfig::new(Guardrail::new("abc123", "DRAFT").unwrap())
                .trace(GuardrailTrace::EnabledFull)
                .stream_processing_mode(StreamProcessingMode::Async),
        )
        .additional_model_request_fields(r#"{"top_k":1}"#)
        .additional_model_response_field_path("/stop_sequence")
        .request_metadata("team", "a:b")
        .latency(Latency::Optimized)
        .service_tier(ServiceTier::Flex)
        .json_schema(r#"{"type":"object"}"#)
        .effort("high");
    assert_eq!(body.document(&model()).unwrap_err().field(), "guardrailConfig.streamProcessingMode");
    assert_eq!(
        body.stream_document(&model()).unwrap().json().unwrap(),
        json!({
            "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
            "system": [{"text": "Be short"}, {"cachePoint": {"type": "default"}}],
            "inferenceConfig": {"maxTokens": 5, "temperature": 0.5, "topP": 1.0, "stopSequences": ["END"]},
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "weather", "description": "Weather", "strict": true,
                        "inputSchema": {"json": {"type": "object"}}}},
                    {"systemTool": {"name": "nova_grounding"}},
                    {"cachePoint": {"type": "default"}},
                ],
                "toolChoice": {"tool": {"name": "weather"}},
            },
            "guardrailConfig": {"guardrailIdentifier": "abc123", "guardrailVersion": "DRAFT",
                "trace": "enabled_full", "streamProcessingMode": "async"},
            "additionalModelRequestFields": {"top_k": 1},
            "additionalModelResponseFieldPaths": ["/stop_sequence"],
            "requestMetadata": {"team": "a:b"},
            "performanceConfig": {"latency": "optimized"},
            "serviceTier": {"type": "flex"},
            "outputConfig": {"effort": "high", "textFormat": {"type": "json_schema",
                "structure": {"jsonSchema": {"schema": "{\"type\":\"object\"}"}}}},
        })
    );
}

#[test]
fn numbers_that_are_too_high_are_refused() {
    let refused = |body: ConverseBody| body.document(&model()).unwrap_err().to_string();
    let tokens = |most| ConverseBody::prompt("Hi").inference_config(InferenceConfig::new().max_tokens(most));
    assert!(tokens(2_147_483_647).document(&model()).is_ok());
    assert_eq!(
        refused(tokens(2_147_483_648)),
        "inferenceConfig.maxTokens: is 2147483648; give at most 2147483647"
    );
    let image = |width: &[u8]| {
        let png = [PNG, b"\0\0\0\x0dIHDR\0\0", width, b"\0\0\x1f\x40"].concat();
        ConverseBody::new().message(Message::user().image(png))
    };
    assert!(image(b"\x1f\x40").document(&model()).is_ok());
    assert_eq!(
        refused(image(b"\x1f\x41")),
        "messages[0].content[0].image.source.bytes: is 8001 x 8000 pixels; give at most 8000 x 8000"
    );
}

#[test]
fn what_bedrock_would_refuse_is_refused_with_its_place() {
    let prompt = || ConverseBody::prompt("Hi");
    let user = |message: Message| ConverseBody::new().message(message);
    let tool = |name: &str, schema: &'static str| {
        prompt().tool_config(ToolConfig::new().tool(Tool::new(name, schema)))
    };
    let twenty_one = (0..21).fold(Message::user().text("x"), |message, _| message.image(PNG.to_vec()));
    let cases: Vec<(ConverseBody, &str)> = vec![
        (ConverseBody::new(), "messages: is empty"),
        (ConverseBody::prompt(" \n"), "messages[0].content[0].text: is blank"),
        (prompt().message(Message::user()), "messages[1].content: is empty"),
        (user(Message::user().text("x").image(b"BM".to_vec())), "messages[0].content[1].image: is no image"),
        (user(Message::user().image(Vec::new())), "messages[0].content[0].image.source.bytes: is empty"),
        (
            user(Message::user().image(vec![0; 4_000_000])),
            "messages[0].content[0].image.source.bytes: has 4000000 bytes",
        ),
        (
            user(Message::assistant().image(PNG.to_vec())),
            "messages[0].content[0]: is of a kind that only a user's",
        ),
        (user(twenty_one), "messages[0].content: has 21 images; give at most 20"),
        (
            user(Message::user().document(DocumentBlock::of_text("a", "b"))),
            "messages[0].content: has a document and no text",
        ),
        (
            user(Message::user().text("x").document(DocumentBlock::new(DocumentFormat::Pdf, "a_b", vec![1]))),
            "messages[0].content[1].document.name: is \"a_b\"",
        ),
        (
            user(Message::user().text("x").document(DocumentBlock::of_text("a  b", "b"))),
            "messages[0].content[1].document.name: is \"a  b\"",
        ),
        (
            user(Message::user().tool_result(ToolResult::new("a b"))),
            "messages[0].content[0].toolResult.toolUseId",
        ),
        (
            user(Message::user().tool_result(ToolResult::new("a").text("x").json("[1]"))),
            "messages[0].content[0].toolResult.content[1].json: is a JSON array",
        ),
        (user(Message::json(Document::new("[]"))), "messages[0]: is a JSON array"),
        (prompt().system(""), "system[0].text: is blank"),
        (prompt().system_block(ContentBlock::Image(Image::new(PNG))), "system[0]: is of a kind"),
        (prompt().inference_config(InferenceConfig::new().max_tokens(0)), "inferenceConfig.maxTokens: is 0"),
        (
            prompt().inference_config(InferenceConfig::new().temperature(1.5)),
            "inferenceConfig.temperature: is 1.5",
        ),
        (prompt().inference_config(InferenceConfig::new().top_p(f64::NAN)), "inferenceConfig.topP: is NaN"),
        (
            prompt().inference_config(InferenceConfig::new().stop_sequence("")),
            "inferenceConfig.stopSequences[0]: is empty",
        ),
        (prompt().tool_config(ToolConfig::new()), "toolConfig.tools: is empty"),
        (tool("a b", "{}"), "toolConfig.tools[0].toolSpec.name: is \"a b\""),
        (tool(&"x".repeat(65), "{}"), "toolConfig.tools[0].toolSpec.name"),
        (tool("a", "[]"), "toolConfig.tools[0].toolSpec.inputSchema.json: is a JSON array"),
        (tool("a", "\"{}\""), "toolConfig.tools[0].toolSpec.inputSchema.json: is a JSON string"),
        (
            prompt().tool_config(ToolConfig::new().system_tool("a").choice(ToolChoice::Tool("b".into()))),
            "toolConfig.toolChoice.tool.name: is \"b\"",
        ),
        (
            prompt().tool_config_json(r#"{"tools":[{"toolSpec":{"name":"a","inputSchema":{"json":"{}"}}}]}"#),
            "toolConfig.tools[0].toolSpec.inputSchema.json: is no JSON object",
        ),
        (prompt().tool_config_json("x"), "toolConfig: is not valid JSON"),
        (prompt().additional_model_request_fields("1"), "additionalModelRequestFields: is a JSON number"),
        (prompt().additional_model_response_field_path("x"), "additionalModelResponseFieldPaths[0]"),
        (prompt().request_metadata("a!", "b"), "requestMetadata.a!"),
        (prompt().json_schema("[]"), "outputConfig.textFormat.structure.jsonSchema.schema: is a JSON array"),
    ];
    for (body, expected) in cases {
        let refused = Converse::typed(model(), &body).unwrap_err().to_string();
        assert!(refused.starts_with(expected), "{refused:?} is not {expected:?}");
    }
    assert!(
        DocumentBlock::of_file("--document", "a.exe", "x")
            .unwrap_err()
            .to_string()
            .starts_with("--document: \"a.exe\"")
    );
    assert!("bmp".parse::<ImageFormat>().unwrap_err().to_string().contains("png, jpeg, gif, webp"));
    for (identifier, version) in
        [("", "1"), ("ABC", "1"), ("abc", "0"), ("abc", "123456789"), ("abc", "draft")]
    {
        assert!(Guardrail::new(identifier, version).is_err(), "{identifier} {version}");
    }
    let prompt_arn = ModelId::new("arn:aws:bedrock:us-west-2:123456789012:prompt/ABCDEFGHIJ:1").unwrap();
    let refused = Converse::typed(prompt_arn.clone(), &prompt().system("x")).unwrap_err();
    assert_eq!(refused.field(), "system");
    let filled = ConverseBody::new().prompt_variable("name", "x");
    assert_eq!(
        Converse::typed(prompt_arn, &filled).unwrap().body().text(),
        r#"{"promptVariables":{"name":{"text":"x"}}}"#
    );
}

#[test]
fn a_given_body_goes_out_byte_for_byte() {
    let text = "{ \"messages\":[ ], \"n\" : 12345678901234567890123 }";
    let request = Converse::new(model(), text).unwrap().request(&endpoint()).unwrap();
    assert_eq!(request.body(), text.as_bytes());
    assert_eq!(request.uri().path(), "/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse");
    for bad in ["", "[]", "\"{}\"", "{"] {
        assert!(Converse::new(model(), bad).is_err(), "{bad}");
        assert!(ConverseStream::new(model(), bad).is_err(), "{bad}");
    }
}

#[test]
fn an_answer_goes_back_into_the_history_unchanged() {
    let answer = r#"{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"n","input":{"x":1.0}}}]}},"stopReason":"brand_new"}"#;
    let output = ConverseOutput::read(Document::new(answer)).unwrap();
    assert_eq!(output.stop_reason(), Some(&StopReason::Other("brand_new".into())));
    let body = ConverseBody::prompt("Hi")
        .message(Message::json(output.message().clone()))
        .message(Message::user().tool_result(ToolResult::new("t").text("done")));
    assert!(document(&body).text().contains(&*output.message().text()));
    let role: Role = "assistant".parse().unwrap();
    assert_eq!(role, Role::Assistant);
}

#[test]
fn a_stream_becomes_the_answer_that_converse_gives() {
    let stream = [
        event("messageStart", r#"{"p":"abc","role":"assistant"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}},"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"sig"}},"p":""}"#),
        event("contentBlockStop", r#"{"contentBlockIndex":0,"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":""},"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"Hi "},"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"text":"there"},"p":"a"}"#),
        event("brandNew", r#"{"x":1.0,"p":"a"}"#),
        event("contentBlockStart", r#"{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t","name":"n"}},"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":"}},"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1e2}"}},"p":"a"}"#),
        event("contentBlockStart", r#"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"u","name":"n"}},"p":"a"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":4,"delta":{"reasoningContent":{"redactedContent":"YQ=="}}}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":4,"delta":{"reasoningContent":{"redactedContent":"Yg=="}}}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":5,"delta":{"text":"cited"}}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":5,"delta":{"citation":{"title":"T"}}}"#),
        event("messageStop", r#"{"p":"a","stopReason":"tool_use","additionalModelResponseFields":{"k":1.0}}"#),
        event("metadata", r#"{"metrics":{"latencyMs":7},"p":"a","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#),
        Bytes::from_static(&[0, 0, 0, 16, 0, 0, 0, 0, 5, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff]),
    ]
    .concat();
    let operation = ConverseStream::new(model(), "{}").unwrap();
    let output = collect(&operation, stream.into()).unwrap();
    assert_eq!(
        output.document().text(),
        concat!(
            r#"{"output":{"message":{"role":"assistant","content":["#,
            r#"{"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},{"text":"Hi there"},"#,
            r#"{"toolUse":{"toolUseId":"t","name":"n","input":{"a":1e2}}},{"toolUse":{"toolUseId":"u","name":"n","input":{}}},"#,
            r#"{"reasoningContent":{"redactedContent":"YWI="}},"#,
            r#"{"citationsContent":{"content":[{"text":"cited"}],"citations":[{"title":"T"}]}}]}},"#,
            r#""stopReason":"tool_use","additionalModelResponseFields":{"k":1.0},"#,
            r#""metrics":{"latencyMs":7},"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#
        )
    );
    assert_eq!(output.text(), "Hi therecited");
    assert_eq!((output.latency_ms(), output.tool_uses().count()), (Some(7), 2));
    assert_eq!(output.usage().unwrap().total_tokens(), 3);
}

#[test]
fn events_are_typed_and_lose_only_their_padding() {
    let operation = ConverseStream::new(model(), "{}").unwrap();
    let read = |bytes: Bytes| operation.event(frame(bytes)).unwrap().unwrap();
    let delta =
        read(event("contentBlockDelta", r#"{"delta":{"text":"Hi"},"p":"abcd","contentBlockIndex":0}"#));
    assert_eq!(delta.text(), Some("Hi"));
    assert_eq!(delta.union_json(), r#"{"contentBlockDelta":{"delta":{"text":"Hi"},"contentBlockIndex":0}}"#);
    assert!(delta.payload().text().contains("abcd"));
    let new = read(event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"brandNew":{"n":1.0}}}"#));
    let ConverseEvent::ContentBlockDelta { delta: BlockDelta::Other { kind, value }, .. } = new else {
        panic!("{new:?}")
    };
    assert_eq!((kind.as_str(), value.text().as_ref()), ("brandNew", r#"{"n":1.0}"#));
    let unknown = read(event("brandNew", r#"{"p":"a","x":1e2}"#));
    assert_eq!(unknown.union_json(), r#"{"brandNew":{"x":1e2}}"#);
    // On one line, which a mock's answer need not be.
    let wide = Document::new(" {\n\t\"role\":\r\n\"assistant\", \"x\": [1,\n 1.0]\n}\n");
    let wide = ConverseEvent::read("messageStart", wide).unwrap().union_json();
    assert_eq!(wide, "{\"messageStart\":{ \t\"role\":  \"assistant\", \"x\": [1,  1.0] }}");
    let bad = operation.event(frame(event("contentBlockDelta", r#"{"delta":{}}"#))).unwrap_err();
    assert!(bad.to_string().contains("contentBlockDelta has no contentBlockIndex"), "{bad}");
}

#[test]
fn exceptions_in_a_stream_are_refusals_with_their_own_status() {
    let converse = ConverseStream::new(model(), "{}").unwrap();
    let invoke = InvokeModelWithResponseStream::new(model(), "{}").unwrap();
    for (name, code, status, outcome) in [
        ("internalServerException", "InternalServerException", 500, Outcome::Transient),
        ("modelStreamErrorException", "ModelStreamErrorException", 424, Outcome::Transient),
        ("validationException", "ValidationException", 400, Outcome::Refused),
        ("throttlingException", "ThrottlingException", 429, Outcome::Throttled),
        ("serviceUnavailableException", "ServiceUnavailableException", 503, Outcome::Transient),
        ("modelTimeoutException", "ModelTimeoutException", 408, Outcome::ModelTimeout),
    ] {
        let headers = [(":exception-type", name.into()), (":message-type", "exception".into())];
        let bytes = encode(headers, br#"{"message":"no"}"#).unwrap();
        for error in
            [converse.event(frame(bytes.clone())).unwrap_err(), invoke.event(frame(bytes)).unwrap_err()]
        {
            let refusal = error.service_error().unwrap();
            assert_eq!(
                (refusal.code(), refusal.status().as_u16(), refusal.message()),
                (Some(code), status, "no")
            );
            assert_eq!(classify(refusal), outcome, "{name}");
        }
    }
    let headers = [
        (":message-type", "error".into()),
        (":error-code", "InternalFailure".into()),
        (":error-message", "boom".into()),
    ];
    let error = converse.event(frame(encode(headers, b"").unwrap())).unwrap_err();
    assert_eq!(error.to_string(), "the stream was ended by the service: InternalFailure (500): boom");
}

#[test]
fn a_recorded_exception_after_http_200_is_a_refusal() {
    let Some(file) = vectors::find("documented/converse-stream-validationException-frame.json") else {
        return;
    };
    let recorded: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let body = base64_simd::STANDARD.decode_to_vec(recorded["response_body_b64"].as_str().unwrap()).unwrap();
    let cut = collect(&ConverseStream::new(model(), "{}").unwrap(), body.into()).unwrap_err();
    let refusal = cut.error.service_error().unwrap();
    assert_eq!((refusal.code(), refusal.status().as_u16()), (Some("ValidationException"), 400));
    assert!(refusal.message().contains("MIME type"), "{refusal}");
}

#[test]
fn a_stream_that_is_cut_keeps_what_arrived() {
    let operation = ConverseStream::new(model(), "{}").unwrap();
    let whole = [
        event("messageStart", r#"{"role":"assistant"}"#),
        event("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#),
        event(
            "contentBlockStart",
            r#"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"n"}}}"#,
        ),
        event("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"a"}}}"#),
        event("messageStop", r#"{"stopReason":"tool_use"}"#),
    ];
    let stop = whole[..4].concat().len();
    let whole = whole.concat();
    for length in 0..whole.len() {
        let cut = collect(&operation, Bytes::copy_from_slice(&whole[..length])).unwrap_err();
        let is_truncated = matches!(cut.error, StreamError::Truncated { expected: "messageStop", .. });
        assert!(is_truncated, "{length}: {}", cut.error);
        if length >= stop {
            assert_eq!(cut.arrived.text(), "Hi");
            assert_eq!(cut.arrived.tool_uses().next().unwrap().input().text(), r#""{\"a""#);
        }
    }
    assert!(collect(&operation, whole.into()).is_ok());
    let invoke = InvokeModelWithResponseStream::new(model(), "{}").unwrap();
    let chunk = |json: &str| {
        event("chunk", &json!({"bytes": base64_simd::STANDARD.encode_to_string(json), "p": "x"}).to_string())
    };
    let begin =
        chunk(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#);
    assert!(collect(&invoke, begin.clone()).is_err());
    for more in [
        r#"{"contentBlockDelta":{}}"#,
        r#"{"generation":"a","stop_reason":null}"#,
        r#"{"choices":[{"finish_reason":null}]}"#,
        r#"{"is_finished":false,"text":"a"}"#,
    ] {
        assert!(collect(&invoke, chunk(more)).is_err(), "{more}");
    }
    assert!(collect(&invoke, chunk(r#"{"brand":"new"}"#)).is_ok(), "nothing is known of it");
    let end = chunk(
        r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"firstByteLatency":9}}"#,
    );
    let output = collect(&invoke, [begin, end].concat().into()).unwrap();
    let metrics = output.metrics().unwrap();
    assert_eq!(
        (metrics.input_token_count, metrics.output_token_count, metrics.first_byte_latency),
        (Some(3), None, Some(9))
    );
}

#[test]
fn checks_are_put_together_and_scored() {
    let checks = InvokeGuardrailChecks::typed([CheckedMessage::new(Role::User, "me@example.com")])
        .content_filter(["hate"])
        .sensitive_information(["EMAIL"]);
    let request = checks.request(&endpoint()).unwrap();
    assert_eq!(request.uri().path(), "/guardrail-checks/invoke");
    assert_eq!(
        serde_json::from_slice::<Value>(request.body()).unwrap(),
        json!({"messages": [{"role": "user", "content": [{"text": "me@example.com"}]}],
            "checks": {"contentFilter": {"categories": [{"category": "HATE"}]},
                "sensitiveInformation": {"entities": [{"type": "EMAIL"}]}}})
    );
    let answer = json!({"results": {
        "contentFilter": {"results": [{"category": "HATE", "severityScore": 0.25}]},
        "sensitiveInformation": {"truncated": true, "results": [{"type": "EMAIL", "confidenceScore": 1.0,
            "beginOffset": 0, "endOffset": 14, "messageIndex": 0, "contentIndex": 0}]}}, "usage": {}});
    let output = checks.decode(http::Response::new(answer.to_string().into())).unwrap();
    assert_eq!(output.content_filter()[0].category, "HATE");
    assert_eq!(output.sensitive_information()[0].end_offset, 14);
    assert!(output.is_truncated() && output.prompt_attack().is_empty());
    let refused = |checks: InvokeGuardrailChecks| checks.request(&endpoint()).unwrap_err().to_string();
    let message = || CheckedMessage::new(Role::User, "x");
    assert!(refused(InvokeGuardrailChecks::typed([])).starts_with("messages: is empty"));
    assert!(refused(InvokeGuardrailChecks::typed([message()])).starts_with("checks: is empty"));
    assert!(
        refused(InvokeGuardrailChecks::typed([message()]).content_filter(["A"; 6]))
            .contains("has 6 elements")
    );
    let other = InvokeGuardrailChecks::typed([message()]).prompt_attack(["jailbreak", "HATE"]);
    assert_eq!(
        refused(other),
        "checks.promptAttack.categories[1].category: is \"HATE\"; give one of JAILBREAK, PROMPT_INJECTION, \
         PROMPT_LEAKAGE"
    );
    let empty = InvokeGuardrailChecks::typed([message().text("")]).prompt_attack(["JAILBREAK"]);
    assert!(refused(empty).starts_with("messages[0].content[1].text"));
}

fn model() -> ModelId {
    ModelId::new("us.anthropic.claude-sonnet-4-20250514-v1:0").unwrap()
}

fn endpoint() -> Endpoint {
    Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &EndpointOptions::default()).unwrap()
}

fn document(body: &ConverseBody) -> Document {
    body.document(&model()).unwrap()
}

fn event(event_type: &str, payload: &str) -> Bytes {
    let headers = [
        (":event-type", event_type.into()),
        (":content-type", "application/json".into()),
        (":message-type", "event".into()),
    ];
    encode(headers, payload.as_bytes()).unwrap()
}

fn frame(bytes: Bytes) -> Frame {
    let mut decoder = Decoder::new();
    decoder.push(bytes);
    decoder.next_frame().unwrap().unwrap()
}
