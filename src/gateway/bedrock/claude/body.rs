//! A chat → a body of Claude's own shape, for InvokeModel.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html>

use super::messages::{length, write_cache_control, write_messages, write_system};
use crate::gateway::bedrock::family::{Caching, Family, JsonSchema};
use crate::gateway::bedrock::history::{GONE, has_tool_blocks, tool_uses};
use crate::gateway::bedrock::json_format::{JsonFormat, json_format};
use crate::gateway::bedrock::prepared::{Additional, Prepared};
use crate::gateway::bedrock::reasoning::{ToldToThink, told_to_think};
use crate::gateway::bedrock::restore::Restore;
use crate::gateway::bedrock::sampling::{drawn, stop_sequences};
use crate::gateway::bedrock::schema::{is_closed, object_schema};
use crate::gateway::bedrock::tool_names::{ToolNames, checked_tool};
use crate::gateway::chat::{Chat, Tool, ToolChoice};
use crate::gateway::left_out::LeftOut;
use crate::gateway::refusal::Refusal;
use crate::protocol::document::{ArrayWriter, ObjectWriter};
use bytes::Bytes;
use std::collections::BTreeSet;

const VERSION: &str = "bedrock-2023-05-31";
/// Room for what is short: sampling, thinking, the choice of a tool.
const REST: usize = 512;

