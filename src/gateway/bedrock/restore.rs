//! What was changed in a chat so that Bedrock takes it, and is changed back in the answer.

use super::json_answer::JsonAnswer;
use std::collections::BTreeMap;

/// What is changed back.
#[derive(Clone, Debug, Default)]
pub(super) struct Restore {
    /// The name that Bedrock knows → the client's, where they differ.
    tool_names: BTreeMap<String, String>,
    /// Where the JSON stands that was asked for: it is the answer's text, and the answer's end is an ordinary one.
    json: JsonAnswer,
    /// Stop sequences that the model was not given.
    stop: Box<[String]>,
    /// The client is to get the first tool of a turn only, and the model cannot be told so.
    first_tool_only: bool,
}

impl Restore {
    /// `tool_names` has those that differ: the name that Bedrock knows → the client's.
    pub(super) fn new(tool_names: BTreeMap<String, String>, json: JsonAnswer) -> Self {
        Self { tool_names, json, ..Self::default() }
    }

    /// Cuts the answer at these stop sequences, which the model was not given.
    pub(super) fn cut_at(self, stop: &[String]) -> Self {
        Self { stop: stop.into(), ..self }
    }

    /// Passes over every tool of a turn but the first: the client runs one at a time, and the model was not told.
    pub(super) fn with_first_tool_only(self, first_tool_only: bool) -> Self {
        Self { first_tool_only, ..self }
    }

    /// Whether a tool that the model asks for is one too many.
    pub(super) fn is_too_many(&self, has_asked: bool) -> bool {
        self.first_tool_only && has_asked
    }

    /// Where the answer is to be cut.
    pub(super) fn stop(&self) -> &[String] {
        &self.stop
    }

    /// The client's name of a tool.
    pub(super) fn tool_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.tool_names.get(name).map_or(name, String::as_str)
    }

    /// Where the JSON stands.
    pub(super) fn json(&self) -> &JsonAnswer {
        &self.json
    }

    /// Whether a tool's arguments are the answer's text.
    pub(super) fn is_json_tool(&self, name: &str) -> bool {
        matches!(&self.json, JsonAnswer::Arguments { tool, .. } if **tool == *name)
    }
}
