//! A plan → a body of Converse, for models of every family.

use super::instructions::system;
use super::messages::messages;
use super::tools::tool_config;
use crate::gateway::bedrock::family::Family;
use crate::gateway::bedrock::plan::Plan;
use crate::gateway::bedrock::prepared::{Form, Prepared, refused};
use crate::gateway::bedrock::sampling::stop_sequences;
use crate::gateway::chat::Chat;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{ConverseBody, InferenceConfig};
use crate::protocol::document::ObjectWriter;
use crate::protocol::model::ModelId;
use serde_json::Number;

/// The body for a model of this family. `model_id` is what will be called: a prompt's ARN takes other bodies.
pub(in crate::gateway::bedrock) fn converse_body(
    chat: &Chat,
    model_id: &ModelId,
    family: &Family,
) -> Result<Prepared, Refusal> {
    let plan = Plan::of(chat, family, Form::Converse)?;
    let system = system(&plan);
    let (system, before) = if family.system { (system, Vec::new()) } else { (Vec::new(), system) };
    let mut body = ConverseBody::of(system, messages(&plan, &before));
    if let Some(schema) = plan.schema {
        body = body.json_schema(schema.json.clone());
        body = body.json_schema_called(schema.name, schema.description.map(str::to_owned));
    }
    if let Some(config) = tool_config(&plan) {
        body = body.tool_config(config);
    }
    let config = inference_config(&plan);
    if config != InferenceConfig::default() {
        body = body.inference_config(config);
    }
    if let Some(effort) = plan.told.effort {
        body = body.effort(effort);
    }
    if family.is_claude() && !chat.stop.is_empty() {
        // Converse says that a stop sequence was written, not which. The answer has it here, the stream there.
        body = body
            .additional_model_response_field_path("/stop_sequence")
            .additional_model_response_field_path("/delta/stop_sequence");
    }
    let additional = plan.additional();
    if !additional.is_empty() || !chat.additional.is_empty() {
        let mut fields = ObjectWriter::default();
        additional.write(&chat.additional, &mut fields)?;
        body = body.additional_model_request_fields(fields.finish());
    }
    for (key, value) in &plan.log_pairs {
        body = body.request_metadata(*key, *value);
    }
    if let Some(tier) = chat.service_tier {
        body = body.service_tier(tier);
    }
    let body = body.stream_document(model_id).map_err(|error| refused(&error))?;
    Ok(plan.prepared(body))
}

