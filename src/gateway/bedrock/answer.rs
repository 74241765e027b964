//! Whole answers of Bedrock, as a chat's.

use super::json_answer::{JsonAnswer, found, unwrapped};
use super::restore::Restore;
use super::stop_text::cut;
use crate::gateway::chat::{Answer, AnswerBlock};
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::content::{
    AnswerBlock as BedrockBlock, ConverseOutput, NativeAnswer, Reasoning, StopReason,
};
use crate::protocol::document::Document;
use crate::protocol::json::{Json, Value};

/// What Converse answered.
pub(super) fn of_converse(output: ConverseOutput, restore: &Restore) -> Result<Answer, Refusal> {
    let stop_sequence = output
        .additional_model_response_fields()
        .and_then(|fields| text_member(fields.indexed()?.root(), "stop_sequence"));
    let service_tier = output.service_tier().map(str::to_owned);
    let answer = restored(output.into(), restore);
    let says = |block: &AnswerBlock| matches!(block, AnswerBlock::Text(_) | AnswerBlock::ToolUse { .. });
    match answer.stop_reason.as_ref().and_then(malformed) {
        Some(refusal) if !answer.blocks.iter().any(says) => Err(refusal),
        _ => Ok(Answer { stop_sequence: stop_sequence.or(answer.stop_sequence), service_tier, ..answer }),
    }
}

/// What a Claude answered to InvokeModel, in its own shape.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html>
pub(super) fn of_claude(body: &Document, restore: &Restore) -> Result<Answer, Refusal> {
    let json = body.indexed();
    let message = json.as_ref().map(Json::root);
    let Some(message) = message.filter(|message| message.get("content").is_some_and(Value::is_array)) else {
        return Err(no_message());
    };
    let stop_sequence = text_member(message, "stop_sequence");
    Ok(Answer { stop_sequence, ..restored(NativeAnswer::of(message), restore) })
}

/// A 200 may have anything in it, also what a proxy answered.
pub(in crate::gateway) fn no_message() -> Refusal {
    let message = "the answer of InvokeModel is no message of Claude: it has no content";
    Refusal::new(RefusalKind::Upstream, message)
}

/// The model wrote what Bedrock could not read. Where nothing else came of it, there is no answer: an agent would take an
/// empty one for "done", where to ask again is what helps.
pub(super) fn malformed(reason: &StopReason) -> Option<Refusal> {
    let what = match reason {
        StopReason::MalformedToolUse => "asked for a tool in a form that Bedrock could not read",
        StopReason::MalformedModelOutput => "wrote what is no answer",
        _ => return None,
    };
    let message = format!("the model {what} ({reason}); ask it again");
    Some(Refusal::new(RefusalKind::Upstream, message))
}

/// An answer with the blocks that are the client's, in order. Tools that the service calls itself are none of them, and
/// what has no view is passed over.
fn restored(answer: NativeAnswer, restore: &Restore) -> Answer {
    let (mut blocks, stop_reason, usage) = answer.into_views();
    let stop_sequence = cut(&mut blocks, restore.stop());
    let stop_reason = if stop_sequence.is_some() { Some(StopReason::StopSequence) } else { stop_reason };
    let json = json_answer(&blocks, restore);
    let mut restored: Vec<AnswerBlock> = Vec::with_capacity(blocks.len());
    let mut has_asked = false;
    for block in blocks {
        match block {
            // Text beside the JSON would make it none.
            BedrockBlock::Text(text) if json.is_none() && !text.is_empty() => {
                restored.push(AnswerBlock::Text(text));
            }
            BedrockBlock::ToolUse(tool)
                if is_the_clients(tool.tool_type())
                    && !restore.is_json_tool(tool.name())
                    && !restore.is_too_many(has_asked) =>
            {
                has_asked = true;
                restored.push(AnswerBlock::ToolUse {
                    id: tool.tool_use_id().to_owned(),
                    name: restore.tool_name(tool.name()).to_owned(),
                    input: tool.input().bytes().clone(),
                });
            }
            BedrockBlock::Reasoning(Reasoning::Text { text, signature }) => {
                restored.push(AnswerBlock::Thinking { text, signature });
            }
            BedrockBlock::Reasoning(Reasoning::Redacted(base64)) => {
                restored.push(AnswerBlock::RedactedThinking(base64));
            }
            _ => {}
        }
    }
    let place = restored.iter().position(|block| matches!(block, AnswerBlock::ToolUse { .. }));
    let stop_reason = stop_reason.map(|reason| true_reason(reason, place.is_some()));
    if let Some(json) = json {
        restored.insert(place.unwrap_or(restored.len()), AnswerBlock::Text(json));
    }
    Answer { blocks: restored, stop_reason, stop_sequence, usage, ..Answer::default() }
}

/// Why a model stopped, by what it said: Bedrock calls the one the other, and clients run no tool at the end of a turn,
/// and wait for one that nobody asks for.
///
/// - <https://github.com/strands-agents/harness-sdk/pull/767>, <https://github.com/strands-agents/harness-sdk/issues/1810>
/// - <https://github.com/horizon-rl/strands-env/issues/252>
pub(in crate::gateway) fn true_reason(said: StopReason, asks_for_tools: bool) -> StopReason {
    match said {
        StopReason::EndTurn if asks_for_tools => StopReason::ToolUse,
        StopReason::ToolUse if !asks_for_tools => StopReason::EndTurn,
        other => other,
    }
}

