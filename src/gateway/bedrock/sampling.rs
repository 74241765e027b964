//! How an answer is drawn, as far as a model lets it be said. What says only what is so anyway (a temperature of 1) is
//! left out where it would be refused: many clients send it unasked.

use super::family::{Family, SamplingTaken};
use crate::gateway::chat::Chat;
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use serde_json::Number;

/// What is sent.
#[derive(Debug, Default)]
pub(super) struct Drawn<'a> {
    pub(super) temperature: Option<&'a Number>,
    pub(super) top_p: Option<&'a Number>,
    pub(super) top_k: Option<&'a Number>,
}

/// What is sent to a model. `thinks` is whether a Claude thinks: it then has a temperature of its own.
pub(super) fn drawn<'a>(
    chat: &'a Chat,
    family: &Family,
    taken: SamplingTaken,
    thinks: bool,
    dropped: &mut Dropped,
) -> Result<Drawn<'a>, Refusal> {
    let sampling = &chat.sampling;
    let temperature = in_range("temperature", sampling.temperature.as_ref(), dropped)?;
    let top_p = in_range("top_p", sampling.top_p.as_ref(), dropped)?;
    let mut drawn = Drawn { temperature, top_p, top_k: sampling.top_k.as_ref() };
    if drawn.top_k.is_some() && family.top_k.is_none() {
        dropped.param("top_k", "is not known to this model; leave it out")?;
        drawn.top_k = None;
    }
    let too_many = |top_k: &&Number| family.most_top_k.filter(|most| top_k.as_f64() > Some(f64::from(*most)));
    if let (Some(top_k), Some(most)) = (drawn.top_k, drawn.top_k.as_ref().and_then(too_many)) {
        dropped.param("top_k", &format!("is {top_k}; this model takes at most {most}"))?;
        drawn.top_k = None;
    }
    let refused = match taken {
        _ if thinks => Some("cannot be set while the model thinks; leave it out, or do not let it think"),
        SamplingTaken::None => Some("cannot be set for this model; leave it out"),
        SamplingTaken::WithoutThinking => {
            Some("cannot be set for this model, unless it is told not to think; leave it out")
        }
        SamplingTaken::Both | SamplingTaken::One => None,
    };
    if let Some(problem) = refused {
        drop_unless_one("temperature", &mut drawn.temperature, problem, dropped)?;
        // Near to 1, top_p is taken while the model thinks.
        let top_p_is_taken = thinks && taken != SamplingTaken::None;
        if !(top_p_is_taken && drawn.top_p.is_some_and(taken_while_thinking)) {
            drop_unless_one("top_p", &mut drawn.top_p, problem, dropped)?;
        }
        if drawn.top_k.take().is_some() {
            dropped.param("top_k", problem)?;
        }
    } else if taken == SamplingTaken::One && drawn.temperature.is_some() && drawn.top_p.is_some() {
        if drawn.temperature.is_some_and(is_one) {
            drawn.temperature = None;
        } else {
            let problem = "and temperature cannot both be set for this model; leave one of them out";
            drop_unless_one("top_p", &mut drawn.top_p, problem, dropped)?;
        }
    }
    Ok(drawn)
}

/// What a family takes of them; at the others the answer is cut when it comes. A Claude refuses one of white space.
pub(super) fn stop_sequences<'a>(chat: &'a Chat, family: &Family) -> impl Iterator<Item = &'a str> {
    let takes_blank = !family.is_claude();
    let stop = if family.stop_sequences { chat.stop.as_slice() } else { &[] };
    stop.iter().map(String::as_str).filter(move |text| takes_blank || !text.trim().is_empty())
}

fn in_range<'a>(
    param: &str,
    number: Option<&'a Number>,
    dropped: &mut Dropped,
) -> Result<Option<&'a Number>, Refusal> {
    let Some(number) = number else { return Ok(None) };
    if number.as_f64().is_some_and(|number| (0.0..=1.0).contains(&number)) {
        return Ok(Some(number));
    }
    dropped.param(param, &format!("is {number}; Bedrock takes numbers from 0 to 1"))?;
    Ok(None)
}

fn drop_unless_one(
    param: &str,
    number: &mut Option<&Number>,
    problem: &str,
    dropped: &mut Dropped,
) -> Result<(), Refusal> {
    match number.take() {
        Some(number) if !is_one(number) => dropped.param(param, problem),
        _ => Ok(()),
    }
}

fn is_one(number: &Number) -> bool {
    number.as_f64().is_some_and(|number| (number - 1.0).abs() < f64::EPSILON)
}

/// <https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#feature-compatibility>
fn taken_while_thinking(top_p: &Number) -> bool {
    top_p.as_f64().is_some_and(|top_p| top_p >= 0.95)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::chat::Sampling;
    use serde_json::Value;

    fn number(json: Value) -> Option<Number> {
        match json {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Temperature, top_p and top_k as they are sent, or the parameter that is refused.
    fn sent(family: &str, thinks: bool, [temperature, top_p, top_k]: [Value; 3]) -> String {
        let sampling =
            Sampling { temperature: number(temperature), top_p: number(top_p), top_k: number(top_k) };
        let chat = Chat { sampling, ..Chat::default() };
        let family = Family::of(family);
        match drawn(&chat, family, family.sampling, thinks, &mut Dropped::default()) {
            Ok(drawn) => {
                let numbers = [drawn.temperature, drawn.top_p, drawn.top_k];
                numbers.map(|number| number.map_or("-".to_owned(), Number::to_string)).join(" ")
            }
            Err(refusal) => refusal.message().split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    #[test]
    fn each_family_gets_what_it_takes() {
        let null = Value::Null;
        let of = |t: f64, p: f64| [Value::from(t), Value::from(p), Value::Null];
        assert_eq!(sent("anthropic.claude-3-haiku", false, of(0.5, 0.9)), "0.5 0.9 -");
        assert_eq!(sent("anthropic.claude-sonnet-4-5", false, of(0.5, 0.9)), "top_p");
        assert_eq!(sent("anthropic.claude-sonnet-4-5", false, of(0.5, 1.0)), "0.5 - -");
        assert_eq!(sent("anthropic.claude-sonnet-4-5", false, of(1.0, 0.9)), "- 0.9 -");
        assert_eq!(sent("anthropic.claude-opus-4-7", false, of(1.0, 1.0)), "- - -");
        assert_eq!(sent("anthropic.claude-opus-4-7", false, of(0.0, 1.0)), "temperature");
        assert_eq!(sent("anthropic.claude-3-7-sonnet", true, of(1.0, 0.96)), "- 0.96 -");
        assert_eq!(sent("anthropic.claude-3-7-sonnet", true, of(1.0, 0.9)), "top_p");
        assert_eq!(sent("amazon.nova-lite", false, of(1.5, 1.0)), "temperature");
        let top_k = [null.clone(), null.clone(), Value::from(40)];
        assert_eq!(sent("amazon.nova-lite", false, top_k.clone()), "- - 40");
        assert_eq!(sent("meta.llama4", false, top_k), "top_k");
        for (top_k, expected) in [(128, "- - 128"), (129, "top_k")] {
            assert_eq!(sent("amazon.nova-lite", false, [null.clone(), null.clone(), top_k.into()]), expected);
        }
    }
}
