//! InvokeGuardrailChecks: scores messages by checks that are named in the call, without a guardrail.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeGuardrailChecks.html>

use super::guardrail_check_words::{
    CONTENT_FILTER_CATEGORIES, PROMPT_ATTACK_CATEGORIES, SENSITIVE_INFORMATION_TYPES,
};
use crate::protocol::content::Role;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;
use serde_json::Value;

/// Scores messages.
#[derive(Clone, Debug)]
pub struct InvokeGuardrailChecks {
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Given(Document),
    Built(Box<Checks>),
}

#[derive(Clone, Debug, Default)]
struct Checks {
    messages: Vec<CheckedMessage>,
    content_filter: Vec<String>,
    prompt_attack: Vec<String>,
    sensitive_information: Vec<String>,
}

/// A message to score.
#[derive(Clone, Debug)]
pub struct CheckedMessage {
    role: Role,
    texts: Vec<String>,
}

impl CheckedMessage {
    /// A message of one text, which must not be empty.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, texts: vec![text.into()] }
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.texts.push(text.into());
        self
    }
}

impl InvokeGuardrailChecks {
    /// `body` goes out byte for byte; it is only checked to be a JSON object.
    pub fn new(body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Ok(Self { body: Body::Given(Document::object("body", body)?) })
    }

    /// Scores these messages, by the checks that are added.
    pub fn typed(messages: impl IntoIterator<Item = CheckedMessage>) -> Self {
        let checks = Checks { messages: messages.into_iter().collect(), ..Checks::default() };
        Self { body: Body::Built(Box::new(checks)) }
    }

    /// Scores harmful content, 1 to 5 categories: `VIOLENCE`, `HATE`, `SEXUAL`, `MISCONDUCT`, `INSULTS`. Changes
    /// nothing where the body was given.
    #[must_use]
    pub fn content_filter<T: Into<String>>(self, categories: impl IntoIterator<Item = T>) -> Self {
        self.with(|checks| checks.content_filter.extend(words(categories)))
    }

    /// Scores attacks on a prompt, 1 to 3 categories: `JAILBREAK`, `PROMPT_INJECTION`, `PROMPT_LEAKAGE`. Changes
    /// nothing where the body was given.
    #[must_use]
    pub fn prompt_attack<T: Into<String>>(self, categories: impl IntoIterator<Item = T>) -> Self {
        self.with(|checks| checks.prompt_attack.extend(words(categories)))
    }

    /// Finds personal data and secrets, 1 to 31 types such as `EMAIL`, `NAME`, `AWS_SECRET_KEY`. Changes nothing where
    /// the body was given.
    #[must_use]
    pub fn sensitive_information<T: Into<String>>(self, entities: impl IntoIterator<Item = T>) -> Self {
        self.with(|checks| checks.sensitive_information.extend(words(entities)))
    }

    fn with(mut self, change: impl FnOnce(&mut Checks)) -> Self {
        if let Body::Built(checks) = &mut self.body {
            change(checks);
        }
        self
    }
}

/// In upper case, as AWS writes them.
fn words<T: Into<String>>(given: impl IntoIterator<Item = T>) -> impl Iterator<Item = String> {
    given.into_iter().map(|word| word.into().to_ascii_uppercase())
}

impl Checks {
    fn json(&self) -> Result<Bytes, InvalidInput> {
        if self.messages.is_empty() {
            return Err(InvalidInput::new("messages", "is empty; give a message to check"));
        }
        let mut body = ObjectWriter::default();
        let mut messages = body.array("messages");
        for (place, message) in self.messages.iter().enumerate() {
            if let Some(text) = message.texts.iter().position(String::is_empty) {
                let path = format!("messages[{place}].content[{text}].text");
                return Err(InvalidInput::new(path, "is empty; give a text of at least one character"));
            }
            let mut written = messages.object();
            let mut content = written.array("content");
            for text in &message.texts {
                content.object().string("text", text);
            }
            drop(content);
            written.string("role", message.role.as_str());
        }
        drop(messages);
        let mut checks = body.object("checks");
        let mut is_empty = true;
        for (name, list, member, given, known) in [
            ("contentFilter", "categories", "category", &self.content_filter, &CONTENT_FILTER_CATEGORIES[..]),
            ("promptAttack", "categories", "category", &self.prompt_attack, &PROMPT_ATTACK_CATEGORIES),
            (
                "sensitiveInformation",
                "entities",
                "type",
                &self.sensitive_information,
                &SENSITIVE_INFORMATION_TYPES,
            ),
        ] {
            let path = format!("checks.{name}.{list}");
            if given.len() > known.len() {
                let problem = format!("has {} elements; give at most {}", given.len(), known.len());
                return Err(InvalidInput::new(path, problem));
            }
            if let Some(place) = given.iter().position(|word| !known.contains(&word.as_str())) {
                let problem = format!("is {:?}; give one of {}", given[place], known.join(", "));
                return Err(InvalidInput::new(format!("{path}[{place}].{member}"), problem));
            }
            if !given.is_empty() {
                let mut check = checks.object(name);
                let mut elements = check.array(list);
                for word in given {
                    elements.object().string(member, word);
                }
                is_empty = false;
            }
        }
        drop(checks);
        if is_empty {
            return Err(InvalidInput::new(
                "checks",
                "is empty; give contentFilter, promptAttack or sensitiveInformation",
            ));
        }
        Ok(body.finish())
    }
}

