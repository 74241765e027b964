//! Who answers for an ARN that does not tell its model: an application inference profile, a provisioned, imported or
//! deployed model, a prompt router, an endpoint of SageMaker, a prompt. A profile that is listed names its model; of
//! the others the body tells most.

use super::listed::profiles_of;
use crate::fixture::Store;
use crate::protocol::model::ModelId;
use serde_json::Value;

const CLAUDE: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
const NOVA: &str = "amazon.nova-lite-v1:0";
/// It answers in the shape of most models that are brought to an endpoint.
const ENDPOINT: &str = "google.gemma-3-27b-it";

const LLAMA: &str = "meta.llama3-70b-instruct-v1:0";

/// By what leads somewhere in the body of an InvokeModel, whose body it is. The first that does decides.
const BY_MEMBER: [(&str, &str); 13] = [
    ("/textGenerationConfig", "amazon.titan-text-express-v1"),
    ("/inputText", "amazon.titan-embed-text-v2:0"),
    ("/texts", "cohere.embed-english-v3"),
    ("/schemaVersion", NOVA),
    ("/inferenceConfig", NOVA),
    ("/anthropic_version", CLAUDE),
    ("/max_tokens_to_sample", "anthropic.claude-v2:1"),
    ("/max_gen_len", LLAMA),
    ("/message", "cohere.command-r-v1:0"),
    ("/prompt", ENDPOINT),
    ("/messages/0/content/0/type", ENDPOINT),
    ("/messages/0/content/0/text", NOVA),
    ("/messages", ENDPOINT),
];

/// The model behind an ARN; any other id is its own.
pub(super) fn model_behind(
    asked: &ModelId,
    is_converse: bool,
    body: &Value,
    region: &str,
    stores: &[&Store],
) -> Option<ModelId> {
    let resource = asked.as_str().strip_prefix("arn:")?.splitn(5, ':').nth(4)?;
    let listed = || {
        let profiles = profiles_of(region, stores);
        let profile = profiles.iter().find(|profile| profile["inferenceProfileArn"] == asked.as_str())?;
        let model = profile.pointer("/models/0/modelArn")?.as_str()?.rsplit('/').next()?;
        ModelId::new(model).ok()
    };
    let guessed = |otherwise: &'static str| {
        let mut by_member = BY_MEMBER.iter().filter(|_| !is_converse);
        by_member.find(|(pointer, _)| body.pointer(pointer).is_some()).map_or(otherwise, |(_, model)| *model)
    };
    let id = match resource.split_once('/') {
        Some(("application-inference-profile", name)) if is_name(name) => {
            return listed().or_else(|| ModelId::new(guessed(CLAUDE)).ok());
        }
        Some(("provisioned-model" | "prompt-router", name)) if is_name(name) => guessed(CLAUDE),
        Some(("imported-model", name)) if is_name(name) => guessed(ENDPOINT),
        Some(("custom-model-deployment", name)) if is_name(name) => guessed(NOVA),
        // It is called by the family that it chooses from: `meta.llama:1`.
        Some(("default-prompt-router", family)) => match family.split_once('.') {
            Some(("meta", _)) => LLAMA,
            Some(("amazon", _)) => NOVA,
            Some(("anthropic", _)) => CLAUDE,
            _ => return None,
        },
        Some(("endpoint", _)) if asked.as_str().contains(":sagemaker:") => ENDPOINT,
        _ if is_prompt(asked) => CLAUDE,
        _ => return None,
    };
    ModelId::new(id).ok()
}

/// Whether an ARN is that of a prompt, with a version or without: it has the messages in it.
pub(super) fn is_prompt(asked: &ModelId) -> bool {
    let resource = asked.as_str().strip_prefix("arn:").and_then(|arn| arn.split_once(":prompt/"));
    resource.is_some_and(|(_, name)| is_name(name.split(':').next().unwrap_or(name)))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())
}
