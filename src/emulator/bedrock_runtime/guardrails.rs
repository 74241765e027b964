//! ApplyGuardrail and InvokeGuardrailChecks, from the service's side. Every guardrail that is well named is there, and
//! all have one rule: they block a text that contains the word `blocked`, in upper or lower case.
//!
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html>
//! - <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeGuardrailChecks.html>

use super::member::{Member, malformed};
use crate::emulator::refused::Refused;
use crate::protocol::operation::bedrock_runtime::guardrail_check_words::{
    CONTENT_FILTER_CATEGORIES, PROMPT_ATTACK_CATEGORIES, SENSITIVE_INFORMATION_TYPES,
};
use serde_json::{Map, Value, json};

/// What a text must not contain.
const BLOCKED: &str = "blocked";

/// What comes instead of it.
pub(super) const BLOCKED_MESSAGE: &str = "Sorry, the model cannot answer this question.";

/// Texts are counted in units of so many characters. <https://aws.amazon.com/bedrock/pricing/>
const UNIT_CHARS: usize = 1000;

/// What a guardrail does with a content.
pub(in crate::emulator) fn apply_guardrail(id: &str, version: &str, body: &[u8]) -> Result<Value, Refused> {
    check_guardrail(id, version)?;
    let body = object(body)?;
    let request = Member::request(&body);
    request.required("source")?.one_of(&["INPUT", "OUTPUT"])?;
    if let Some(scope) = request.optional("outputScope")? {
        scope.one_of(&["INTERVENTIONS", "FULL"])?;
    }
    let (mut texts, mut images) = (Vec::new(), 0);
    for block in request.required("content")?.items(1..=usize::MAX)? {
        if let Some(image) = block.optional("image")? {
            let format = image.required("format")?.one_of(&["png", "jpeg"])?;
            image.required("source")?.required("bytes")?.image(format)?;
            images += 1;
        } else {
            texts.push(block.required("text")?.required("text")?.text(0..=usize::MAX)?);
        }
    }
    let assessed = Assessed::of(&texts, images);
    let is_blocked = assessed.is_blocked;
    Ok(json!({
        "usage": assessed.usage,
        "action": if is_blocked { "GUARDRAIL_INTERVENED" } else { "NONE" },
        "actionReason": assessed.reason(),
        "outputs": if is_blocked { json!([{ "text": BLOCKED_MESSAGE }]) } else { json!([]) },
        "assessments": [assessed.assessment],
        "guardrailCoverage": assessed.coverage,
    }))
}

/// What a guardrail finds in some texts and images.
pub(super) struct Assessed {
    pub(super) is_blocked: bool,
    usage: Value,
    coverage: Value,
    pub(super) assessment: Value,
}

impl Assessed {
    pub(super) fn of(texts: &[&str], images: usize) -> Self {
        let is_blocked = texts.iter().any(|text| contains_blocked(text));
        let chars: usize = texts.iter().map(|text| text.chars().count()).sum();
        let usage = json!({
            "topicPolicyUnits": 0,
            "contentPolicyUnits": 0,
            "wordPolicyUnits": chars.div_ceil(UNIT_CHARS),
            "sensitiveInformationPolicyUnits": 0,
            "sensitiveInformationPolicyFreeUnits": 0,
            "contextualGroundingPolicyUnits": 0,
            "contentPolicyImageUnits": images,
        });
        let coverage = json!({
            "textCharacters": { "guarded": chars, "total": chars },
            "images": { "guarded": images, "total": images },
        });
        let mut assessment = json!({
            "invocationMetrics": { "guardrailProcessingLatency": 1, "usage": usage, "guardrailCoverage": coverage },
        });
        if is_blocked {
            let word = json!({ "match": BLOCKED, "action": "BLOCKED", "detected": true });
            assessment["wordPolicy"] = json!({ "customWords": [word], "managedWordLists": [] });
        }
        Self { is_blocked, usage, coverage, assessment }
    }

    pub(super) fn reason(&self) -> &'static str {
        if self.is_blocked { "Guardrail blocked." } else { "No action." }
    }
}

