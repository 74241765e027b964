//! How much a model thinks, in its family's own words.

use super::family::{Family, SamplingTaken, Thinking};
use super::history::can_think_on;
use crate::gateway::chat::{Chat, Effort, Reasoning, ToolChoice};
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use std::borrow::Cow;

/// The least that a Claude thinks with a budget.
const MIN_BUDGET: u64 = 1024;
const NO_SETTING: &str = "is not known to this model; leave it out";
const WITH_TOOL: &str = "cannot be given where a tool is forced; leave it out, or let tool_choice be auto";

/// What is sent so that a model thinks as it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ToldToThink {
    /// A member of the body, or of its additional fields, with its JSON.
    pub(super) member: Option<(&'static str, String)>,
    /// How hard a Claude thinks that decides by itself how much.
    pub(super) effort: Option<&'static str>,
    /// Whether a Claude thinks.
    pub(super) thinks: bool,
    /// The tokens of a budget.
    pub(super) budget: Option<u64>,
    /// Whether it was told not to.
    pub(super) is_off: bool,
}

impl ToldToThink {
    /// Whether the family can be made to use a tool then.
    pub(super) fn lets_force(&self, family: &Family) -> bool {
        family.forced_in_thought || self.is_off || self.member.is_none()
    }

    /// Which sampling the family takes then.
    pub(super) fn sampling(&self, family: &Family) -> SamplingTaken {
        match family.sampling {
            SamplingTaken::WithoutThinking if self.is_off => SamplingTaken::Both,
            taken => taken,
        }
    }
}

