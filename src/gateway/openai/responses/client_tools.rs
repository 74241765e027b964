//! What a client calls its tools, where a model knows them otherwise: tools in groups, and tools that take a text and
//! not JSON, which a model is given as functions of one string.
//! <https://platform.openai.com/docs/guides/function-calling#custom-tools>

use super::super::request::tools::in_group;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The argument that is all of a custom tool's input.
const INPUT: &str = "input";

/// How a client knows a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientTool {
    pub(super) name: String,
    /// The group that it stands in.
    pub(super) namespace: Option<String>,
    pub(super) is_custom: bool,
}

/// The tools whose name or kind is another for the model.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientTools {
    by_name: BTreeMap<String, ClientTool>,
}

impl ClientTool {
    /// The name in the chat.
    pub(super) fn full_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => in_group(namespace, &self.name),
            None => self.name.clone(),
        }
    }
}

impl ClientTools {
    pub(super) fn add(&mut self, tool: ClientTool) {
        if tool.is_custom || tool.namespace.is_some() {
            self.by_name.insert(tool.full_name(), tool);
        }
    }

    /// The tool of a name in the chat.
    pub(super) fn find(&self, name: &str) -> ClientTool {
        let plain = || ClientTool { name: name.to_owned(), ..ClientTool::default() };
        self.by_name.get(name).cloned().unwrap_or_else(plain)
    }
}

/// The schema of a function that takes what a custom tool takes.
pub(super) fn schema_of_input() -> Bytes {
    let schema = json!({
        "type": "object",
        "properties": { INPUT: { "type": "string", "description": "All of the tool's input, as plain text." } },
        "required": [INPUT],
        "additionalProperties": false,
    });
    schema.to_string().into()
}

/// The arguments of such a function.
pub(super) fn as_arguments(input: &str) -> Bytes {
    json!({ INPUT: input }).to_string().into()
}

/// The input that such arguments are. What is none is handed on as it is: the tool says what is wrong with it.
pub(super) fn as_input(arguments: &str) -> String {
    match serde_json::from_str::<Value>(arguments).as_ref().map(|arguments| arguments.get(INPUT)) {
        Ok(Some(Value::String(input))) => input.clone(),
        _ => arguments.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_as_a_text_comes_out_as_one() {
        let patch = "*** Begin Patch\n+\"a\\b\" \u{1f600}\n";
        assert_eq!(as_input(&String::from_utf8_lossy(&as_arguments(patch))), patch);
        for odd in ["{}", "[1]", "{\"input\":1}", "{\"input\":\"cut", ""] {
            assert_eq!(as_input(odd), odd);
        }
    }
}
