//! A chat → a body of Claude's own shape, for InvokeModel.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>

use super::messages::{length, write_messages, write_system};
use super::tools::{schema_text, taken_names, tools_length, write_tool, write_tool_choice, write_tools};
use crate::gateway::bedrock::family::{Family, JsonSchema};
use crate::gateway::bedrock::history::{has_tool_blocks, is_begun};
use crate::gateway::bedrock::json_format::{JsonFormat, json_format};
use crate::gateway::bedrock::prepared::{Additional, Prepared};
use crate::gateway::bedrock::reasoning::{ToldToThink, told_to_think};
use crate::gateway::bedrock::restore::Restore;
use crate::gateway::bedrock::sampling::{drawn, stop_sequences};
use crate::gateway::bedrock::tool_names::ToolNames;
use crate::gateway::chat::{Chat, ToolChoice};
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::ObjectWriter;

const VERSION: &str = "bedrock-2023-05-31";
/// Room for what is short: sampling, thinking, the choice of a tool.
const REST: usize = 512;

/// The body. `max_tokens` is for chats that have none of their own: Claude must have one.
pub(in crate::gateway::bedrock) fn claude_body(
    chat: &Chat,
    family: &Family,
    max_tokens: u64,
) -> Result<Prepared, Refusal> {
    let mut dropped = Dropped::new(chat.drop_unsupported);
    let names = ToolNames::of(chat);
    let told = told_to_think(chat, family, &mut dropped)?;
    let may_use_tools = !chat.tools.is_empty() && chat.tool_choice != ToolChoice::None;
    let can_force = !may_use_tools && told.lets_force(family) && family.can_force_tools();
    let taken = taken_names(chat, &names);
    let format = json_format(chat, family, family.json_schema == JsonSchema::Everywhere, can_force, &taken);

    let answer = format.answer(is_begun(chat, family));
    let mut instruction = None;
    let mut schema = None;
    let mut json_tool = None;
    match format {
        JsonFormat::Text => {}
        JsonFormat::Native { schema: given, .. } => schema = Some(given.as_ref()),
        JsonFormat::Tool { tool, .. } => json_tool = Some(tool),
        JsonFormat::Instruction { text, .. } => instruction = Some(text),
    }
    let mut body = ObjectWriter::with_capacity(REST + length(chat) + tools_length(chat));
    body.string("anthropic_version", VERSION);
    let tokens = chat.max_tokens.unwrap_or(max_tokens.saturating_add(told.budget.unwrap_or(0)));
    if tokens == 0 {
        return Err(Refusal::field(chat.names.max_tokens, "is 0; give at least 1"));
    }
    body.value("max_tokens", &tokens.into());
    write_system(chat, family, instruction.as_deref(), &mut body);
    write_messages(chat, family, &names, body.array("messages"))?;
    if json_tool.is_some() || !chat.tools.is_empty() || has_tool_blocks(chat) {
        let mut tools = body.array("tools");
        write_tools(chat, family, &names, &mut tools)?;
        if let Some(tool) = &json_tool {
            write_tool(tool, &tool.name, family, tools.object())?;
        }
        drop(tools);
        match &json_tool {
            Some(tool) => {
                body.object("tool_choice").string("type", "tool").string("name", &tool.name);
            }
            None => write_tool_choice(chat, family, &names, may_use_tools, &mut dropped, &mut body)?,
        }
    }
    let mut stop = stop_sequences(chat, family).peekable();
    if stop.peek().is_some() {
        body.strings("stop_sequences", stop);
    }
    let drawn = drawn(chat, family, told.sampling(family), told.thinks, &mut dropped)?;
    for (name, number) in [("temperature", drawn.temperature), ("top_p", drawn.top_p)] {
        if let Some(number) = number {
            body.value(name, &number.clone().into());
        }
    }
    let mut additional = Additional::default();
    if let Some(top_k) = drawn.top_k {
        additional.add("top_k", top_k.to_string());
    }
    add_thinking(&told, schema, &mut additional)?;
    check_additional(chat)?;
    additional.write(&chat.additional, &mut body)?;
    Ok(Prepared {
        body: body.finish_document(),
        restore: Restore::new(names.back(), answer),
        dropped: dropped.params().to_vec(),
        can_stream: true,
    })
}

fn add_thinking(told: &ToldToThink, schema: Option<&[u8]>, body: &mut Additional) -> Result<(), Refusal> {
    if let Some((name, json)) = &told.member {
        body.add(name, json.clone());
    }
    let mut config = ObjectWriter::default();
    if let Some(effort) = told.effort {
        config.string("effort", effort);
    }
    if let Some(schema) = schema {
        let schema = schema_text("response_format", schema)?;
        config.object("format").string("type", "json_schema").raw("schema", schema);
    }
    let config = config.finish_text();
    if config != "{}" {
        body.add("output_config", config);
    }
    Ok(())
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
    use crate::gateway::chat::{Block, Effort, Reasoning, ResultBlock};
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
