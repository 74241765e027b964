//! Every body that is made fits the model of the service, whatever the chat and the family.

use super::chats::{asked, call, chat, log_pair, result, schema, text, tool, user};
use super::claude::claude_body;
use super::converse::converse_body;
use super::family::Family;
use super::history::has_tool_blocks;
use super::shapes::{Model, claude_problems};
use crate::gateway::chat::{
    Block, Chat, Effort, Format, Message, Reasoning, ResultBlock, Role, Sampling, ToolChoice,
};
use crate::protocol::content::{CachePoint, CacheTtl, DocumentBlock, DocumentFormat, Image, ServiceTier};
use crate::protocol::model::ModelId;
use bytes::Bytes;

const FAMILIES: [&str; 17] = [
    "anthropic.claude-3-haiku-20240307",
    "anthropic.claude-3-7-sonnet-20250219",
    "anthropic.claude-sonnet-4-5-20250929",
    "anthropic.claude-opus-4-7",
    "anthropic.claude-opus-5-5",
    "amazon.nova-lite",
    "amazon.nova-2-lite",
    "meta.llama3-1-8b-instruct",
    "mistral.mistral-large-2407",
    "mistral.mistral-7b-instruct",
    "amazon.titan-text-express",
    "cohere.command-r",
    "openai.gpt-oss-120b-1",
    "openai.gpt-6-sol",
    "deepseek.r1",
    "deepseek.v3",
    "writer.palmyra-x5",
];

/// A change of a chat.
type Change = fn(&mut Chat);

/// Each is made alone and together with each other.
const CHANGES: [Change; 17] = [
    |chat| {
        chat.system = vec![
            text("Be brief."),
            Block::CachePoint(CachePoint::new().ttl(CacheTtl::Hour1)),
            text("And kind."),
        ];
    },
    |chat| {
        let mut weather = tool("get.weather", r##"{"$ref":"#/$defs/a"}"##);
        weather.cache_point = Some(CachePoint::new());
        weather.strict = Some(true);
        let mut none = tool("none", "{}");
        (none.input_schema, none.description) = (None, Some(" ".to_owned()));
        chat.tools = vec![weather, none];
    },
    |chat| {
        let asked = Message {
            role: Role::Assistant,
            blocks: vec![
                Block::Thinking { text: "hm".to_owned(), signature: "sig".to_owned() },
                Block::RedactedThinking("AAAA".to_owned()),
                call("call_0", "get.weather", r#"{"a":1.0}"#),
                call("call/1", "old tool", "{}"),
            ],
        };
        let content = vec![
            ResultBlock::Json(Bytes::from_static(b"{\"a\":1}")),
            ResultBlock::Json(Bytes::from_static(b"[1]")),
            ResultBlock::Image(Image::new(&b"\xff\xd8\xff"[..])),
        ];
        let failed = Block::ToolResult { tool_use_id: "call/1".to_owned(), content, is_error: true };
        chat.messages.extend([asked, user(vec![text("Well?"), result("call_0", ""), failed])]);
    },
    |chat| {
        chat.messages.extend([asked("call_0", "f", "{}"), user(vec![result("call_0", "1")])]);
    },
    |chat| {
        let document = |name: &str| Block::Document(DocumentBlock::of_text(name, "text"));
        let pdf = DocumentBlock::new(DocumentFormat::Pdf, "a.pdf", Bytes::from_static(b"%PDF"));
        let assistant = Message { role: Role::Assistant, blocks: vec![text("Well,")] };
        let files = user(vec![document("a_b"), document("a_b"), Block::Document(pdf)]);
        chat.messages.extend([assistant, files]);
    },
    |chat| chat.messages.push(Message { role: Role::Assistant, blocks: vec![text("So ")] }),
    |chat| chat.tool_choice = ToolChoice::None,
    |chat| chat.tool_choice = ToolChoice::Required,
    |chat| chat.format = Format::JsonObject,
    |chat| chat.format = schema(r#"{"type":"object","additionalProperties":false}"#),
    |chat| chat.format = schema(r#"{"anyOf":[]}"#),
    |chat| chat.format = schema(r##"{"type":"array","items":{"$ref":"#/$defs/a"},"$defs":{"a":{}}}"##),
    |chat| chat.tools = vec![tool("optional", r#"{"type":["object","null"],"maxProperties":1}"#)],
    |chat| chat.reasoning = Some(Reasoning::Effort(Effort::High)),
    |chat| chat.reasoning = Some(Reasoning::Off),
    |chat| {
        let number = serde_json::Number::from_f64(0.5);
        chat.sampling = Sampling { temperature: number.clone(), top_p: number, top_k: Some(5.into()) };
        chat.max_tokens = Some(2000);
        chat.stop = vec!["END".to_owned(), " ".to_owned()];
        chat.parallel_tool_calls = Some(false);
    },
    |chat| {
        chat.metadata = vec![log_pair("team", "a"), log_pair("\u{e9}", "")];
        chat.service_tier = Some(ServiceTier::Flex);
    },
];

#[test]
fn every_body_fits() {
    let Some(model) = Model::bedrock_runtime() else { return };
    let mut checked = 0;
    for (first, change) in CHANGES.iter().enumerate() {
        for (second, other) in CHANGES.iter().enumerate() {
            let mut chat = Chat { drop_unsupported: true, ..chat("Hi") };
            change(&mut chat);
            other(&mut chat);
            for family in FAMILIES {
                let has_tools = !chat.tools.is_empty() || has_tool_blocks(&chat);
                let id = ModelId::new(family).unwrap();
                let known = Family::of(family);
                let (prepared, problems) = if has_tools && known.is_claude() {
                    let prepared = claude_body(&chat, known, 4096).unwrap();
                    let problems = claude_problems(prepared.body.bytes());
                    (prepared, problems)
                } else {
                    let prepared = converse_body(&chat, &id, known).unwrap();
                    let problems = model.problems("Converse", prepared.body.bytes());
                    (prepared, problems)
                };
                let body = prepared.body.text();
                assert_eq!(problems, [""; 0], "{family}, changes {first} and {second}: {body}");
                checked += 1;
            }
        }
    }
    assert_eq!(checked, CHANGES.len() * CHANGES.len() * FAMILIES.len());
}

#[test]
fn what_does_not_fit_is_found() {
    let Some(model) = Model::bedrock_runtime() else { return };
    for (body, expected) in [
        (r#"{"messages":[{"content":[]}]}"#, "$.messages[0]: role is missing"),
        (r#"{"messages":[{"role":"tool","content":[]}]}"#, "\"tool\" is none of its words"),
        (r#"{"messages":[{"role":"user","content":[{"text":"a","image":{}}]}]}"#, "a union has 2 members"),
        (r#"{"inferenceConfig":{"temperature":1.5}}"#, "is 1.5"),
        (r#"{"inferenceConfig":{"maxTokens":0}}"#, "is 0"),
        (
            r#"{"toolConfig":{"tools":[{"toolSpec":{"name":"a.b","inputSchema":{"json":{}}}}]}}"#,
            "is not of the form",
        ),
        (r#"{"toolConfig":{"tools":[]}}"#, "0 elements"),
        (r#"{"requestMetadata":{}}"#, "0 pairs"),
        (r#"{"colour":1}"#, "there is no such member"),
    ] {
        let problems = model.problems("Converse", body.as_bytes());
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{body}: {problems:?}");
    }
}
