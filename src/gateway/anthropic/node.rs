//! A request's JSON, read piece by piece: each value keeps its text, and knows the path to it, so that a refusal can
//! name it as Anthropic's API does (`messages.0.content.1.type`).

use crate::gateway::refusal::Refusal;
use crate::protocol::document::{elements, member, members_in_order};
use serde_json::Number;
use serde_json::value::RawValue;

/// A value and the path to it.
#[derive(Clone, Debug)]
pub(super) struct Node<'a> {
    path: String,
    raw: &'a RawValue,
}

/// A JSON object and the path to it, empty for the body itself.
#[derive(Clone, Debug)]
pub(super) struct Object<'a> {
    path: String,
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Node<'a> {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The text, as the client wrote it.
    pub(super) fn json(&self) -> &'a str {
        self.raw.get()
    }

    /// A refusal that names this value; `problem` is the rest of the sentence.
    pub(super) fn refuse(&self, problem: &str) -> Refusal {
        Refusal::field(self.path.clone(), problem)
    }

    pub(super) fn is_string(&self) -> bool {
        self.json().starts_with('"')
    }

    pub(super) fn object(&self) -> Result<Object<'a>, Refusal> {
        let members = members_in_order(self.json()).ok_or_else(|| self.wrong("an object"))?;
        Ok(Object { path: self.path.clone(), members })
    }

    pub(super) fn array(&self) -> Result<Vec<Node<'a>>, Refusal> {
        let elements = elements(self.json()).ok_or_else(|| self.wrong("an array"))?;
        Ok(elements
            .into_iter()
            .enumerate()
            .map(|(index, raw)| Node { path: format!("{}.{index}", self.path), raw })
            .collect())
    }

    pub(super) fn string(&self) -> Result<String, Refusal> {
        serde_json::from_str(self.json()).map_err(|_| self.wrong("a string"))
    }

    pub(super) fn boolean(&self) -> Result<bool, Refusal> {
        serde_json::from_str(self.json()).map_err(|_| self.wrong("true or false"))
    }

    pub(super) fn number(&self) -> Result<Number, Refusal> {
        serde_json::from_str(self.json()).map_err(|_| self.wrong("a number"))
    }

    /// A whole number of at least `least`.
    pub(super) fn count(&self, least: u64) -> Result<u64, Refusal> {
        let count: Option<u64> = serde_json::from_str(self.json()).ok();
        count
            .filter(|count| *count >= least)
            .ok_or_else(|| self.refuse(&format!("is {}; give a whole number from {least}", self.shown())))
    }

    /// One of these words.
    pub(super) fn word(&self, words: &[&'static str]) -> Result<&'static str, Refusal> {
        let given = self.string()?;
        let found = words.iter().find(|word| **word == given);
        found.copied().ok_or_else(|| self.no_word(words))
    }

    /// The refusal of a value that is none of these words.
    pub(super) fn no_word(&self, words: &[&str]) -> Refusal {
        self.refuse(&format!("is {}; give one of {}", self.shown(), words.join(", ")))
    }

    fn wrong(&self, wanted: &str) -> Refusal {
        let kind = match self.json().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        };
        let is_same = kind == wanted;
        let kind = if is_same { "not readable as such" } else { kind };
        self.refuse(&format!("must be {wanted}, but is {kind}"))
    }

    /// The value as a refusal shows it: what is long may be a prompt, which is in no log.
    fn shown(&self) -> &'a str {
        const MOST: usize = 40;
        if self.json().len() <= MOST { self.json() } else { "a long value" }
    }
}

impl<'a> Object<'a> {
    /// The body itself: a JSON object, in UTF-8; and its text.
    pub(super) fn of_body(body: &'a [u8]) -> Result<(&'a str, Self), Refusal> {
        let text = std::str::from_utf8(body).map_err(|e| {
            Refusal::invalid(format!("the body is not UTF-8: byte {} is wrong", e.valid_up_to() + 1))
        })?;
        let raw: &RawValue = serde_json::from_str(text)
            .map_err(|e| Refusal::invalid(format!("the body is not valid JSON: {e}")))?;
        let members = members_in_order(raw.get())
            .ok_or_else(|| Refusal::invalid("the body must be a JSON object: {\"model\": …}"))?;
        Ok((text, Self { path: String::new(), members }))
    }

    /// All members in the order in which they were written.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        self.members.iter().map(|(name, raw)| (name.as_str(), self.node(name, raw)))
    }

    /// A member; `null` is as good as none.
    pub(super) fn optional(&self, name: &str) -> Option<Node<'a>> {
        let raw = member(&self.members, name).filter(|raw| raw.get() != "null")?;
        Some(self.node(name, raw))
    }

    pub(super) fn required(&self, name: &str) -> Result<Node<'a>, Refusal> {
        self.optional(name).ok_or_else(|| Refusal::field(self.path_of(name), "is missing"))
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A member that is a string.
    pub(super) fn text(&self, name: &str) -> Result<String, Refusal> {
        self.required(name)?.string()
    }

    fn node(&self, name: &str, raw: &'a RawValue) -> Node<'a> {
        Node { path: self.path_of(name), raw }
    }
}