fn inference_config(plan: &Plan<'_>) -> InferenceConfig {
    let mut config = InferenceConfig::new();
    if let Some(tokens) = plan.max_tokens {
        config = config.max_tokens(tokens);
    }
    if let Some(temperature) = plan.drawn.temperature.and_then(Number::as_f64) {
        config = config.temperature(temperature);
    }
    if let Some(top_p) = plan.drawn.top_p.and_then(Number::as_f64) {
        // 1 is what many clients send unasked, for everything that there is.
        config = config.top_p(top_p.min(plan.family.most_top_p));
    }
    stop_sequences(plan.chat, plan.family).fold(config, InferenceConfig::stop_sequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bedrock::chats::{asked, call, chat, log_pair, result, schema, text, tool, user};
    use crate::gateway::chat::{Effort, Format, Message as Said, Reasoning, Role, ToolChoice};
    use bytes::Bytes;

    fn body(chat: &Chat, family: &str) -> String {
        match converse_body(chat, &ModelId::new(family).unwrap(), Family::of(family)) {
            Ok(prepared) => prepared.body.text().into_owned(),
            Err(refusal) => format!("refused: {}", refusal.message()),
        }
    }

    #[test]
    fn a_plain_chat() {
        let mut chat = Chat { max_tokens: Some(9), ..chat("Hi") };
        chat.system.push(text("Be brief."));
        chat.sampling.temperature = serde_json::Number::from_f64(0.5);
        chat.stop.push("END".to_owned());
        chat.metadata.push(log_pair("team", "a"));
        assert_eq!(
            body(&chat, "amazon.nova-lite"),
            r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"system":[{"text":"Be brief."}],"inferenceConfig":{"maxTokens":9,"temperature":0.5,"stopSequences":["END"]},"requestMetadata":{"team":"a"}}"#
        );
    }

    #[test]
    fn tools_keep_their_schemas_and_get_fit_names() {
        let mut chat = chat("Hi");
        chat.tools.push(tool("get.weather", r#"{"type":"object","z":1.0,"a":12345678901234567890}"#));
        chat.tool_choice = ToolChoice::Tool("get.weather".to_owned());
        assert_eq!(
            body(&chat, "qwen.qwen3-32b"),
            r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"get_weather","inputSchema":{"json":{"type":"object","z":1.0,"a":12345678901234567890}}}}],"toolChoice":{"tool":{"name":"get_weather"}}}}"#
        );
        let prepared =
            converse_body(&chat, &ModelId::new("x").unwrap(), Family::of("qwen.qwen3-32b")).unwrap();
        assert_eq!(prepared.restore.tool_name("get_weather"), "get.weather");
        assert!(body(&chat, "meta.llama4").starts_with("refused: tool_choice cannot force a tool"));
        // What cannot be told which tool to use is given no other.
        chat.tools.push(tool("other", "{}"));
        let mistral = body(&chat, "mistral.mistral-large");
        assert!(mistral.ends_with(r#""toolChoice":{"any":{}}}}"#) && !mistral.contains("other"), "{mistral}");
        chat.drop_unsupported = true;
        let prepared = converse_body(&chat, &ModelId::new("x").unwrap(), Family::of("meta.llama4")).unwrap();
        assert_eq!(prepared.dropped, ["tool_choice"]);
    }

    #[test]
    fn no_tool_can_be_used_where_none_may() {
        let mut chat = chat("Hi");
        chat.tools.push(tool("f", "{}"));
        chat.tool_choice = ToolChoice::None;
        assert!(!body(&chat, "amazon.nova-lite").contains("toolConfig"));
        chat.messages.extend([asked("c1", "f", r#"{"a":1}"#), user(vec![result("c1", "sunny")])]);
        let body = body(&chat, "amazon.nova-lite");
        assert!(
            body.contains(r#"[{"text":"[The tool f was called with {\"a\":1}]"}]},{"role":"user","content":[{"text":"[The tool f answered: sunny]"}]"#)
                && !body.contains("toolConfig"),
            "{body}"
        );
    }

    #[test]
    fn a_history_of_tools_without_tools_has_their_names() {
        let mut chat = chat("Hi");
        chat.messages.extend([asked("c1", "f", "{}"), user(vec![result("c1", " ")])]);
        let body = body(&chat, "mistral.mistral-large");
        assert!(
            body.contains(r#""toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"This tool is no"#),
            "{body}"
        );
        assert!(body.contains(r#""content":[{"text":"(no output)"}]"#), "{body}");
        let ids: Vec<&str> = body.split(r#""toolUseId":""#).skip(1).map(|rest| &rest[..10]).collect();
        assert!(ids[0] == ids[1] && ids[0].ends_with('"'), "nine characters, the same twice: {ids:?}");
    }

    #[test]
    fn results_come_first_and_are_in_one_message() {
        let mut chat = chat("Hi");
        let used = Said { role: Role::Assistant, blocks: vec![call("a", "f", "{}"), call("b", "f", "{}")] };
        chat.messages.extend([used, user(vec![result("b", "2"), text("so?"), result("a", "1")])]);
        let body = body(&chat, "amazon.nova-lite");
        assert!(
            body.contains(
                r#"[{"toolResult":{"toolUseId":"b","content":[{"text":"2"}]}},{"toolResult":{"toolUseId":"a","content":[{"text":"1"}]}},{"text":"so?"}]"#
            ),
            "{body}"
        );
    }

    #[test]
    fn json_by_the_best_way() {
        let mut chat = chat("Hi");
        chat.format = schema(r#"{"type":"object","additionalProperties":false}"#);
        let native = body(&chat, "anthropic.claude-sonnet-4-5");
        assert!(
            native.ends_with(
                r#""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\",\"additionalProperties\":false}","name":"out"}}}}}"#
            ),
            "{native}"
        );
        let forced =
            converse_body(&chat, &ModelId::new("x").unwrap(), Family::of("amazon.nova-lite")).unwrap();
        assert!(forced.restore.is_json_tool("out"));
        assert!(forced.body.text().ends_with(r#""toolChoice":{"tool":{"name":"out"}}}}"#));
        assert!(body(&chat, "meta.llama4").contains(r#""system":[{"text":"Answer with one JSON object"#));
        chat.format = Format::JsonObject;
        assert!(
            body(&chat, "amazon.nova-lite").contains(r#""system":[{"text":"Answer with one JSON object"#)
        );
    }

    #[test]
    fn what_only_one_family_has() {
        let mut chat = chat("Hi");
        chat.reasoning = Some(Reasoning::Effort(Effort::Low));
        assert!(body(&chat, "anthropic.claude-opus-4-7").ends_with(
            r#""additionalModelRequestFields":{"thinking":{"type":"adaptive"}},"outputConfig":{"effort":"low"}}"#
        ));
        chat.sampling.top_k = Some(5.into());
        assert!(body(&chat, "amazon.nova-2-lite").ends_with(
            r#""additionalModelRequestFields":{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"low"},"inferenceConfig":{"topK":5}}}"#
        ));
        chat.additional.push(("thinking".to_owned(), Bytes::from_static(b"{ }")));
        chat.sampling.top_k = None;
        let body = body(&chat, "anthropic.claude-3-7-sonnet");
        assert!(body.ends_with(r#""additionalModelRequestFields":{"thinking":{ }}}"#), "{body}");
    }
}
