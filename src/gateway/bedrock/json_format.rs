//! How a model is made to answer JSON: by its own means, by a tool that it must use, or by an instruction.

use super::native_schema::is_native;
use super::schema::object_schema;
use super::tool_names::free;
use crate::gateway::chat::{Chat, Format, Tool};
use bytes::Bytes;
use std::collections::BTreeSet;

const ONLY_JSON: &str =
    "Answer with one JSON object and nothing else: no text before or after it, no code fence.";

/// How.
#[derive(Debug)]
pub(super) enum JsonFormat<'a> {
    /// Any text will do.
    Text,
    /// The model holds itself to the schema.
    Native { name: &'a str, description: Option<&'a str>, schema: &'a Bytes },
    /// The arguments of this tool are the answer.
    Tool(Tool),
    /// An instruction beside the others.
    Instruction(String),
}

/// How, for a model that can be held to a schema (`has_schemas`) and can be made to use a tool now (`can_force`). `taken`
/// are the names of other tools.
pub(super) fn json_format<'a>(
    chat: &'a Chat,
    has_schemas: bool,
    can_force: bool,
    taken: &BTreeSet<String>,
) -> JsonFormat<'a> {
    match &chat.format {
        Format::Text => JsonFormat::Text,
        // A tool with an open schema is often used with no arguments at all.
        Format::JsonObject => JsonFormat::Instruction(ONLY_JSON.to_owned()),
        Format::JsonSchema { name, description, schema } => {
            let description = description.as_deref().filter(|text| !text.trim().is_empty());
            if has_schemas && is_native(schema) {
                return JsonFormat::Native { name, description, schema };
            }
            if can_force {
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                let wanted = Some(name.as_str())
                    .filter(|name| (1..=64).contains(&name.len()) && name.chars().all(fits));
                return JsonFormat::Tool(Tool {
                    name: free(wanted.unwrap_or("json"), taken),
                    description: Some(description.unwrap_or("Gives the answer.").to_owned()),
                    input_schema: Some(object_schema(Some(schema))),
                    strict: None,
                    cache_point: None,
                });
            }
            let about = description.map(|text| format!(" What it is: {text}")).unwrap_or_default();
            let schema = String::from_utf8_lossy(schema);
            JsonFormat::Instruction(format!(
                "{ONLY_JSON}{about} It must be valid by this JSON schema: {schema}"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chat(schema: &'static str) -> Chat {
        let schema = Bytes::from_static(schema.as_bytes());
        let format = Format::JsonSchema { name: "weather".to_owned(), description: None, schema };
        Chat { format, ..Chat::default() }
    }

    #[test]
    fn the_best_way_that_there_is() {
        let none = BTreeSet::new();
        let closed = chat(r#"{"type":"object","additionalProperties":false}"#);
        assert!(matches!(
            json_format(&closed, true, true, &none),
            JsonFormat::Native { name: "weather", .. }
        ));
        let open = chat(r#"{"anyOf":[]}"#);
        let taken = BTreeSet::from(["weather".to_owned()]);
        let JsonFormat::Tool(tool) = json_format(&open, true, true, &taken) else { panic!() };
        assert_eq!(tool.name, "weather_2");
        assert_eq!(tool.input_schema.unwrap(), r#"{"type":"object","anyOf":[]}"#);
        let JsonFormat::Instruction(text) = json_format(&open, true, false, &none) else { panic!() };
        assert!(text.ends_with(r#"schema: {"anyOf":[]}"#), "{text}");
        assert!(matches!(json_format(&Chat::default(), true, true, &none), JsonFormat::Text));
    }
}
