//! How the answer is drawn, what it must look like, how much is thought, which capacity answers.

use crate::gateway::chat::{Chat, Effort, Format, LogPair, Reasoning};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;
use crate::protocol::content::ServiceTier;

/// The name of a schema where one is needed: Anthropic's API has none.
const SCHEMA_NAME: &str = "answer";
/// The least that may be thought.
const LEAST_BUDGET: u64 = 1024;

/// Takes one setting; `false` where it is none.
pub(super) fn set(chat: &mut Chat, name: &str, node: Value<'_>) -> Result<bool, Refusal> {
    match name {
        "temperature" => chat.sampling.temperature = Some(node.number(0.0, 1.0)?),
        "top_p" => chat.sampling.top_p = Some(node.number(0.0, 1.0)?),
        "top_k" => chat.sampling.top_k = Some(node.at_least(0)?.into()),
        "stop_sequences" => {
            for sequence in node.elements()? {
                let sequence = sequence.string()?.into_owned();
                chat.stop.extend(Some(sequence).filter(|sequence| !sequence.is_empty()));
            }
        }
        "metadata" => {
            if let Some(user) = node.object()?.get("user_id") {
                let (key, value) = ("user_id".to_owned(), user.string()?.into_owned());
                chat.metadata.push(LogPair { param: "metadata.user_id", key, value });
            }
        }
        "service_tier" => chat.service_tier = tier(node)?,
        "output_format" => chat.format = format(node)?,
        "output_config" => {
            if let Some(given) = node.object()?.get("format") {
                chat.format = format(given)?;
            }
        }
        // With the effort, at the end.
        "thinking" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

/// How much is thought: `thinking`, else `output_config.effort`.
pub(super) fn think(chat: &mut Chat, body: &Object<'_>) -> Result<(), Refusal> {
    let effort = match body.get("output_config") {
        Some(config) => config.object()?.get("effort").map(effort_of).transpose()?,
        None => None,
    };
    let effort = effort.map(Reasoning::Effort);
    let Some(thinking) = body.get("thinking") else {
        chat.names.reasoning = chat.names.effort;
        chat.reasoning = effort;
        return Ok(());
    };
    let thinking = thinking.object()?;
    chat.reasoning = match thinking.required("type")?.word(&["enabled", "disabled", "adaptive"])? {
        "disabled" => Some(Reasoning::Off),
        "adaptive" => effort.or(Some(Reasoning::Adaptive)),
        _ => {
            let node = thinking.required("budget_tokens")?;
            let budget = node.at_least(LEAST_BUDGET)?;
            if chat.max_tokens.is_some_and(|max| budget >= max) {
                return Err(node.refuse("must be less than max_tokens"));
            }
            Some(Reasoning::Budget(budget))
        }
    };
    Ok(())
}

/// Anthropic's tiers are what Bedrock does unasked; Bedrock's own are taken, too.
fn tier(node: Value<'_>) -> Result<Option<ServiceTier>, Refusal> {
    const WORDS: [&str; 6] = ["auto", "standard_only", "default", "flex", "priority", "reserved"];
    Ok(match node.word(&WORDS)? {
        "auto" | "standard_only" => None,
        bedrocks => Some(bedrocks.parse()?),
    })
}

fn format(node: Value<'_>) -> Result<Format, Refusal> {
    let format = node.object()?;
    format.required("type")?.word(&["json_schema"])?;
    Ok(Format::JsonSchema {
        name: SCHEMA_NAME.to_owned(),
        description: None,
        schema: format.required("schema")?.object_bytes()?,
    })
}

fn effort_of(node: Value<'_>) -> Result<Effort, Refusal> {
    Ok(match node.word(&["low", "medium", "high", "xhigh", "max"])? {
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        "xhigh" => Effort::ExtraHigh,
        _ => Effort::Max,
    })
}
