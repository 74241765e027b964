//! What models of some families refuse that others take.

use super::member::{Member, malformed, returned};
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::Value;
use std::collections::BTreeSet;

/// Who takes no turn with text and tools in it: <https://github.com/langchain-ai/langchain-aws/pull/1118>,
/// <https://github.com/strands-agents/harness-sdk/issues/1223>.
const PART_TOOLS: [&str; 2] = ["meta.", "mistral."];

/// Whose tools have no definitions at the top of their schemas: <https://github.com/zed-industries/zed/issues/28521>,
/// <https://github.com/lastmile-ai/mcp-agent/issues/126>. Its documentation allows `type`, `properties` and `required`
/// only; the model takes more.
const NOVA: &str = "amazon.nova";
const NO_DEFINITIONS: [&str; 2] = ["definitions", "$defs"];
/// Whose tools have no choice there: <https://github.com/trycua/cua/issues/3303>.
const NO_CHOICE: &str = "anthropic.claude";
/// Whose tools have a name each: <https://github.com/tailcallhq/forgecode/issues/892>.
const UNIQUE_NAMES: &str = "anthropic.claude";

/// Who takes no stop sequences: <https://github.com/crewAIInc/crewAI/issues/3317>,
/// <https://github.com/langgenius/dify-official-plugins/issues/1767>, <https://github.com/langchain-ai/langchain-aws/issues/664>.
const NO_STOP: [&str; 3] = ["openai.gpt-oss", "qwen.", "deepseek.v3"];

/// Who takes no instructions, and who no tools:
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>.
const NO_SYSTEM: [&str; 3] = ["amazon.titan", "mistral.mistral-7b", "mistral.mixtral"];
const NO_TOOLS: [&str; 10] = [
    "amazon.titan",
    "anthropic.claude-instant",
    "ai21.jamba-instruct",
    "deepseek.r1",
    "meta.llama3-8b",
    "meta.llama3-70b",
    "meta.llama3-2-1b",
    "meta.llama3-2-3b",
    "mistral.mistral-7b",
    "mistral.mixtral",
];

/// Whose cache points do not follow a text document: <https://github.com/aws/aws-sdk-java-v2/issues/6277>.
const CACHING: &str = "anthropic.claude";

/// Who does not go on with words of its own: <https://github.com/i-am-bee/beeai-framework/issues/753>.
const NO_PREFILL: &str = "meta.";

/// Who takes two turns of one side, one after the other: seen with a guardrail.
const ONE_SIDED: &str = "amazon.titan";

/// Claudes before the fourth generation.
const BEFORE_CLAUDE_4: [&str; 2] = ["anthropic.claude-instant", "anthropic.claude-3"];

/// Whose `topP` ends before 1: <https://github.com/promptfoo/promptfoo/issues/914>.
const TOP_P_BELOW_1: &str = "cohere.command";
/// The most that Nova takes: <https://github.com/aws-samples/bedrock-chat/pull/645>.
const NOVA_TOP_K: f64 = 128.0;

/// Which Claudes take a temperature or a top-p, and not both: <https://github.com/BerriAI/litellm/issues/15070>.
const ONE_SAMPLING: [&str; 6] = [
    "anthropic.claude-opus-4-1",
    "anthropic.claude-opus-4-5",
    "anthropic.claude-opus-4-6",
    "anthropic.claude-sonnet-4-5",
    "anthropic.claude-sonnet-4-6",
    "anthropic.claude-haiku-4-5",
];

/// Which Claudes take no instructions among the messages, and say so in a word of their own or in an older one:
/// <https://github.com/BerriAI/litellm/pull/32831>, <https://github.com/UKGovernmentBEIS/inspect_ai/pull/4221>.
const NO_SYSTEM_MESSAGES: [&str; 2] = ["anthropic.claude-opus-4-7", "anthropic.claude-mythos-preview"];
const NO_SYSTEM_MESSAGES_YET: [&str; 5] = [
    "anthropic.claude-instant",
    "anthropic.claude-3",
    "anthropic.claude-haiku-4",
    "anthropic.claude-sonnet-4",
    "anthropic.claude-opus-4",
];
const SYSTEM_MESSAGES: &str = "anthropic.claude-opus-4-8";