/// What is sent. `max_tokens` is what the client gives.
pub(super) fn told_to_think(
    chat: &Chat,
    family: &Family,
    dropped: &mut Dropped,
) -> Result<ToldToThink, Refusal> {
    let Some(reasoning) = &chat.reasoning else { return Ok(ToldToThink::default()) };
    let param = chat.names.reasoning;
    let is_off = *reasoning == Reasoning::Off;
    let forced =
        !chat.tools.is_empty() && matches!(chat.tool_choice, ToolChoice::Required | ToolChoice::Tool(_));
    if !family.forced_in_thought && forced && !is_off && family.thinking != Thinking::Fixed {
        dropped.param_or_wish(param, WITH_TOOL, is_wish(chat, reasoning, family))?;
        return Ok(ToldToThink::default());
    }
    let told = match family.thinking {
        Thinking::Fixed => None,
        Thinking::Budget | Thinking::BudgetOrAdaptive | Thinking::Adaptive => {
            claude(family.thinking, reasoning, chat)?
        }
        Thinking::ReasoningConfig => nova(chat, reasoning, dropped)?,
        Thinking::ReasoningEffort => match reasoning {
            Reasoning::Effort(effort) => {
                Some(member("reasoning_effort", format!("\"{}\"", word(*effort, "high"))))
            }
            _ => None,
        },
        Thinking::ReasoningObject { most, none } => {
            let word = match reasoning {
                Reasoning::Effort(effort) => Some(word(*effort, most)),
                Reasoning::Off if none => Some("none"),
                _ => None,
            };
            word.map(|word| member("reasoning", format!(r#"{{"effort":"{word}"}}"#)))
        }
    };
    match told {
        Some(told) if told.budget.is_some() && !can_think_on(chat, family) => {
            dropped.in_any_case(param);
            Ok(ToldToThink::default())
        }
        Some(told) => Ok(ToldToThink { is_off, ..told }),
        // A model that cannot think does not.
        None if is_off && family.thinking == Thinking::Fixed => Ok(ToldToThink::default()),
        None => {
            let problem = problem(family, reasoning, chat.names.effort);
            dropped.param_or_wish(param, &problem, is_wish(chat, reasoning, family))?;
            Ok(ToldToThink::default())
        }
    }
}

/// Whether no certain amount is asked for, so that the answer is as good without. A model that is told nothing decides
/// for itself, but for a Claude, which does not think then.
fn is_wish(chat: &Chat, reasoning: &Reasoning, family: &Family) -> bool {
    match reasoning {
        Reasoning::Adaptive => chat.thinking_is_wish && !family.is_claude(),
        Reasoning::Effort(_) => chat.thinking_is_wish,
        Reasoning::Off | Reasoning::Budget(_) => false,
    }
}

/// What is wrong with a setting that a family does not have. `effort` is where the client can give one.
fn problem(family: &Family, reasoning: &Reasoning, effort: &str) -> Cow<'static, str> {
    match (family.thinking, reasoning) {
        (Thinking::Adaptive, Reasoning::Budget(_)) => {
            format!("takes no budget with this model; give {effort} instead").into()
        }
        (Thinking::Budget, Reasoning::Adaptive) => {
            "cannot be adaptive with this model; give a budget of tokens".into()
        }
        (Thinking::Fixed, _) => NO_SETTING.into(),
        (_, Reasoning::Off) => {
            format!("cannot be turned off for this model; leave it out, or give low as {effort}").into()
        }
        _ => format!("takes only an effort with this model; give {effort} instead").into(),
    }
}

/// <https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html>
fn claude(thinking: Thinking, reasoning: &Reasoning, chat: &Chat) -> Result<Option<ToldToThink>, Refusal> {
    let can_adapt = thinking != Thinking::Budget;
    Ok(match reasoning {
        // Without a word of it, a Claude that takes a budget does not think.
        Reasoning::Off if thinking == Thinking::Adaptive => {
            Some(member("thinking", r#"{"type":"disabled"}"#.to_owned()))
        }
        Reasoning::Off => Some(ToldToThink::default()),
        Reasoning::Effort(effort) if can_adapt => {
            let words =
                if thinking == Thinking::Adaptive { word(*effort, "max") } else { before_xhigh(*effort) };
            Some(ToldToThink { effort: Some(words), ..adaptive() })
        }
        Reasoning::Adaptive if can_adapt => Some(adaptive()),
        Reasoning::Adaptive => None,
        Reasoning::Effort(effort) => Some(with_budget(fitting(*effort, chat)?)),
        Reasoning::Budget(_) if thinking == Thinking::Adaptive => None,
        Reasoning::Budget(budget) => {
            if *budget < MIN_BUDGET {
                let problem = format!("is {budget}; give at least {MIN_BUDGET}");
                return Err(Refusal::field(chat.names.budget, &problem));
            }
            if let Some(max) = chat.max_tokens.filter(|max| max <= budget) {
                let limit = chat.names.max_tokens;
                let problem = format!("is {budget}; give less than {limit}, which is {max}");
                return Err(Refusal::field(chat.names.budget, &problem));
            }
            Some(with_budget(*budget))
        }
    })
}

/// What of the tokens an effort stands for, with at least a fifth of them left for the answer.
fn fitting(effort: Effort, chat: &Chat) -> Result<u64, Refusal> {
    let budget = match effort {
        Effort::Minimal => MIN_BUDGET,
        Effort::Low => 2048,
        Effort::Medium => 8192,
        Effort::High => 16_384,
        Effort::ExtraHigh => 24_576,
        Effort::Max => 32_000,
    };
    match chat.max_tokens {
        None => Ok(budget),
        Some(max) if max > MIN_BUDGET => Ok(budget.min((max / 5).saturating_mul(4)).max(MIN_BUDGET)),
        Some(max) => {
            let problem = format!("is {max}; give more than {MIN_BUDGET} to a model that thinks");
            Err(Refusal::field(chat.names.max_tokens, &problem))
        }
    }
}

/// At high effort AWS's guide rules out temperature, topP and topK; maxTokens, too, is refused then, and at low and medium
/// effort it is taken.
///
/// - <https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html>
/// - <https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-converse-api.html>
/// - <https://github.com/UKGovernmentBEIS/inspect_ai/issues/3767>
fn nova(chat: &Chat, reasoning: &Reasoning, dropped: &mut Dropped) -> Result<Option<ToldToThink>, Refusal> {
    let effort = match reasoning {
        Reasoning::Off => return Ok(Some(member("reasoningConfig", r#"{"type":"disabled"}"#.to_owned()))),
        Reasoning::Effort(effort) => word(*effort, "high"),
        Reasoning::Budget(_) | Reasoning::Adaptive => return Ok(None),
    };
    let sampling = &chat.sampling;
    let given = [
        (chat.names.max_tokens, chat.max_tokens.is_some()),
        ("temperature", sampling.temperature.is_some()),
        ("top_p", sampling.top_p.is_some()),
        ("top_k", sampling.top_k.is_some()),
    ];
    let config = |effort| format!(r#"{{"type":"enabled","maxReasoningEffort":"{effort}"}}"#);
    if effort == "high" && given.iter().any(|(_, given)| *given) {
        let names: Vec<&str> = given.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        let problem = format!(
            "cannot be high for this model together with {}; give medium, or leave those out",
            names.join(" and ")
        );
        dropped.param_or_wish(chat.names.reasoning, &problem, chat.thinking_is_wish)?;
        return Ok(Some(member("reasoningConfig", config("medium"))));
    }
    Ok(Some(member("reasoningConfig", config(effort))))
}

fn adaptive() -> ToldToThink {
    ToldToThink { thinks: true, ..member("thinking", r#"{"type":"adaptive"}"#.to_owned()) }
}

fn with_budget(budget: u64) -> ToldToThink {
    let json = format!(r#"{{"type":"enabled","budget_tokens":{budget}}}"#);
    ToldToThink { thinks: true, budget: Some(budget), ..member("thinking", json) }
}

fn member(name: &'static str, json: String) -> ToldToThink {
    ToldToThink { member: Some((name, json)), ..ToldToThink::default() }
}

/// An effort in words that end with `most`: less than a model has becomes the least, more the most.
fn word(effort: Effort, most: &'static str) -> &'static str {
    match (effort, most) {
        (Effort::Minimal | Effort::Low, _) => "low",
        (Effort::Medium, _) => "medium",
        (Effort::High, _) | (Effort::ExtraHigh | Effort::Max, "high") => "high",
        (Effort::ExtraHigh, _) | (Effort::Max, "xhigh") => "xhigh",
        (Effort::Max, most) => most,
    }
}

/// The models that came with `max` before there was `xhigh`.
fn before_xhigh(effort: Effort) -> &'static str {
    if effort == Effort::ExtraHigh { "high" } else { word(effort, "max") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::chat::ParamNames;

    fn told(family: &str, reasoning: Reasoning, max_tokens: Option<u64>) -> String {
        let names = match reasoning {
            Reasoning::Budget(_) | Reasoning::Adaptive => {
                ParamNames { reasoning: "thinking", ..ParamNames::OPENAI }
            }
            Reasoning::Off | Reasoning::Effort(_) => ParamNames::OPENAI,
        };
        let chat = Chat { reasoning: Some(reasoning), max_tokens, names, ..Chat::default() };
        match told_to_think(&chat, Family::of(family), &mut Dropped::default()) {
            Ok(told) => {
                let member = told.member.map(|(name, json)| format!("{name}:{json}"));
                [member, told.effort.map(str::to_owned)].into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            Err(refusal) => refusal.message().to_owned(),
        }
    }

    #[test]
    fn each_family_is_told_in_its_words() {
        let low = Reasoning::Effort(Effort::Low);
        let max = Reasoning::Effort(Effort::Max);
        for (family, reasoning, expected) in [
            (
                "anthropic.claude-3-7-sonnet",
                low.clone(),
                r#"thinking:{"type":"enabled","budget_tokens":2048}"#,
            ),
            (
                "anthropic.claude-opus-4-6",
                Reasoning::Effort(Effort::ExtraHigh),
                r#"thinking:{"type":"adaptive"} high"#,
            ),
            ("anthropic.claude-opus-4-7", max.clone(), r#"thinking:{"type":"adaptive"} max"#),
            ("anthropic.claude-opus-4-7", Reasoning::Off, r#"thinking:{"type":"disabled"}"#),
            ("anthropic.claude-sonnet-4-5", Reasoning::Off, ""),
            ("anthropic.claude-3-haiku", Reasoning::Off, ""),
            (
                "amazon.nova-2-lite",
                low.clone(),
                r#"reasoningConfig:{"type":"enabled","maxReasoningEffort":"low"}"#,
            ),
            ("openai.gpt-oss-20b", max.clone(), r#"reasoning_effort:"high""#),
            ("openai.gpt-5.4", max, r#"reasoning:{"effort":"xhigh"}"#),
            ("openai.gpt-6-sol", Reasoning::Off, r#"reasoning:{"effort":"none"}"#),
        ] {
            assert_eq!(told(family, reasoning, None), expected, "{family}");
        }
        let unknown = "reasoning_effort is not known to this model; leave it out";
        for family in ["deepseek.r1", "amazon.nova-lite", "anthropic.claude-3-5-sonnet", "meta.llama4"] {
            assert_eq!(told(family, low.clone(), None), unknown, "{family}");
        }
        for (family, reasoning, expected) in [
            ("openai.gpt-oss-20b", Reasoning::Off, "reasoning_effort cannot be turned off for this model"),
            ("openai.gpt-6-sol", Reasoning::Adaptive, "thinking takes only an effort with this model"),
            (
                "anthropic.claude-opus-4-7",
                Reasoning::Budget(2000),
                "thinking takes no budget with this model",
            ),
            (
                "anthropic.claude-sonnet-4-5",
                Reasoning::Adaptive,
                "thinking cannot be adaptive with this model",
            ),
        ] {
            let refused = told(family, reasoning, None);
            assert!(refused.starts_with(expected), "{family}: {refused}");
        }
    }

    #[test]
    fn a_budget_fits_into_the_tokens() {
        let high = || Reasoning::Effort(Effort::High);
        let claude = "anthropic.claude-sonnet-4-5";
        assert_eq!(told(claude, high(), Some(4000)), r#"thinking:{"type":"enabled","budget_tokens":3200}"#);
        assert_eq!(told(claude, high(), Some(1025)), r#"thinking:{"type":"enabled","budget_tokens":1024}"#);
        assert_eq!(
            told(claude, high(), Some(1000)),
            "max_tokens is 1000; give more than 1024 to a model that thinks"
        );
        assert_eq!(
            told(claude, Reasoning::Budget(1000), None),
            "thinking.budget_tokens is 1000; give at least 1024"
        );
        assert_eq!(
            told(claude, Reasoning::Budget(2000), Some(2000)),
            "thinking.budget_tokens is 2000; give less than max_tokens, which is 2000"
        );
        let refused = told("amazon.nova-2-lite", high(), Some(9));
        assert!(
            refused.starts_with("reasoning_effort cannot be high for this model together with max_tokens")
        );
    }
}
