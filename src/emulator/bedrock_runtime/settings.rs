//! What Converse takes beside the conversation, from the service's side: the enums, patterns and bounds of its model,
//! which most SDKs leave to it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use super::guardrails::{is_guardrail, is_guardrail_version};
use super::member::Member;
use crate::emulator::refused::Refused;

const MAX_METADATA: usize = 16;
const METADATA_CHARS: usize = 256;
const METADATA: &str = r"[a-zA-Z0-9\s:_@$#=/+,-.]";

/// Checks everything but messages, instructions and tools.
pub(super) fn check(request: &Member) -> Result<(), Refused> {
    if let Some(config) = request.optional("inferenceConfig")? {
        check_inference(&config)?;
    }
    if let Some(config) = request.optional("guardrailConfig")? {
        check_guardrail(&config)?;
    }
    if let Some(latency) = inner(request, "performanceConfig", "latency")? {
        latency.one_of(&["standard", "optimized"])?;
    }
    if let Some(tier) = inner(request, "serviceTier", "type")? {
        tier.one_of(&["priority", "default", "flex", "reserved"])?;
    }
    if let Some(paths) = request.optional("additionalModelResponseFieldPaths")? {
        for path in paths.items(0..=10)? {
            path.text(1..=256)?;
        }
    }
    request.optional("requestMetadata")?.map_or(Ok(()), |metadata| check_metadata(&metadata))
}

fn inner<'a>(request: &Member<'a>, config: &str, name: &str) -> Result<Option<Member<'a>>, Refused> {
    request.optional(config)?.map_or(Ok(None), |config| config.optional(name))
}

fn check_inference(config: &Member) -> Result<(), Refused> {
    if let Some(tokens) = config.optional("maxTokens")? {
        tokens.integer(1..=i64::from(i32::MAX))?;
    }
    for name in ["temperature", "topP"] {
        if let Some(number) = config.optional(name)? {
            number.share()?;
        }
    }
    if let Some(sequences) = config.optional("stopSequences")? {
        for sequence in sequences.items(0..=2500)? {
            sequence.text(1..=usize::MAX)?;
        }
    }
    Ok(())
}

fn check_guardrail(config: &Member) -> Result<(), Refused> {
    let pattern = |text: &str| format!("Member must satisfy regular expression pattern: {text}");
    if let Some(id) = config.optional("guardrailIdentifier")?
        && !is_guardrail(id.text(0..=2048)?)
    {
        let text = "(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))";
        return Err(id.refuse(&pattern(text)));
    }
    if let Some(version) = config.optional("guardrailVersion")?
        && !is_guardrail_version(version.text(0..=usize::MAX)?)
    {
        return Err(version.refuse(&pattern("(|([1-9][0-9]{0,7})|(DRAFT))")));
    }
    if let Some(trace) = config.optional("trace")? {
        trace.one_of(&["enabled", "disabled", "enabled_full"])?;
    }
    if let Some(mode) = config.optional("streamProcessingMode")? {
        mode.one_of(&["sync", "async"])?;
    }
    Ok(())
}

fn check_metadata(metadata: &Member) -> Result<(), Refused> {
    let pairs = metadata.object()?;
    if !(1..=MAX_METADATA).contains(&pairs.len()) {
        let bound = if pairs.is_empty() { "greater than or equal to 1" } else { "less than or equal to 16" };
        return Err(metadata.refuse(&format!("Member must have length {bound}")));
    }
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c);
    for (key, value) in pairs {
        for (what, text, least) in
            [("keys", key.as_str(), 1), ("value", value.as_str().unwrap_or_default(), 0)]
        {
            let is_fine =
                (least..=METADATA_CHARS).contains(&text.chars().count()) && text.chars().all(is_plain);
            if !is_fine || !value.is_string() {
                return Err(metadata.refuse(&format!(
                    "Map {what} must satisfy constraint: [Member must satisfy regular expression pattern: {METADATA}{{{least},{METADATA_CHARS}}}]"
                )));
            }
        }
    }
    Ok(())
}
