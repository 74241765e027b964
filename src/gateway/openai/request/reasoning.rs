//! How much the model thinks: by OpenAI's `reasoning_effort`, and by the two shapes that other gateways have for more,
//! `reasoning: {effort, max_tokens}` and Anthropic's `thinking: {type, budget_tokens}`. The most exact one counts.

use super::reading::Reading;
use crate::gateway::chat::{Effort, Reasoning};
use crate::gateway::json::{Object, Value};
use crate::gateway::refusal::Refusal;

const OF_REASONING: &str = "reasoning.max_tokens";

/// What is said, and by which name.
pub(in crate::gateway::openai) type Said = (&'static str, Reasoning);

pub(in crate::gateway::openai) fn read(
    root: &Object<'_>,
    reading: &mut Reading<'_>,
) -> Result<Option<Said>, Refusal> {
    let effort_alone =
        root.get("reasoning_effort").map(effort).transpose()?.map(|effort| ("reasoning_effort", effort));
    let reasoning = root.get("reasoning").map(|value| of_reasoning(value, reading)).transpose()?.flatten();
    let thinking = root.get("thinking").map(of_thinking).transpose()?.map(|thinking| ("thinking", thinking));
    if let Some(value) = root.get("include_reasoning").filter(|value| value.text() == "false") {
        reading.cannot_honour(value, "what a model thinks is part of its answer here")?;
    }
    Ok(thinking.or(reasoning).or(effort_alone))
}

/// Where the tokens of a budget are given.
pub(in crate::gateway::openai) fn name_of_budget(root: &Object<'_>) -> &'static str {
    if root.get("thinking").is_some() { "thinking.budget_tokens" } else { OF_REASONING }
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

fn of_reasoning(value: Value<'_>, reading: &mut Reading<'_>) -> Result<Option<Said>, Refusal> {
    let reasoning = value.object()?;
    if let Some(value) = reasoning.get("exclude").filter(|value| value.text() == "true") {
        reading.cannot_honour(value, "what a model thinks is part of its answer here")?;
    }
    if let Some(budget) = reasoning.get("max_tokens") {
        let budget = match budget.unsigned()? {
            0 => Reasoning::Off,
            tokens => Reasoning::Budget(tokens),
        };
        return Ok(Some((OF_REASONING, budget)));
    }
    if let Some(value) = reasoning.get("effort") {
        return Ok(Some(("reasoning.effort", effort(value)?)));
    }
    let enabled = reasoning.get("enabled").map(Value::boolean).transpose()?;
    Ok(enabled.map(|is_enabled| {
        let effort = if is_enabled { Reasoning::Effort(Effort::Medium) } else { Reasoning::Off };
        ("reasoning.enabled", effort)
    }))
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