/// The most that some write at once: <https://github.com/vercel/ai/issues/2772>,
/// <https://docs.aws.amazon.com/nova/latest/userguide/what-is-nova.html>.
const MAX_TOKENS: [(&str, i64); 12] = [
    ("anthropic.claude-3-haiku", 4096),
    ("anthropic.claude-3-sonnet", 4096),
    ("anthropic.claude-3-opus", 4096),
    ("anthropic.claude-3-5", 8192),
    ("anthropic.claude-sonnet-4-2025", 64_000),
    ("anthropic.claude-sonnet-4-5", 64_000),
    ("anthropic.claude-haiku-4-5", 64_000),
    ("amazon.nova-micro", 10_000),
    ("amazon.nova-lite", 10_000),
    ("amazon.nova-pro", 10_000),
    ("meta.llama3-1-8b", 8192),
    ("amazon.titan-text-lite", 4096),
];

/// Refuses what this model does not take by Converse.
pub(super) fn check(model: &ModelId, body: &Value) -> Result<(), Refused> {
    let request = Member::request(body);
    let is_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| model.family().starts_with(prefix));
    if is_of(&PART_TOOLS) {
        check_parted(&request.required("messages")?)?;
    }
    if is_of(&NO_SYSTEM) && body["system"].as_array().is_some_and(|blocks| !blocks.is_empty()) {
        return Err(Refused::validation(
            "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
        ));
    }
    if is_of(&NO_TOOLS) && !body["toolConfig"].is_null() {
        return Err(Refused::validation("This model doesn't support tool use."));
    }
    if is_of(&NO_STOP) && body["inferenceConfig"]["stopSequences"].is_array() {
        return Err(Refused::validation(
            "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
        ));
    }
    if is_of(&[CACHING]) {
        check_cache_points(body)?;
    }
    let last = body["messages"].as_array().and_then(|messages| messages.last());
    if is_of(&[NO_PREFILL]) && last.is_some_and(|last| last["role"] == "assistant") {
        return Err(Refused::validation(
            "The model that you are using requires the last turn in the conversation to be a user message. Add a user message to the conversation and try again.",
        ));
    }
    check_sampling(&is_of, body)?;
    let config = &body["inferenceConfig"];
    let (temperature, top_p) = (&config["temperature"], &config["topP"]);
    if let Some(problem) = both_samplings(model, temperature, top_p) {
        return Err(returned(problem));
    }
    check_max_tokens(&is_of, &config["maxTokens"])?;
    check_schemas(model, &request)
}

/// What a Claude says to a temperature together with a top-p.
pub(super) fn both_samplings(model: &ModelId, temperature: &Value, top_p: &Value) -> Option<&'static str> {
    let is_one = ONE_SAMPLING.iter().any(|prefix| model.family().starts_with(prefix));
    (is_one && temperature.is_number() && top_p.is_number())
        .then_some("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
}

/// What a Claude says to instructions as the message of this place.
pub(super) fn system_message(model: &ModelId, at: usize) -> Option<&'static str> {
    let family = model.family();
    let is_one_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| family.starts_with(prefix));
    if is_one_of(&NO_SYSTEM_MESSAGES) {
        return Some("role 'system' is not supported on this model");
    }
    // Of Claude 1 and 2, the family ends before the version.
    if family == "anthropic.claude" || is_one_of(&NO_SYSTEM_MESSAGES_YET) && !is_one_of(&[SYSTEM_MESSAGES]) {
        return Some("messages: Unexpected role \"system\". Give it as the top-level `system` parameter.");
    }
    (at == 0).then_some("messages.0: use the top-level 'system' parameter for the initial system prompt")
}

/// Whether a model is a Claude of the fourth generation or later: it takes a conversation that begins with its own
/// words.
pub(super) fn is_claude_4(model: &ModelId) -> bool {
    let family = model.family();
    // Of Claude 1 and 2, the family ends before the version.
    family.starts_with("anthropic.claude-") && !BEFORE_CLAUDE_4.iter().any(|old| family.starts_with(old))
}

/// Whether two turns of one side may follow each other.
pub(super) fn takes_turns_of_one_side(model: &ModelId) -> bool {
    model.family().starts_with(ONE_SIDED)
}

