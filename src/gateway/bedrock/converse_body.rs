//! A chat → a body of Converse, for models of every family.

use super::converse_messages::{messages, system};
use super::converse_tools::{ToolPlan, json_tool_config, tool_plan};
use super::family::{Family, TopK};
use super::history::GO_ON;
use super::json_format::{JsonFormat, json_format};
use super::left_out::LeftOut;
use super::metadata::pairs;
use super::prepared::{Additional, Prepared, refused};
use super::reasoning::{ToldToThink, told_to_think};
use super::restore::Restore;
use super::sampling::{Drawn, drawn};
use super::tool_names::ToolNames;
use crate::gateway::chat::{Chat, Role};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::{ConverseBody, InferenceConfig, Message};
use crate::protocol::document::ObjectWriter;
use crate::protocol::model::ModelId;
use serde_json::Number;
use std::collections::BTreeSet;

/// The body for a model of this family. `model_id` is what will be called: a prompt's ARN takes other bodies.
pub(super) fn converse_body(chat: &Chat, model_id: &ModelId, family: &str) -> Result<Prepared, Refusal> {
    let family = Family::of(family);
    let mut left_out = LeftOut::new(chat.drop_unsupported);
    let names = ToolNames::of(chat);
    let told = told_to_think(chat, family, &mut left_out)?;
    let plan = tool_plan(chat, family, &names, &mut left_out)?;
    let can_force = !plan.has_tools_of_client && !told.thinks && family.can_force_tools();
    let format = json_format(chat, family.converse_schema, can_force, &BTreeSet::new());

    let mut body = ConverseBody::new();
    let mut json_tool = None;
    let ToolPlan { mut config, mut as_text, .. } = plan;
    let mut instruction = None;
    match format {
        JsonFormat::Text => {}
        JsonFormat::Native { name, description, schema } => {
            body = body.json_schema(schema.clone());
            body = body.json_schema_called(name, description.map(str::to_owned));
        }
        JsonFormat::Tool(tool) => {
            // Beside it nothing may be used, so what was used before is told as text.
            as_text = super::history::has_tool_blocks(chat);
            config = Some(json_tool_config(&tool, family));
            json_tool = Some(tool.name);
        }
        JsonFormat::Instruction(text) => instruction = Some(text),
    }
    for block in system(chat, family, instruction) {
        body = body.system_block(block);
    }
    let mut last = Role::User;
    for (role, blocks) in messages(chat, family, &names, as_text)? {
        let message = match role {
            Role::User => Message::user(),
            Role::Assistant => Message::assistant(),
        };
        body = body.message(blocks.into_iter().fold(message, Message::block));
        last = role;
    }
    if last == Role::Assistant && !family.prefill {
        body = body.message(Message::user().text(GO_ON));
    }
    if let Some(config) = config {
        body = body.tool_config(config);
    }
    body = with_inference(body, chat, family, &told, &mut left_out)?;
    for (key, value) in pairs(chat, &mut left_out)? {
        body = body.request_metadata(key, value);
    }
    if let Some(tier) = chat.service_tier {
        body = body.service_tier(tier);
    }
    let body = body.stream_document(model_id).map_err(|error| refused(&error))?;
    Ok(Prepared { body, restore: Restore::new(names.back(), json_tool), dropped: left_out.params() })
}

fn with_inference(
    mut body: ConverseBody,
    chat: &Chat,
    family: &Family,
    told: &ToldToThink,
    left_out: &mut LeftOut,
) -> Result<ConverseBody, Refusal> {
    let drawn = drawn(chat, family, told.sampling(family), told.thinks, left_out)?;
    let config = inference_config(chat, family, &drawn)?;
    if config != InferenceConfig::default() {
        body = body.inference_config(config);
    }
    if let Some(effort) = told.effort {
        body = body.effort(effort);
    }
    if family.is_claude && !chat.stop.is_empty() {
        // Converse says that a stop sequence was written, not which. The answer has it here, the stream there.
        body = body
            .additional_model_response_field_path("/stop_sequence")
            .additional_model_response_field_path("/delta/stop_sequence");
    }
    let mut additional = Additional::default();
    if let Some((name, json)) = &told.member {
        additional.add(name, json.clone());
    }
    if let (Some(place), Some(top_k)) = (family.top_k, drawn.top_k) {
        match place {
            TopK::Member(name) => additional.add(name, top_k.to_string()),
            TopK::InferenceConfig => additional.add("inferenceConfig", format!(r#"{{"topK":{top_k}}}"#)),
        }
    }
    if !additional.is_empty() || !chat.additional.is_empty() {
        let mut fields = ObjectWriter::default();
        additional.write(&chat.additional, &mut fields)?;
        body = body.additional_model_request_fields(fields.finish());
    }
    Ok(body)
}

fn inference_config(chat: &Chat, family: &Family, drawn: &Drawn) -> Result<InferenceConfig, Refusal> {
    let mut config = InferenceConfig::new();
    if let Some(tokens) = chat.max_tokens {
        let fit = u32::try_from(tokens).ok().filter(|tokens| (1..=i32::MAX.unsigned_abs()).contains(tokens));
        let Some(tokens) = fit else {
            let problem = format!("is {tokens}; give a number from 1 to {}", i32::MAX);
            return Err(Refusal::field("max_tokens", &problem));
        };
        config = config.max_tokens(tokens);
    }
    if let Some(temperature) = drawn.temperature.and_then(Number::as_f64) {
        config = config.temperature(temperature);
    }
    if let Some(top_p) = drawn.top_p.and_then(Number::as_f64) {
        config = config.top_p(top_p);
    }
    Ok(stop_sequences(chat, family).fold(config, InferenceConfig::stop_sequence))
}

/// A Claude refuses a stop sequence of white space.
pub(super) fn stop_sequences<'a>(chat: &'a Chat, family: &Family) -> impl Iterator<Item = &'a str> {
    let takes_blank = !family.is_claude;
    chat.stop.iter().map(String::as_str).filter(move |text| takes_blank || !text.trim().is_empty())
}
