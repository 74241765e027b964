//! What was changed in a chat so that Bedrock takes it, and is changed back in the answer.

use std::collections::BTreeMap;

/// What is changed back.
#[derive(Clone, Debug, Default)]
pub(super) struct Restore {
    /// The name that Bedrock knows → the client's, where they differ.
    tool_names: BTreeMap<String, String>,
    /// The tool by which a model is made to answer JSON: its arguments are the answer's text, and the answer's end is an
    /// ordinary one.
    json_tool: Option<String>,
}

impl Restore {
    /// `tool_names` has those that differ: the name that Bedrock knows → the client's.
    pub(super) fn new(tool_names: BTreeMap<String, String>, json_tool: Option<String>) -> Self {
        Self { tool_names, json_tool }
    }

    /// The client's name of a tool.
    pub(super) fn tool_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.tool_names.get(name).map_or(name, String::as_str)
    }

    /// Whether the answer is to be JSON by way of a tool.
    pub(super) fn has_json_tool(&self) -> bool {
        self.json_tool.is_some()
    }

    /// Whether a tool's arguments are the answer's text.
    pub(super) fn is_json_tool(&self, name: &str) -> bool {
        self.json_tool.as_deref() == Some(name)
    }
}