/// What a Claude says to a tool whose schema has a choice at its top.
pub(super) fn choice_at_top(model: &ModelId, at: usize, schema: &Value) -> Option<String> {
    let has_choice = ["oneOf", "allOf", "anyOf"].iter().any(|name| schema.get(name).is_some());
    (has_choice && model.family().starts_with(NO_CHOICE)).then(|| {
        format!(
            "tools.{at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level"
        )
    })
}

fn check_cache_points(body: &Value) -> Result<(), Refused> {
    for (at, message) in body["messages"].as_array().into_iter().flatten().enumerate() {
        let content = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_bad = |pair: &[Value]| match pair {
            [before, point] => {
                let format = &before["document"]["format"];
                format.is_string() && format != "pdf" && point.get("cachePoint").is_some()
            }
            _ => false,
        };
        if let Some(place) = content.windows(2).position(is_bad) {
            return Err(returned(&format!("messages.{at}.content.{}.type: Field required", place + 1)));
        }
    }
    Ok(())
}

fn check_parted(messages: &Member) -> Result<(), Refused> {
    for (at, message) in messages.items(0..=usize::MAX)?.iter().enumerate() {
        let content = message.value()["content"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (member, name) in [("toolUse", "tool use"), ("toolResult", "tool result")] {
            let of_tools = content.iter().filter(|block| block.get(member).is_some()).count();
            if of_tools != 0 && of_tools != content.len() {
                return Err(Refused::validation(format!(
                    "messages.{at}.content: Conversation blocks and {name} blocks cannot be provided in the same turn."
                )));
            }
        }
    }
    Ok(())
}

fn check_sampling(is_of: &dyn Fn(&[&str]) -> bool, body: &Value) -> Result<(), Refused> {
    let top_p = body["inferenceConfig"]["topP"].as_f64().filter(|top_p| *top_p > 0.99);
    if let (true, Some(top_p)) = (is_of(&[TOP_P_BELOW_1]), top_p) {
        return Err(malformed(&format!("#/p: {top_p} is not less or equal to 0.99")));
    }
    let top_k = body.pointer("/additionalModelRequestFields/inferenceConfig/topK").and_then(Value::as_f64);
    if let (true, Some(top_k)) = (is_of(&[NOVA]), top_k.filter(|top_k| *top_k > NOVA_TOP_K)) {
        return Err(malformed(&format!(
            "#/inferenceConfig/topK: {top_k} is not less or equal to {NOVA_TOP_K}"
        )));
    }
    Ok(())
}

fn check_max_tokens(is_of: &dyn Fn(&[&str]) -> bool, asked: &Value) -> Result<(), Refused> {
    let limit = MAX_TOKENS.iter().find(|(prefix, _)| is_of(&[prefix])).map(|(_, limit)| *limit);
    match (limit, asked.as_i64()) {
        (Some(limit), Some(asked)) if asked > limit => Err(Refused::validation(format!(
            "The maximum tokens you requested exceeds the model limit of {limit}. Try again with a maximum tokens value that is lower than {limit}."
        ))),
        _ => Ok(()),
    }
}

fn check_schemas(model: &ModelId, request: &Member) -> Result<(), Refused> {
    let config = request.as_model_input().optional("toolConfig")?;
    let tools = config.map_or(Ok(None), |config| config.optional("tools"))?;
    let mut names = BTreeSet::new();
    for (at, tool) in tools.map_or(Ok(Vec::new()), |tools| tools.items(0..=usize::MAX))?.iter().enumerate() {
        let Some(spec) = tool.optional("toolSpec")? else { continue };
        let is_first = spec.value()["name"].as_str().is_none_or(|name| names.insert(name));
        if !is_first && model.family().starts_with(UNIQUE_NAMES) {
            return Err(returned("tools: Tool names must be unique."));
        }
        let schema = spec.required("inputSchema")?.required("json")?;
        if model.family().starts_with(NOVA) {
            schema.none_of(&NO_DEFINITIONS)?;
        }
        if let Some(problem) = choice_at_top(model, at, schema.value()) {
            return Err(returned(&problem));
        }
    }
    Ok(())
}
