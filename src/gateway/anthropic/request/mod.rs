//! A request of Anthropic's shape → a chat, for models that are no Claude.
//! <https://docs.anthropic.com/en/api/messages>
//!
//! | file | job |
//! |---|---|
//! | `messages`, `block`, `tool_result` | what is said |
//! | `media` | images and documents |
//! | `cache_control` | where a prompt is cached up to |
//! | `tools` | tools, and whether one must be used |
//! | `settings` | how the answer is drawn, thinking, format, tier, metadata |

mod block;
mod cache_control;
mod media;
mod messages;
mod settings;
mod tool_result;
mod tools;

use super::asked_message::AskedMessage;
use crate::gateway::chat::{Chat, ParamNames};
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use cache_control::{cache_last, cache_point};

/// What of a long chat a Claude forgets on Anthropic's own platform, and how soon it answers there: coding agents say
/// so unasked.
const AS_GOOD_WITHOUT: [&str; 2] = ["context_management", "speed"];

/// The chat that a request asks to be answered.
pub(super) fn chat(asked: &AskedMessage<'_>, dropped: &mut Dropped) -> Result<Chat, Refusal> {
    asked.body.required("max_tokens")?;
    counted_chat(asked, dropped)
}

/// The chat whose tokens are to be counted: it needs no `max_tokens`.
pub(super) fn counted_chat(asked: &AskedMessage<'_>, dropped: &mut Dropped) -> Result<Chat, Refusal> {
    let mut chat = Chat {
        names: ParamNames::ANTHROPIC,
        drop_unsupported: dropped.drops_unsupported(),
        thinking_is_wish: true,
        ..Chat::default()
    };
    let mut said = messages::messages(asked.body.required("messages")?)?;
    chat.messages = said.messages;
    for (name, node) in asked.body.members() {
        match name {
            "system" => chat.system = messages::system(node)?,
            "tools" => chat.tools = tools::tools(node, dropped)?,
            "tool_choice" => tools::choose(&mut chat, node)?,
            "max_tokens" => chat.max_tokens = Some(node.at_least(1)?),
            "cache_control" => {
                if let Some(point) = cache_point(&asked.body)? {
                    cache_last(&mut chat.messages, point);
                }
            }
            // Betas are Claude's.
            "model" | "stream" | "messages" | "anthropic_version" | "anthropic_beta" => {}
            _ if node.asks_nothing() => {}
            _ if AS_GOOD_WITHOUT.contains(&name) => dropped.in_any_case(name),
            _ if settings::set(&mut chat, name, node)? => {}
            _ => dropped.param(name, "is nothing that this model can be given; leave it out")?,
        }
    }
    chat.system.append(&mut said.system);
    settings::think(&mut chat, &asked.body)?;
    tools::without_dropped(&mut chat, &asked.body, dropped)?;
    Ok(chat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::anthropic::asked_message;
    use crate::gateway::chat::{Block, Effort, Format, Reasoning, ResultBlock, Role, ToolChoice};

    fn read(members: &str) -> Result<Chat, Refusal> {
        read_with(members, &mut Dropped::new(false))
    }

    fn read_with(members: &str, dropped: &mut Dropped) -> Result<Chat, Refusal> {
        let body = format!(r#"{{"model":"m","max_tokens":4096,{members}}}"#);
        let body = body.into();
        chat(&AskedMessage::read(&asked_message::read(&body)?)?, dropped)
    }

    fn said(blocks: &str) -> Result<Chat, Refusal> {
        read(&format!(r#""messages":[{{"role":"user","content":{blocks}}}]"#))
    }

    const HI: &str = r#""messages":[{"role":"user","content":"hi"}]"#;
    const PNG: &str = "iVBORw0KGgo=";

    #[test]
    fn neighbours_are_merged_and_the_blank_is_left_out() {
        let chat = read(
            r#""system":[{"type":"text","text":" "},{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],
            "messages":[
                {"role":"assistant","content":"  "},
                {"role":"user","content":"a"},
                {"role":"user","content":[{"type":"text","text":"b"},{"type":"text","text":""}]},
                {"role":"assistant","content":[
                    {"type":"thinking","thinking":"t","signature":"sig"},
                    {"type":"thinking","thinking":"unsigned","signature":""},
                    {"type":"redacted_thinking","data":"AAAA"},
                    {"type":"tool_use","id":"t1","name":"f","input":{ "z":1.0, "a":2 }}
                ]},
                {"role":"user","content":[
                    {"type":"tool_result","tool_use_id":"t1","content":"ok","is_error":true},
                    {"type":"tool_result","tool_use_id":"t2","cache_control":{"type":"ephemeral","ttl":"1h"}}
                ]}
            ]"#,
        )
        .unwrap();
        assert!(matches!(chat.system.as_slice(), [Block::Text(text), Block::CachePoint(_)] if text == "s"));
        let roles: Vec<Role> = chat.messages.iter().map(|message| message.role).collect();
        assert_eq!(roles, [Role::User, Role::Assistant, Role::User]);
        assert!(
            matches!(chat.messages[0].blocks.as_slice(), [Block::Text(a), Block::Text(b)] if a == "a" && b == "b")
        );
        let [thinking, redacted, tool_use] = chat.messages[1].blocks.as_slice() else { panic!("not three") };
        assert!(matches!(thinking, Block::Thinking { text, signature } if text == "t" && signature == "sig"));
        assert!(matches!(redacted, Block::RedactedThinking(data) if data == "AAAA"));
        assert!(matches!(tool_use, Block::ToolUse { input, .. } if input == r#"{ "z":1.0, "a":2 }"#));
        let [first, second, point] = chat.messages[2].blocks.as_slice() else { panic!("not three") };
        let Block::ToolResult { content, is_error: true, .. } = first else { panic!("{first:?}") };
        assert!(matches!(content.as_slice(), [ResultBlock::Text(text)] if text == "ok"));
        assert!(matches!(second, Block::ToolResult { content, is_error: false, .. } if content.is_empty()));
        assert!(matches!(point, Block::CachePoint(_)));
    }

    #[test]
    fn files_are_read() {
        let chat = said(&format!(
            r#"[{{"type":"image","source":{{"type":"base64","media_type":"image/png","data":"{PNG}"}}}},
            {{"type":"document","title":"a/b","context":"c","citations":{{"enabled":true}},"source":{{"type":"base64","media_type":"application/pdf","data":"AAAA"}}}},
            {{"type":"document","source":{{"type":"text","media_type":"text/plain","data":"x"}}}},
            {{"type":"document","source":{{"type":"content","content":[{{"type":"text","text":"x"}}]}}}}]"#
        ))
        .unwrap();
        let kinds: Vec<bool> =
            chat.messages[0].blocks.iter().map(|block| matches!(block, Block::Document(_))).collect();
        assert_eq!(kinds, [false, true, true, true]);
    }

    #[test]
    fn settings_are_read() {
        let chat = read(&format!(
            r#"{HI},"temperature":0.5,"top_p":1,"top_k":5,"stop_sequences":["a",""],"metadata":{{"user_id":"u"}},
            "service_tier":"priority","thinking":{{"type":"adaptive"}},"stream":null,"unknown":null,
            "output_config":{{"effort":"xhigh","format":{{"type":"json_schema","schema":{{ "b":1,"a":1.0 }}}}}},
            "tools":[{{"name":"f","type":"custom","description":"d","input_schema":{{ "z":1,"a":2 }},"strict":true}}],
            "tool_choice":{{"type":"tool","name":"f","disable_parallel_tool_use":true}}"#
        ))
        .unwrap();
        assert_eq!(chat.sampling.temperature.unwrap().to_string(), "0.5");
        assert_eq!(chat.sampling.top_k.unwrap().as_u64(), Some(5));
        assert_eq!(chat.stop, ["a"]);
        assert_eq!(chat.metadata[0].value, "u");
        assert_eq!(chat.reasoning, Some(Reasoning::Effort(Effort::ExtraHigh)));
        assert_eq!(chat.tool_choice, ToolChoice::Tool("f".to_owned()));
        assert_eq!(chat.parallel_tool_calls, Some(false));
        assert_eq!(chat.tools[0].input_schema.as_deref(), Some(&br#"{ "z":1,"a":2 }"#[..]));
        assert!(matches!(chat.format, Format::JsonSchema { schema, .. } if schema == r#"{ "b":1,"a":1.0 }"#));
    }

    #[test]
    fn how_much_is_thought() {
        for (members, reasoning) in [
            ("", None),
            (r#","thinking":{"type":"disabled"},"output_config":{"effort":"low"}"#, Some(Reasoning::Off)),
            (r#","thinking":{"type":"adaptive"}"#, Some(Reasoning::Adaptive)),
            (r#","output_config":{"effort":"low"}"#, Some(Reasoning::Effort(Effort::Low))),
            (
                r#","output_config":{"effort":"low"},"thinking":{"type":"enabled","budget_tokens":2048}"#,
                Some(Reasoning::Budget(2048)),
            ),
        ] {
            assert_eq!(read(&format!("{HI}{members}")).unwrap().reasoning, reasoning, "{members}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let image = r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"#;
        for (content, expected) in [
            ("7", "messages.0.content must be an array, not a number"),
            ("[7]", "messages.0.content.0 must be an object, not a number"),
            ("[{}]", "messages.0.content.0.type is missing"),
            (r#"[{"type":"tool_use"}]"#, "messages.0.content.0.type is \"tool_use\"; give one of text"),
            (r#"[{"type":"text","text":[]}]"#, "messages.0.content.0.text must be a string, not an array"),
            (
                r#"[{"type":"text","text":"x","cache_control":{"type":"ephemeral","ttl":"9m"}}]"#,
                "ttl is \"9m\"",
            ),
            (r#"[{"type":"image","source":{"type":"url","url":"http://x"}}]"#, "content.0.source is a URL"),
            (r#"[{"type":"image","source":{"type":"s3"}}]"#, "source.type is \"s3\"; give one of base64"),
            (&format!(r#"[{image}"!"}}}}]"#), "messages.0.content.0.source.data is no base64"),
            (&format!(r#"[{image}"AAAA"}}}}]"#), "messages.0.content.0.source.data is no PNG"),
            (r#"[{"type":"tool_result","content":[]}]"#, "messages.0.content.0.tool_use_id is missing"),
            (
                r#"[{"type":"tool_result","tool_use_id":"t","content":[{"type":"tool_result"}]}]"#,
                "messages.0.content.0.content.0.type is \"tool_result\"",
            ),
        ] {
            let refusal = said(content).unwrap_err();
            assert!(refusal.message().contains(expected), "{:?} lacks {expected:?}", refusal.message());
        }
        for (members, expected) in [
            (
                r#""messages":[{"role":"tool","content":"x"}]"#,
                "messages.0.role is \"tool\"; give one of user, assistant, system",
            ),
            (r#""messages":[{"role":"system","content":"x"}]"#, "messages has nothing to be answered"),
            (
                r#""messages":[{"role":"system","content":[{"type":"image"}]}]"#,
                "messages.0.content.0.type is \"image\"; give one of text",
            ),
            (
                r#""messages":[{"role":"assistant","content":"x"}]"#,
                "messages must begin with a message of the user",
            ),
            (r#""messages":[{"role":"user"}]"#, "messages.0.content is missing"),
            (&format!(r#"{HI},"temperature":1.5"#), "temperature must be a number from 0 to 1"),
            (&format!(r#"{HI},"stop_sequences":[1]"#), "stop_sequences.0 must be a string, not a number"),
            (&format!(r#"{HI},"tools":[{{"name":"f"}}]"#), "tools.0.input_schema is missing"),
            (
                &format!(r#"{HI},"tools":[{{"name":"f","input_schema":[]}}]"#),
                "tools.0.input_schema must be an object",
            ),
            (&format!(r#"{HI},"tool_choice":"auto""#), "tool_choice must be an object, not a string"),
            (&format!(r#"{HI},"thinking":{{"type":"enabled"}}"#), "thinking.budget_tokens is missing"),
            (
                &format!(r#"{HI},"thinking":{{"type":"enabled","budget_tokens":9}}"#),
                "thinking.budget_tokens is 9",
            ),
            (
                &format!(r#"{HI},"thinking":{{"type":"enabled","budget_tokens":4096}}"#),
                "thinking.budget_tokens must be less than max_tokens",
            ),
            (&format!(r#"{HI},"top_k":"9""#), "top_k is \"9\"; give a whole number from 0"),
            (&format!(r#"{HI},"max_tokens":9"#), "max_tokens stands there twice"),
        ] {
            let refusal = read(members).unwrap_err();
            assert!(refusal.message().contains(expected), "{:?} lacks {expected:?}", refusal.message());
        }
    }

    #[test]
    fn what_only_claude_knows_is_refused_or_left_out() {
        for (members, name) in [
            (r#""container":"c""#, "container"),
            (r#""tools":[{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"any"}"#, "tools.0"),
            (
                r#""tools":[{"name":"f","input_schema":{},"allowed_callers":["x"]}]"#,
                "tools.0.allowed_callers",
            ),
        ] {
            let members = format!("{HI},{members}");
            assert!(read(&members).unwrap_err().message().starts_with(name), "{name}");
            let mut dropped = Dropped::new(true);
            let chat = read_with(&members, &mut dropped).unwrap();
            assert_eq!(dropped.params(), [name]);
            assert_eq!(chat.tool_choice, ToolChoice::Unset);
        }
    }
}