/// The body. `max_tokens` is for chats that have none of their own: Claude must have one.
pub(in crate::gateway::bedrock) fn claude_body(
    chat: &Chat,
    family: &str,
    max_tokens: u64,
) -> Result<Prepared, Refusal> {
    let family = Family::of(family);
    let mut left_out = LeftOut::new(chat.drop_unsupported);
    let names = ToolNames::of(chat);
    let told = told_to_think(chat, family, &mut left_out)?;
    let may_use_tools = !chat.tools.is_empty() && chat.tool_choice != ToolChoice::None;
    let can_force = !may_use_tools && !told.thinks && family.can_force_tools();
    let taken = taken_names(chat, &names);
    let format = json_format(chat, family.json_schema == JsonSchema::Everywhere, can_force, &taken);

    let mut instruction = None;
    let mut schema = None;
    let mut json_tool = None;
    match format {
        JsonFormat::Text => {}
        JsonFormat::Native { schema: given, .. } => schema = Some(given.as_ref()),
        JsonFormat::Tool(tool) => json_tool = Some(tool),
        JsonFormat::Instruction(text) => instruction = Some(text),
    }
    let mut body = ObjectWriter::with_capacity(REST + length(chat) + tools_length(chat));
    body.string("anthropic_version", VERSION);
    let tokens = chat.max_tokens.unwrap_or(max_tokens.saturating_add(told.budget.unwrap_or(0)));
    if tokens == 0 {
        return Err(Refusal::field("max_tokens", "is 0; give at least 1"));
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
            None => write_tool_choice(chat, family, &names, may_use_tools, &mut left_out, &mut body)?,
        }
    }
    let mut stop = stop_sequences(chat, family).peekable();
    if stop.peek().is_some() {
        body.strings("stop_sequences", stop);
    }
    let drawn = drawn(chat, family, told.sampling(family), told.thinks, &mut left_out)?;
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
    let json_tool = json_tool.map(|tool| tool.name);
    Ok(Prepared {
        body: body.finish_document(),
        restore: Restore::new(names.back(), json_tool),
        dropped: left_out.params().to_vec(),
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
        let schema = text("response_format", schema)?;
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

/// Writes the tools; where a chat once had tools and has none now, their names with nothing behind them.
fn write_tools(
    chat: &Chat,
    family: &Family,
    names: &ToolNames,
    tools: &mut ArrayWriter<'_>,
) -> Result<(), Refusal> {
    if chat.tools.is_empty() && has_tool_blocks(chat) {
        for name in taken_names(chat, names) {
            let mut tool = tools.object();
            tool.string("name", &name).string("description", GONE);
            tool.raw("input_schema", text("tools", &object_schema(None))?);
        }
    }
    for tool in &chat.tools {
        write_tool(tool, names.fit(&tool.name), family, tools.object())?;
    }
    Ok(())
}

/// About how long the tools are as JSON.
fn tools_length(chat: &Chat) -> usize {
    const NAMES: usize = 160;
    let of_tool = |tool: &Tool| {
        tool.description.as_ref().map_or(0, String::len) + tool.input_schema.as_ref().map_or(0, Bytes::len)
    };
    chat.tools.iter().map(|tool| NAMES + of_tool(tool)).sum()
}

fn taken_names(chat: &Chat, names: &ToolNames) -> BTreeSet<String> {
    let tools = chat.tools.iter().map(|tool| tool.name.as_str());
    let mut taken: BTreeSet<String> =
        tools.chain(tool_uses(chat).map(|(_, name)| name)).map(|name| names.fit(name).to_owned()).collect();
    if taken.is_empty() && has_tool_blocks(chat) {
        // Results without uses: the service says so, in its own words.
        taken.insert("tool".to_owned());
    }
    taken
}

fn write_tool(tool: &Tool, name: &str, family: &Family, mut json: ObjectWriter<'_>) -> Result<(), Refusal> {
    json.string("name", name);
    if let Some(description) = tool.description.as_deref().filter(|text| !text.trim().is_empty()) {
        json.string("description", description);
    }
    let schema = object_schema(tool.input_schema.as_ref());
    json.raw("input_schema", text(&format!("tools.{}", tool.name), &schema)?);
    if tool.strict == Some(true) && family.json_schema == JsonSchema::Everywhere && is_closed(&schema) {
        json.value("strict", &true.into());
    }
    if let Some(point) = tool.cache_point.filter(|_| family.caching > Caching::No) {
        write_cache_control(point, family, &mut json);
    }
    Ok(())
}

fn write_tool_choice(
    chat: &Chat,
    family: &Family,
    names: &ToolNames,
    may_use_tools: bool,
    left_out: &mut LeftOut,
    body: &mut ObjectWriter<'_>,
) -> Result<(), Refusal> {
    if !may_use_tools {
        body.object("tool_choice").string("type", "none");
        return Ok(());
    }
    let alone = chat.parallel_tool_calls == Some(false) || chat.takes_one_tool;
    let is_forced = matches!(chat.tool_choice, ToolChoice::Required | ToolChoice::Tool(_));
    let (kind, name) = if is_forced && !family.can_force_tools() {
        left_out.param("tool_choice", "cannot force a tool with this model; give auto or none")?;
        ("auto", None)
    } else {
        match &chat.tool_choice {
            ToolChoice::Unset if !alone => return Ok(()),
            ToolChoice::Required => ("any", None),
            ToolChoice::Tool(name) => ("tool", Some(names.fit(checked_tool(chat, name)?))),
            ToolChoice::Unset | ToolChoice::Auto | ToolChoice::None => ("auto", None),
        }
    };
    let mut choice = body.object("tool_choice");
    choice.string("type", kind);
    if let Some(name) = name {
        choice.string("name", name);
    }
    if alone {
        choice.value("disable_parallel_tool_use", &true.into());
    }
    Ok(())
}

/// JSON that passes through: it was parsed before, so it is text.
fn text<'a>(param: &str, json: &'a [u8]) -> Result<&'a str, Refusal> {
    std::str::from_utf8(json).map_err(|_| Refusal::field(param, "is no UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bedrock::chats::{asked, chat, result, schema, text, tool, user};
    use crate::gateway::chat::{Block, Effort, Reasoning};
    use crate::protocol::content::CachePoint;

    fn body(chat: &Chat, family: &str) -> String {
        match claude_body(chat, family, 4096) {
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
        let forced = claude_body(&chat, "anthropic.claude-sonnet-4", 10).unwrap();
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
}
