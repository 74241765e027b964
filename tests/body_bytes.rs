//! The bytes of bodies that nest. A body is signed and cached as it is written: another order of members, or another
//! way to write the same text, is another body.

use bedwire::protocol::content::{
    Audio, AudioFormat, CachePoint, CacheTtl, ContentBlock, ConverseBody, DocumentBlock, Guardrail,
    GuardrailConfig, GuardrailTrace, Image, ImageFormat, InferenceConfig, Latency, MediaSource, Message,
    Reasoning, Role, ServiceTier, StreamProcessingMode, Tool, ToolChoice, ToolConfig, ToolResult,
    ToolResultStatus, Video, VideoFormat,
};
use bedwire::protocol::document::Document;
use bedwire::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::Operation;
use bedwire::protocol::operation::bedrock_runtime::{
    ApplyGuardrail, CheckedMessage, ClientRequestToken, ContentQualifier, CountTokens,
    GuardrailContentSource, InvokeGuardrailChecks, OutputScope, StartAsyncInvoke,
};
use bedwire::protocol::operation::s3::S3Uri;
use bedwire::protocol::video::{AspectRatio, Keyframe, LumaRay2, NovaImage, NovaReel, Shot};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[test]
fn blocks_in_messages() {
    let owned = MediaSource::S3 { uri: s3("film.mp4"), bucket_owner: Some("123456789012".to_owned()) };
    let user = Message::user()
        .text("say \"é\"\n\\{[")
        .image(PNG.to_vec())
        .document(DocumentBlock::of_text("notes", "a\tnote").context("why").citations(true))
        .document(DocumentBlock::of_content("pieces", ["one", "two"]))
        .block(ContentBlock::Video(Video::new(VideoFormat::Mp4, owned)))
        .block(ContentBlock::Audio(Audio::new(AudioFormat::Mp3, b"ID3".to_vec())))
        .block(ContentBlock::GuardText { text: "check".to_owned(), qualifiers: vec!["query".to_owned()] })
        .block(ContentBlock::GuardImage(Image::new(PNG)))
        .cache_point(CachePoint::new().ttl(CacheTtl::Hour1));
    let thought = Reasoning::Text { text: "hm".to_owned(), signature: Some("sig".to_owned()) };
    let assistant = Message::new(Role::Assistant)
        .block(ContentBlock::Reasoning(thought))
        .block(ContentBlock::Reasoning(Reasoning::Redacted("YQ==".to_owned())))
        .block(ContentBlock::ToolUse {
            tool_use_id: "t-1".to_owned(),
            name: "f".to_owned(),
            input: Document::new(r#"{ "n": 1.0 }"#),
        })
        .block(ContentBlock::Json(Document::new(r#"{ "text":"given" }"#)));
    let result = ToolResult::new("t-1")
        .text("sunny")
        .json(r#"{"t":1e2}"#)
        .image(Image::in_s3(ImageFormat::Png, s3("a.png")))
        .document(DocumentBlock::of_text("d", "x"))
        .status(ToolResultStatus::Error);
    let body = ConverseBody::new()
        .message(user)
        .message(assistant)
        .message(Message::user().tool_result(result).tool_result(ToolResult::new("t-2")))
        .message(Message::json(Document::new(r#"{"role":"assistant", "content":[]}"#)));
    assert_eq!(
        body.document(&model("m")).unwrap().text(),
        concat!(
            r#"{"messages":[{"role":"user","content":[{"text":"say \"é\"\n\\{["},"#,
            r#"{"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}},"#,
            r#"{"document":{"format":"txt","name":"notes","source":{"text":"a\tnote"},"#,
            r#""context":"why","citations":{"enabled":true}}},"#,
            r#"{"document":{"format":"txt","name":"pieces","source":{"content":[{"text":"one"},{"text":"two"}]}}},"#,
            r#"{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://demo/film.mp4","bucketOwner":"123456789012"}}}},"#,
            r#"{"audio":{"format":"mp3","source":{"bytes":"SUQz"}}},"#,
            r#"{"guardContent":{"text":{"text":"check","qualifiers":["query"]}}},"#,
            r#"{"guardContent":{"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}}},"#,
            r#"{"cachePoint":{"type":"default","ttl":"1h"}}]},"#,
            r#"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},"#,
            r#"{"reasoningContent":{"redactedContent":"YQ=="}},"#,
            r#"{"toolUse":{"toolUseId":"t-1","name":"f","input":{ "n": 1.0 }}},{ "text":"given" }]},"#,
            r#"{"role":"user","content":[{"toolResult":{"toolUseId":"t-1","content":[{"text":"sunny"},"#,
            r#"{"json":{"t":1e2}},{"image":{"format":"png","source":{"s3Location":{"uri":"s3://demo/a.png"}}}},"#,
            r#"{"document":{"format":"txt","name":"d","source":{"text":"x"}}}],"status":"error"}},"#,
            r#"{"toolResult":{"toolUseId":"t-2","content":[]}}]},{"role":"assistant", "content":[]}]}"#,
        )
    );
}

#[test]
fn everything_beside_the_messages() {
    let tools = ToolConfig::new()
        .tool(Tool::new("f", r#"{"type":"object", "z":1.0}"#).description("d").strict(true))
        .system_tool("nova_grounding")
        .cache_point(CachePoint::new());
    let guardrail = GuardrailConfig::new(Guardrail::new("abc", "1").unwrap())
        .trace(GuardrailTrace::Enabled)
        .stream_processing_mode(StreamProcessingMode::Async);
    let body = ConverseBody::prompt("Hi")
        .system("Be brief.")
        .system_cache_point(CachePoint::new())
        .inference_config(
            InferenceConfig::new().max_tokens(9).temperature(0.5).top_p(1.0).stop_sequence("\n"),
        )
        .tool_config(tools.clone().choice(ToolChoice::Tool("f".to_owned())))
        .guardrail_config(guardrail)
        .additional_model_request_fields(r#"{"top_k":1e1 }"#)
        .additional_model_response_field_path("/stop_sequence")
        .prompt_variable("name", "Ada")
        .request_metadata("team", "a")
        .latency(Latency::Optimized)
        .service_tier(ServiceTier::Flex)
        .json_schema(r#"{"type":"object"}"#)
        .json_schema_called("out", Some("what".to_owned()))
        .effort("low");
    assert_eq!(
        body.stream_document(&model("m")).unwrap().text(),
        concat!(
            r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"system":[{"text":"Be brief."},"#,
            r#"{"cachePoint":{"type":"default"}}],"#,
            r#""inferenceConfig":{"maxTokens":9,"temperature":0.5,"topP":1.0,"stopSequences":["\n"]},"#,
            r#""toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object", "z":1.0}},"#,
            r#""strict":true}},{"systemTool":{"name":"nova_grounding"}},{"cachePoint":{"type":"default"}}],"#,
            r#""toolChoice":{"tool":{"name":"f"}}},"#,
            r#""guardrailConfig":{"guardrailIdentifier":"abc","guardrailVersion":"1","trace":"enabled","streamProcessingMode":"async"},"#,
            r#""additionalModelRequestFields":{"top_k":1e1 },"#,
            r#""additionalModelResponseFieldPaths":["/stop_sequence"],"promptVariables":{"name":{"text":"Ada"}},"#,
            r#""requestMetadata":{"team":"a"},"performanceConfig":{"latency":"optimized"},"#,
            r#""serviceTier":{"type":"flex"},"#,
            r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\"}","name":"out","description":"what"}}},"#,
            r#""effort":"low"}}"#,
        )
    );
    let any = ConverseBody::prompt("Hi").inference_config(InferenceConfig::new());
    assert_eq!(
        any.tool_config(tools.choice(ToolChoice::Any)).document(&model("m")).unwrap().text(),
        concat!(
            r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{},"#,
            r#""toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object", "z":1.0}},"#,
            r#""strict":true}},{"systemTool":{"name":"nova_grounding"}},{"cachePoint":{"type":"default"}}],"#,
            r#""toolChoice":{"any":{}}}}"#,
        )
    );
}

#[test]
fn inputs_of_videos() {
    let frame = || Keyframe::new("image", PNG).unwrap();
    let luma = LumaRay2::new("a \"fox\"").aspect_ratio(AspectRatio::Ratio16x9).looping(true).frame0(frame());
    assert_eq!(
        luma.model_input().unwrap().text(),
        r#"{"prompt":"a \"fox\"","aspect_ratio":"16:9","loop":true,"keyframes":{"frame0":{"source":{"data":"iVBORw0KGgo=","media_type":"image/png","type":"base64"},"type":"image"}}}"#
    );
    let one = NovaReel::text_video("a fox").image(frame()).seed(7);
    assert_eq!(
        one.model_input().unwrap().text(),
        concat!(
            r#"{"taskType":"TEXT_VIDEO","textToVideoParams":{"images":[{"format":"png","source":{"bytes":"iVBORw0KGgo="}}],"#,
            r#""text":"a fox"},"#,
            r#""videoGenerationConfig":{"dimension":"1280x720","durationSeconds":6,"fps":24,"seed":7}}"#,
        )
    );
    let on_s3 = NovaImage::S3 { format: bedwire::protocol::video::ImageFormat::Jpeg, uri: s3("a.jpg") };
    let shots = [Shot::new("one").image(on_s3), Shot::new("two")];
    assert_eq!(
        NovaReel::multi_shot_manual(shots).model_input().unwrap().text(),
        concat!(
            r#"{"taskType":"MULTI_SHOT_MANUAL","multiShotManualParams":{"shots":[{"image":{"format":"jpeg","source":{"s3Location":{"uri":"s3://demo/a.jpg"}}},"#,
            r#""text":"one"},{"text":"two"}]},"videoGenerationConfig":{"dimension":"1280x720","fps":24}}"#,
        )
    );
    assert_eq!(
        NovaReel::multi_shot_automated("a fox", 12).model_input().unwrap().text(),
        r#"{"taskType":"MULTI_SHOT_AUTOMATED","multiShotAutomatedParams":{"text":"a fox"},"videoGenerationConfig":{"dimension":"1280x720","durationSeconds":12,"fps":24}}"#
    );
}

#[test]
fn other_operations() {
    let apply = ApplyGuardrail::typed(Guardrail::new("abc", "1").unwrap(), GuardrailContentSource::Input)
        .text("a")
        .qualified_text("b", [ContentQualifier::Query])
        .image(PNG.to_vec())
        .output_scope(OutputScope::Full);
    assert_eq!(
        body(&apply),
        r#"{"source":"INPUT","content":[{"text":{"text":"a"}},{"text":{"text":"b","qualifiers":["query"]}},{"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}}],"outputScope":"FULL"}"#
    );
    let checks = InvokeGuardrailChecks::typed([CheckedMessage::new(Role::User, "a").text("b")])
        .content_filter(["HATE"])
        .sensitive_information(["EMAIL"]);
    assert_eq!(
        body(&checks),
        concat!(
            r#"{"messages":[{"content":[{"text":"a"},{"text":"b"}],"role":"user"}],"#,
            r#""checks":{"contentFilter":{"categories":[{"category":"HATE"}]},"#,
            r#""sensitiveInformation":{"entities":[{"type":"EMAIL"}]}}}"#,
        )
    );
    let model_id = model("anthropic.claude-sonnet-4");
    let counted = CountTokens::converse(&model_id, r#"{"system":[ ],"x":1,"messages":[]}"#).unwrap();
    assert_eq!(body(&counted), r#"{"input":{"converse":{"messages":[],"system":[ ]}}}"#);
    let counted = CountTokens::invoke_model(&model_id, r#"{"a":1}"#).unwrap();
    assert_eq!(body(&counted), r#"{"input":{"invokeModel":{"body":"eyJhIjoxfQ=="}}}"#);
    let token = ClientRequestToken::new("t").unwrap();
    let start =
        StartAsyncInvoke::new(model("luma.ray-v2:0"), r#"{"prompt": "a"}"#, s3("out/"), token).unwrap();
    let start = start.bucket_owner("123456789012").unwrap().tag("k", "v").unwrap();
    let start = start.kms_key_id("arn:aws:kms:us-west-2:123456789012:alias/a").unwrap();
    assert_eq!(
        body(&start),
        concat!(
            r#"{"clientRequestToken":"t","modelId":"luma.ray-v2:0","modelInput":{"prompt": "a"},"#,
            r#""outputDataConfig":{"s3OutputDataConfig":{"bucketOwner":"123456789012","kmsKeyId":"arn:aws:kms:us-west-2:123456789012:alias/a","s3Uri":"s3://demo/out/"}},"#,
            r#""tags":[{"key":"k","value":"v"}]}"#,
        )
    );
}

fn body<O: Operation>(operation: &O) -> String {
    let endpoint = Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &EndpointOptions::default());
    let request = operation.request(&endpoint.unwrap()).unwrap();
    String::from_utf8(request.into_body().to_vec()).unwrap()
}

fn model(id: &str) -> ModelId {
    ModelId::new(id).unwrap()
}

fn s3(key: &str) -> S3Uri {
    S3Uri::new(format!("s3://demo/{key}")).unwrap()
}