/// The JSON that was asked for. A second one could not stand beside it.
fn json_answer(blocks: &[BedrockBlock], restore: &Restore) -> Option<String> {
    match restore.json() {
        JsonAnswer::AsItIs => None,
        JsonAnswer::Arguments { is_wrapped, .. } => blocks.iter().find_map(|block| match block {
            BedrockBlock::ToolUse(tool) if restore.is_json_tool(tool.name()) => {
                let arguments = tool.input().text();
                Some(if *is_wrapped { unwrapped(&arguments).to_owned() } else { arguments.into_owned() })
            }
            _ => None,
        }),
        JsonAnswer::InText(kind) => {
            let texts = blocks.iter().filter_map(|block| match block {
                BedrockBlock::Text(text) => Some(text.as_str()),
                _ => None,
            });
            found(texts.collect(), *kind)
        }
    }
}

/// Whether a client has to answer a tool use of this type: not where the service itself does.
pub(super) fn is_the_clients(tool_type: Option<&str>) -> bool {
    tool_type.is_none_or(|tool_type| tool_type == "tool_use")
}

/// A string in a JSON object.
pub(super) fn text_member(json: Value<'_>, name: &str) -> Option<String> {
    Some(json.get(name)?.str()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn restore(json_tool: Option<&str>) -> Restore {
        let names = BTreeMap::from([("get_weather".to_owned(), "get.weather".to_owned())]);
        let arguments = |tool: &str| JsonAnswer::Arguments { tool: tool.into(), is_wrapped: false };
        Restore::new(names, json_tool.map(arguments).unwrap_or_default())
    }

    #[test]
    fn blocks_keep_their_order_and_arguments_their_text() {
        let body = r#"{"output":{"message":{"role":"assistant","content":[
            {"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},
            {"text":"One."},
            {"toolUse":{"toolUseId":"t1","name":"get_weather","input":{ "z":1.0, "a": 12345678901234567890123 }}},
            {"toolUse":{"toolUseId":"t2","name":"nova_grounding","input":{},"type":"server_tool_use"}},
            {"citationsContent":{"content":[{"text":"Two"},{"text":"."}],"citations":[]}},
            {"newKind":{}}]}},
            "stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},
            "serviceTier":{"type":"flex"},"additionalModelResponseFields":{"stop_sequence":"END"}}"#;
        let answer = of_converse(ConverseOutput::read(Document::new(body)).unwrap(), &restore(None)).unwrap();
        let input = "{ \"z\":1.0, \"a\": 12345678901234567890123 }";
        assert_eq!(
            answer.blocks,
            [
                AnswerBlock::Thinking { text: "hm".to_owned(), signature: Some("sig".to_owned()) },
                AnswerBlock::Text("One.".to_owned()),
                AnswerBlock::ToolUse {
                    id: "t1".to_owned(),
                    name: "get.weather".to_owned(),
                    input: input.into()
                },
                AnswerBlock::Text("Two.".to_owned()),
            ]
        );
        assert_eq!(answer.stop_reason, Some(StopReason::ToolUse));
        assert_eq!(answer.stop_sequence.as_deref(), Some("END"));
        assert_eq!(answer.service_tier.as_deref(), Some("flex"));
        assert_eq!(answer.usage.unwrap().total_tokens(), 3);
    }

    #[test]
    fn the_json_tool_is_unwrapped() {
        let body = |more: &str| {
            Document::new(format!(
                r#"{{"content":[{{"type":"text","text":"Here:"}},{{"type":"redacted_thinking","data":"YQ=="}},
                {{"type":"tool_use","id":"t","name":"json","input":{{"b":1,"a":2.0}}}}{more}],
                "stop_reason":"tool_use","stop_sequence":null,"usage":{{"input_tokens":3,"output_tokens":4}}}}"#
            ))
        };
        let answer = of_claude(&body(""), &restore(Some("json"))).unwrap();
        let thoughts = AnswerBlock::RedactedThinking("YQ==".to_owned());
        let json = AnswerBlock::Text(r#"{"b":1,"a":2.0}"#.to_owned());
        assert_eq!(answer.blocks, [thoughts.clone(), json.clone()]);
        assert_eq!(answer.stop_reason, Some(StopReason::EndTurn));
        assert_eq!(answer.stop_sequence, None);

        // Beside a tool of the client it still asks for that one.
        let more = r#",{"type":"tool_use","id":"u","name":"get_weather","input":{}}"#;
        let answer = of_claude(&body(more), &restore(Some("json"))).unwrap();
        let name = "get.weather".to_owned();
        let tool = AnswerBlock::ToolUse { id: "u".to_owned(), name, input: "{}".into() };
        assert_eq!(answer.blocks, [thoughts, json, tool]);
        assert_eq!(answer.stop_reason, Some(StopReason::ToolUse));
    }

    #[test]
    fn what_is_no_message_of_claude_is_refused() {
        for body in ["", "[]", "{}", r#"{"content":"text"}"#, r#"{"completion":"text"}"#] {
            let refused = of_claude(&Document::new(body), &restore(None)).unwrap_err();
            assert_eq!(refused.kind(), RefusalKind::Upstream, "{body}");
        }
    }
}