impl Operation for InvokeGuardrailChecks {
    type Output = InvokeGuardrailChecksOutput;

    fn name(&self) -> &'static str {
        "InvokeGuardrailChecks"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let body = match &self.body {
            Body::Given(document) => document.bytes().clone(),
            Body::Built(checks) => checks.json()?,
        };
        let headers = [("content-type", "application/json")];
        request_to(endpoint, Method::POST, "/guardrail-checks/invoke", &headers, body)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<InvokeGuardrailChecksOutput, Undecodable> {
        let document = Document::new(response.into_body());
        let answer =
            document.json().ok().filter(|answer| answer.get("results").is_some_and(Value::is_object));
        let answer = answer.ok_or_else(|| Undecodable::new(self.name(), "it has no results"))?;
        Ok(InvokeGuardrailChecksOutput { document, answer })
    }
}

/// How strongly one category was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CheckScore {
    /// The category: `VIOLENCE`.
    pub category: String,
    /// From 0 to 1.
    pub severity_score: f64,
}

/// Personal data or a secret that was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SensitiveInformation {
    /// The type: `EMAIL`.
    pub entity_type: String,
    /// From 0 to 1.
    pub confidence_score: f64,
    /// In which message.
    pub message_index: u64,
    /// In which of its texts.
    pub content_index: u64,
    /// Where it begins in the text.
    pub begin_offset: u64,
    /// Where it ends.
    pub end_offset: u64,
}

/// The scores.
#[derive(Clone, Debug)]
pub struct InvokeGuardrailChecksOutput {
    document: Document,
    answer: Value,
}

impl InvokeGuardrailChecksOutput {
    /// Harmful content, by category.
    pub fn content_filter(&self) -> Vec<CheckScore> {
        self.scores("/results/contentFilter/results")
    }

    /// Attacks on the prompt, by category.
    pub fn prompt_attack(&self) -> Vec<CheckScore> {
        self.scores("/results/promptAttack/results")
    }

    /// Personal data and secrets.
    pub fn sensitive_information(&self) -> Vec<SensitiveInformation> {
        let found = self.entries("/results/sensitiveInformation/results").filter_map(|entry| {
            let number = |name: &str| entry.get(name)?.as_u64();
            Some(SensitiveInformation {
                entity_type: entry.get("type")?.as_str()?.to_owned(),
                confidence_score: entry.get("confidenceScore")?.as_f64()?,
                message_index: number("messageIndex")?,
                content_index: number("contentIndex")?,
                begin_offset: number("beginOffset")?,
                end_offset: number("endOffset")?,
            })
        });
        found.collect()
    }

    /// Whether there was more sensitive information than the answer lists.
    pub fn is_truncated(&self) -> bool {
        let truncated = self.answer.pointer("/results/sensitiveInformation/truncated");
        truncated.and_then(Value::as_bool).unwrap_or_default()
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }

    fn scores(&self, pointer: &str) -> Vec<CheckScore> {
        let scores = self.entries(pointer).filter_map(|entry| {
            Some(CheckScore {
                category: entry.get("category")?.as_str()?.to_owned(),
                severity_score: entry.get("severityScore")?.as_f64()?,
            })
        });
        scores.collect()
    }

    fn entries(&self, pointer: &str) -> impl Iterator<Item = &Value> {
        self.answer.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
    }
}
