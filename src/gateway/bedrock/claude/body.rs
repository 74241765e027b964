//! A plan → a body of Claude's own shape, for InvokeModel.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>

use super::messages::{length, write_messages, write_system};
use super::tools::{schema_text, tools_length, write_tools};
use crate::gateway::bedrock::family::Family;
use crate::gateway::bedrock::plan::Plan;
use crate::gateway::bedrock::prepared::{Form, Prepared};
use crate::gateway::bedrock::sampling::stop_sequences;
use crate::gateway::chat::Chat;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::ObjectWriter;
use crate::protocol::operation::bedrock_runtime::InvocationOptions;

const VERSION: &str = "bedrock-2023-05-31";
/// Room for what is short: sampling, thinking, the choice of a tool.
const REST: usize = 512;

/// The body, and the headers beside it. `max_tokens` is for chats that have none of their own: Claude must have one.
pub(in crate::gateway::bedrock) fn claude_body(
    chat: &Chat,
    family: &Family,
    max_tokens: u64,
) -> Result<Prepared, Refusal> {
    let plan = Plan::of(chat, family, Form::Claude)?;
    check_additional(chat)?;
    let mut body = ObjectWriter::with_capacity(REST + length(chat) + tools_length(&plan.tools));
    body.string("anthropic_version", VERSION);
    let unsaid = max_tokens.saturating_add(plan.told.budget.unwrap_or(0));
    body.value("max_tokens", &plan.max_tokens.map_or(unsaid, u64::from).into());
    write_system(&plan, &mut body);
    write_messages(&plan, body.array("messages"))?;
    write_tools(&plan.tools, family, &mut body)?;
    let mut stop = stop_sequences(chat, family).peekable();
    if stop.peek().is_some() {
        body.strings("stop_sequences", stop);
    }
    for (name, number) in [("temperature", plan.drawn.temperature), ("top_p", plan.drawn.top_p)] {
        if let Some(number) = number {
            body.value(name, &number.clone().into());
        }
    }
    let mut additional = plan.additional();
    if let Some(config) = output_config(&plan)? {
        additional.add("output_config", config);
    }
    additional.write(&chat.additional, &mut body)?;
    let options = options(&plan)?;
    Ok(Prepared { options, ..plan.prepared(body.finish_document()) })
}

/// How hard it thinks, and what it holds its answer to.
fn output_config(plan: &Plan<'_>) -> Result<Option<String>, Refusal> {
    if plan.told.effort.is_none() && plan.schema.is_none() {
        return Ok(None);
    }
    let mut config = ObjectWriter::default();
    if let Some(effort) = plan.told.effort {
        config.string("effort", effort);
    }
    if let Some(schema) = plan.schema {
        let schema = schema_text("response_format", schema.json)?;
        config.object("format").string("type", "json_schema").raw("schema", schema);
    }
    Ok(Some(config.finish_text()))
}

/// What Converse has in its body stands in headers here.
fn options(plan: &Plan<'_>) -> Result<InvocationOptions, Refusal> {
    let mut options = InvocationOptions::new();
    if let Some(tier) = plan.chat.service_tier {
        options = options.service_tier(tier);
    }
    if plan.log_pairs.is_empty() {
        return Ok(options);
    }
    let mut metadata = ObjectWriter::default();
    for (key, value) in &plan.log_pairs {
        metadata.string(key, value);
    }
    Ok(options.request_metadata(metadata.finish())?)
}

