//! How much the model thinks: by OpenAI's `reasoning_effort`, and by the two shapes that other gateways have for more,
//! `reasoning: {effort, max_tokens}` and Anthropic's `thinking: {type, budget_tokens}`. The most exact one counts.

use super::reading::Reading;
use crate::gateway::chat::{Effort, Reasoning};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

pub(super) fn read(root: &Object<'_>, reading: &mut Reading<'_>) -> Result<Option<Reasoning>, Refusal> {
    let effort_alone = root.get("reasoning_effort").map(effort).transpose()?;
    let reasoning = root.get("reasoning").map(|value| of_reasoning(value, reading)).transpose()?.flatten();
    let thinking = root.get("thinking").map(of_thinking).transpose()?;
    if let Some(value) = root.get("include_reasoning").filter(|value| value.text() == "false") {
        reading.cannot_honour(value, "what a model thinks is part of its answer here")?;
    }
    Ok(thinking.or(reasoning).or(effort_alone))
}

fn effort(value: Value<'_>) -> Result<Reasoning, Refusal> {
    let effort = match value.string()?.as_ref() {
        "none" => return Ok(Reasoning::Off),
        "minimal" => Effort::Minimal,
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        "xhigh" => Effort::ExtraHigh,
        "max" => Effort::Max,
        _ => return Err(value.refuse("is none of none, minimal, low, medium, high, xhigh and max")),
    };
    Ok(Reasoning::Effort(effort))
}

fn of_reasoning(value: Value<'_>, reading: &mut Reading<'_>) -> Result<Option<Reasoning>, Refusal> {
    let reasoning = value.object()?;
    if let Some(value) = reasoning.get("exclude").filter(|value| value.text() == "true") {
        reading.cannot_honour(value, "what a model thinks is part of its answer here")?;
    }
    if let Some(budget) = reasoning.get("max_tokens") {
        return Ok(Some(match budget.unsigned()? {
            0 => Reasoning::Off,
            tokens => Reasoning::Budget(tokens),
        }));
    }
    if let Some(value) = reasoning.get("effort") {
        return effort(value).map(Some);
    }
    let enabled = reasoning.get("enabled").map(Value::boolean).transpose()?;
    Ok(enabled.map(|is_enabled| if is_enabled { Reasoning::Effort(Effort::Medium) } else { Reasoning::Off }))
}

fn of_thinking(value: Value<'_>) -> Result<Reasoning, Refusal> {
    let thinking = value.object()?;
    let kind = thinking.required("type")?;
    match kind.string()?.as_ref() {
        "disabled" => Ok(Reasoning::Off),
        "adaptive" => Ok(Reasoning::Adaptive),
        "enabled" => {
            let budget = thinking.required("budget_tokens")?;
            match budget.unsigned()? {
                0 => Err(budget.refuse("must be at least 1")),
                tokens => Ok(Reasoning::Budget(tokens)),
            }
        }
        _ => Err(kind.refuse("is none of enabled, disabled and adaptive")),
    }
}