/// The scores of the checks that are asked for: 1 for a text that would be blocked, else 0. An e-mail address is any
/// word with an `@` inside; other sensitive information is never found.
pub(in crate::emulator) fn invoke_guardrail_checks(body: &[u8]) -> Result<Value, Refused> {
    let body = object(body)?;
    let request = Member::request(&body);
    let mut texts = Vec::new();
    for (message, member) in request.required("messages")?.items(1..=usize::MAX)?.iter().enumerate() {
        member.required("role")?.one_of(&["user", "assistant", "system"])?;
        for (content, block) in member.required("content")?.items(1..=usize::MAX)?.iter().enumerate() {
            texts.push((message, content, block.required("text")?.text(1..=usize::MAX)?));
        }
    }
    let checks = request.required("checks")?;
    checks.only(&["contentFilter", "promptAttack", "sensitiveInformation"])?;
    let chars: usize = texts.iter().map(|(_, _, text)| text.chars().count()).sum();
    let score = if texts.iter().any(|(_, _, text)| contains_blocked(text)) { 1.0 } else { 0.0 };
    let (mut results, mut usage) = (Map::new(), Map::new());
    for (name, categories) in
        [("contentFilter", &CONTENT_FILTER_CATEGORIES[..]), ("promptAttack", &PROMPT_ATTACK_CATEGORIES)]
    {
        let Some(check) = checks.optional(name)? else { continue };
        let mut scores = Vec::new();
        for asked in check.required("categories")?.items(1..=categories.len())? {
            let category = asked.required("category")?.one_of(categories)?;
            scores.push(json!({ "category": category, "severityScore": score }));
        }
        results.insert(name.to_owned(), json!({ "results": scores }));
        usage.insert(name.to_owned(), json!({ "textUnits": chars.div_ceil(UNIT_CHARS) }));
    }
    if let Some(check) = checks.optional("sensitiveInformation")? {
        let mut found = Vec::new();
        for asked in check.required("entities")?.items(1..=SENSITIVE_INFORMATION_TYPES.len())? {
            if asked.required("type")?.one_of(&SENSITIVE_INFORMATION_TYPES)? == "EMAIL" {
                found.extend(
                    texts.iter().flat_map(|(message, content, text)| emails(text, *message, *content)),
                );
            }
        }
        results.insert("sensitiveInformation".to_owned(), json!({ "results": found, "truncated": false }));
        usage.insert("sensitiveInformation".to_owned(), json!({ "textUnits": chars.div_ceil(UNIT_CHARS) }));
    }
    if results.is_empty() {
        return Err(checks.refuse("at least one check is asked for"));
    }
    Ok(json!({ "results": results, "usage": usage }))
}

fn object(body: &[u8]) -> Result<Value, Refused> {
    match serde_json::from_slice::<Value>(body) {
        Ok(body) if body.is_object() => Ok(body),
        Ok(_) => Err(malformed("expected type: JSONObject")),
        Err(e) => Err(malformed(&format!("the body is no JSON ({e})"))),
    }
}

pub(super) fn check_guardrail(id: &str, version: &str) -> Result<(), Refused> {
    let refuse = |what: &str| {
        Err(Refused::validation(format!("The guardrail {what} provided in the request is invalid.")))
    };
    if id.is_empty() || !is_guardrail(id) {
        return refuse("identifier");
    }
    if version.is_empty() || !is_guardrail_version(version) {
        return refuse("version");
    }
    Ok(())
}

/// Whether a guardrail can have this id or ARN; none is one, too.
pub(super) fn is_guardrail(id: &str) -> bool {
    let name = match id.strip_prefix("arn:") {
        Some(arn) => arn.rsplit_once(":guardrail/").map_or("", |(_, name)| name),
        None => return is_plain(id),
    };
    !name.is_empty() && is_plain(name)
}

/// Whether a guardrail can have this version; none is one, too.
pub(super) fn is_guardrail_version(version: &str) -> bool {
    let is_number =
        version.len() <= 8 && !version.starts_with('0') && version.bytes().all(|b| b.is_ascii_digit());
    is_number || version == "DRAFT"
}

fn is_plain(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn contains_blocked(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(BLOCKED))
}

/// Each word with an `@` inside, with its place in characters.
fn emails(text: &str, message: usize, content: usize) -> Vec<Value> {
    let mut found = Vec::new();
    let mut begin = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.trim_end();
        if address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
            found.push(json!({
                "type": "EMAIL",
                "confidenceScore": 1.0,
                "beginOffset": begin,
                "endOffset": begin + address.chars().count(),
                "messageIndex": message,
                "contentIndex": content,
            }));
        }
        begin += word.chars().count();
    }
    found
}