/// What a client gives by its own name must not stand twice in the body, nor be what Bedrock has elsewhere.
fn check_additional(chat: &Chat) -> Result<(), Refusal> {
    const OURS: [&str; 12] = [
        "anthropic_version",
        "max_tokens",
        "messages",
        "model",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
        "service_tier",
    ];
    match chat.additional.iter().find(|(name, _)| OURS.contains(&name.as_str())) {
        Some((name, _)) => Err(Refusal::field(name, "cannot be given a second time; leave it out")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bedrock::chats::{asked, chat, result, schema, text, tool, user};
    use crate::gateway::chat::{Block, Effort, Reasoning, ResultBlock, ToolChoice};
    use crate::protocol::content::{CachePoint, CacheTtl, DocumentBlock, Image};
    use bytes::Bytes;

    fn body(chat: &Chat, family: &str) -> String {
        match claude_body(chat, Family::of(family), 4096) {
            Ok(prepared) => prepared.body.text().into_owned(),
            Err(refusal) => format!("refused: {}", refusal.message()),
        }
    }

    #[test]
    fn a_chat_with_tools() {
        let mut chat = chat("Hi");
        chat.system.extend([text("Be brief."), Block::CachePoint(CachePoint::new())]);
        chat.tools.push(tool("f", r#"{"z":1.0,"type":"object"}"#));
        chat.parallel_tool_calls = Some(false);
        chat.messages
            .extend([asked("call.1", "f", r#"{"b":1.0,"a":2}"#), user(vec![result("call.1", "sunny")])]);
        assert_eq!(
            body(&chat, "anthropic.claude-sonnet-4"),
            concat!(
                r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":4096,"#,
                r#""system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"#,
                r#""messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]},"#,
                r#"{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":{"b":1.0,"a":2}}]},"#,
                r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":[{"type":"text","text":"sunny"}]}]}],"#,
                r#""tools":[{"name":"f","input_schema":{"z":1.0,"type":"object"}}],"#,
                r#""tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"#,
            )
        );
    }

    #[test]
    fn every_choice_of_a_tool() {
        let mut chat = chat("Hi");
        chat.tools.push(tool("f", "{}"));
        let family = "anthropic.claude-sonnet-4";
        for (choice, expected) in [
            (ToolChoice::Unset, None),
            (ToolChoice::Auto, Some(r#"{"type":"auto"}"#)),
            (ToolChoice::None, Some(r#"{"type":"none"}"#)),
            (ToolChoice::Required, Some(r#"{"type":"any"}"#)),
            (ToolChoice::Tool("f".to_owned()), Some(r#"{"type":"tool","name":"f"}"#)),
        ] {
            chat.tool_choice = choice;
            let body = body(&chat, family);
            let found = body.split_once(r#""tool_choice":"#).map(|(_, rest)| rest.trim_end_matches('}'));
            assert_eq!(found, expected.map(|expected| expected.trim_end_matches('}')), "{body}");
        }
        chat.tool_choice = ToolChoice::Tool("g".to_owned());
        assert_eq!(body(&chat, family), r#"refused: tool_choice names "g", which is none of the tools"#);
        chat.tool_choice = ToolChoice::Required;
        assert!(body(&chat, "anthropic.claude-opus-5-5").starts_with("refused: tool_choice cannot force"));
        chat.reasoning = Some(Reasoning::Effort(Effort::Low));
        assert!(
            body(&chat, family)
                .starts_with("refused: reasoning_effort cannot be given where a tool is forced")
        );
    }

    #[test]
    fn a_history_of_tools_without_tools_forbids_them() {
        let mut chat = chat("Hi");
        chat.messages.extend([asked("1", "f", "{}"), user(vec![result("1", "x")])]);
        assert!(body(&chat, "anthropic.claude-sonnet-4").contains(r#""tool_choice":{"type":"none"}"#));
        chat.format = schema(r#"{"type":"object"}"#);
        let forced = claude_body(&chat, Family::of("anthropic.claude-sonnet-4"), 10).unwrap();
        assert!(forced.restore.is_json_tool("out"), "{}", forced.body.text());
        chat.tools.push(tool("f", "{}"));
        assert!(body(&chat, "anthropic.claude-sonnet-4").contains("It must be valid by this JSON schema"));
    }

    #[test]
    fn thoughts_take_their_tokens_beside_those_of_the_answer() {
        let mut chat = chat("Hi");
        chat.tools.push(tool("f", "{}"));
        chat.reasoning = Some(Reasoning::Budget(2000));
        let body = body(&chat, "anthropic.claude-sonnet-4");
        assert!(body.contains(r#""max_tokens":6096"#), "{body}");
        assert!(body.ends_with(r#""thinking":{"type":"enabled","budget_tokens":2000}}"#), "{body}");
    }

    #[test]
    fn the_last_word_is_not_the_assistants_where_it_cannot_be() {
        let mut chat = chat("Hi");
        chat.tools.push(tool("f", "{}"));
        chat.messages.push(crate::gateway::chat::Message {
            role: crate::gateway::chat::Role::Assistant,
            blocks: vec![text("Well, \n")],
        });
        assert!(body(&chat, "anthropic.claude-sonnet-4").contains(r#""text":"Well,"}]}],"#));
        assert!(body(&chat, "anthropic.claude-opus-4-7").contains(
            r#""text":"Well,"}]},{"role":"user","content":[{"type":"text","text":"Continue."}]}],"#
        ));
    }

    #[test]
    fn every_kind_of_block() {
        let pdf =
            DocumentBlock::of_file("f", "a.pdf", b"%PDF".to_vec()).unwrap().context("why").citations(true);
        let csv = DocumentBlock::of_file("f", "b.csv", b"a,\"b\"".to_vec()).unwrap();
        let point = || Block::CachePoint(CachePoint::new().ttl(CacheTtl::Hour1));
        let image = || Image::new(&b"\xff\xd8\xff"[..]);
        let mut chat = chat("Hi");
        chat.system.extend([text("one"), text("two"), point()]);
        chat.messages[0].blocks.extend([
            point(),
            Block::Image(image()),
            Block::Document(pdf),
            point(),
            point(),
            Block::Document(csv),
            Block::Document(DocumentBlock::of_content("pieces", ["a", "b"])),
        ]);
        let thought = Block::Thinking { text: "hm".to_owned(), signature: "sig".to_owned() };
        let redacted = Block::RedactedThinking("YQ==".to_owned());
        let mut used = asked("1", "f", "{}");
        used.blocks.splice(0..0, [thought, redacted, point()]);
        let content = vec![
            ResultBlock::Text(" ".to_owned()),
            ResultBlock::Json(Bytes::from_static(b"[1]")),
            ResultBlock::Image(image()),
            ResultBlock::Document(DocumentBlock::of_text("pieces", "x")),
        ];
        let failed = Block::ToolResult { tool_use_id: "1".to_owned(), content, is_error: true };
        let nothing = Block::ToolResult { tool_use_id: "1".to_owned(), content: Vec::new(), is_error: false };
        chat.messages.extend([used, user(vec![failed, nothing, point()])]);
        let mut last = tool("g", r#"{"type":"object","additionalProperties":false}"#);
        (last.strict, last.cache_point) = (Some(true), Some(CachePoint::new()));
        last.description = Some("d".to_owned());
        chat.tools.extend([tool("f", "{}"), last]);
        chat.sampling.temperature = serde_json::Number::from_f64(0.5);
        chat.stop.push("END".to_owned());
        chat.additional.push(("top_k".to_owned(), Bytes::from_static(b"1e1")));
        assert_eq!(
            body(&chat, "anthropic.claude-sonnet-4-5"),
            concat!(
                r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":4096,"system":[{"type":"text","text":"one"},"#,
                r#"{"type":"text","text":"two","cache_control":{"type":"ephemeral","ttl":"1h"}}],"#,
                r#""messages":[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral","ttl":"1h"}},"#,
                r#"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/"}},"#,
                r#"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="},"#,
                r#""title":"a","context":"why","citations":{"enabled":true},"#,
                r#""cache_control":{"type":"ephemeral","ttl":"1h"}},"#,
                r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"a,\"b\""},"title":"b"},"#,
                r#"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"a"},"#,
                r#"{"type":"text","text":"b"}]},"title":"pieces"}]},"#,
                r#"{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},"#,
                r#"{"type":"redacted_thinking","data":"YQ=="},{"type":"tool_use","id":"1","name":"f","input":{}}]},"#,
                r#"{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"[1]"},"#,
                r#"{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/"}},"#,
                r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"},"#,
                r#""title":"pieces (2)"}],"is_error":true},"#,
                r#"{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"(no output)"}],"#,
                r#""cache_control":{"type":"ephemeral","ttl":"1h"}}]}],"#,
                r#""tools":[{"name":"f","input_schema":{"type":"object","properties":{}}},"#,
                r#"{"name":"g","description":"d","input_schema":{"type":"object","additionalProperties":false},"#,
                r#""strict":true,"cache_control":{"type":"ephemeral"}}],"stop_sequences":["END"],"#,
                r#""temperature":0.5,"top_k":1e1}"#,
            )
        );
    }
}
