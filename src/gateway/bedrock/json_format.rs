//! How a model is made to answer JSON: by its own means, by a tool that it must use, or by an instruction.

use super::family::{Family, ToolSchemas};
use super::inlined_schema::inlined;
use super::json_answer::{JsonAnswer, Kind};
use super::native_schema::is_native;
use super::schema::{Top, has_choice_at_top, object_schema, top, wrapped};
use super::tool_names::free;
use crate::gateway::chat::{Chat, Format, Tool};
use bytes::Bytes;
use std::collections::BTreeSet;

/// How.
#[derive(Debug)]
pub(super) enum JsonFormat<'a> {
    /// Any text will do.
    Text,
    /// The model holds itself to the schema.
    Native(AnswerSchema<'a>),
    /// The arguments of this tool are the answer, or a member of them is.
    Tool { tool: Tool, is_wrapped: bool },
    /// An instruction beside the others, for an answer of this kind, where it is one that can be told in a text.
    Instruction { text: String, kind: Option<Kind> },
}

/// A schema that a model holds its answer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerSchema<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) json: &'a Bytes,
}

impl JsonFormat<'_> {
    /// Where the JSON will stand; `is_begun` where its first words are the chat's own, and the model goes on with them.
    pub(super) fn answer(&self, is_begun: bool) -> JsonAnswer {
        match self {
            Self::Tool { tool, is_wrapped } => {
                JsonAnswer::Arguments { tool: tool.name.as_str().into(), is_wrapped: *is_wrapped }
            }
            Self::Instruction { kind: Some(kind), .. } if !is_begun => JsonAnswer::InText(*kind),
            Self::Text | Self::Native(_) | Self::Instruction { .. } => JsonAnswer::AsItIs,
        }
    }
}

/// How, for a model of this family that can be held to a schema (`has_schemas`) and can be made to use a tool now (`can_force`). `taken`
/// are the names of other tools.
pub(super) fn json_format<'a>(
    chat: &'a Chat,
    family: &Family,
    has_schemas: bool,
    can_force: bool,
    taken: &BTreeSet<String>,
) -> JsonFormat<'a> {
    match &chat.format {
        Format::Text => JsonFormat::Text,
        // A tool with an open schema is often used with no arguments at all, and a grammar of it has no other:
        // https://github.com/BerriAI/litellm/pull/25740, https://github.com/stdapi-ai/stdapi.ai/issues/96
        Format::JsonObject => JsonFormat::Instruction { text: only_json("object"), kind: Some(Kind::Object) },
        Format::JsonSchema { name, description, schema } => {
            let description = description.as_deref().filter(|text| !text.trim().is_empty());
            if has_schemas && is_native(schema) {
                return JsonFormat::Native(AnswerSchema { name, description, json: schema });
            }
            // A tool of which a part is lost holds a model to less than an instruction tells it.
            let is_taken = |arguments: &Bytes| {
                can_force && (family.tool_schemas != ToolSchemas::Inlined || inlined(arguments).is_whole)
            };
            let is_wrapped = top(schema) != Top::Object || has_choice_at_top(schema);
            let arguments = if is_wrapped { wrapped(schema) } else { Some(object_schema(Some(schema))) };
            if let Some(arguments) = arguments.filter(is_taken) {
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                let wanted = Some(name.as_str())
                    .filter(|name| (1..=64).contains(&name.len()) && name.chars().all(fits));
                let tool = Tool {
                    name: free(wanted.unwrap_or("json"), taken),
                    description: Some(description.unwrap_or("Gives the answer.").to_owned()),
                    input_schema: Some(arguments),
                    strict: None,
                    cache_point: None,
                };
                return JsonFormat::Tool { tool, is_wrapped };
            }
            instruction(schema, description)
        }
    }
}

fn instruction(schema: &[u8], description: Option<&str>) -> JsonFormat<'static> {
    let (word, kind) = match top(schema) {
        Top::Object => ("object", Some(Kind::Object)),
        Top::Array => ("array", Some(Kind::Array)),
        Top::MayBeObject | Top::Other => ("value", None),
    };
    let about = description.map(|text| format!(" What it is: {text}")).unwrap_or_default();
    let schema = String::from_utf8_lossy(schema);
    let text = format!("{}{about} It must be valid by this JSON schema: {schema}", only_json(word));
    JsonFormat::Instruction { text, kind }
}

fn only_json(kind: &str) -> String {
    format!("Answer with one JSON {kind} and nothing else: no text before or after it, no code fence.")
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
        let (none, family) = (BTreeSet::new(), Family::of(""));
        let closed = chat(r#"{"type":"object","additionalProperties":false}"#);
        assert!(matches!(
            json_format(&closed, family, true, true, &none),
            JsonFormat::Native(AnswerSchema { name: "weather", .. })
        ));
        let open = chat(r#"{"anyOf":[]}"#);
        let taken = BTreeSet::from(["weather".to_owned()]);
        let JsonFormat::Tool { tool, is_wrapped: true } = json_format(&open, family, true, true, &taken)
        else {
            panic!()
        };
        assert_eq!(tool.name, "weather_2");
        assert_eq!(
            tool.input_schema.unwrap(),
            r#"{"type":"object","properties":{"answer":{"anyOf":[]}},"required":["answer"],"additionalProperties":false}"#
        );
        let JsonFormat::Instruction { text, kind: Some(Kind::Object) } =
            json_format(&open, family, true, false, &none)
        else {
            panic!()
        };
        assert!(text.ends_with(r#"schema: {"anyOf":[]}"#), "{text}");
        let format = json_format(&open, family, true, false, &none);
        assert_eq!(format.answer(false), JsonAnswer::InText(Kind::Object));
        // What was put into the model's mouth belongs to the JSON, and is not in the answer.
        assert_eq!(format.answer(true), JsonAnswer::AsItIs);
        assert!(matches!(json_format(&Chat::default(), family, true, true, &none), JsonFormat::Text));
    }

    #[test]
    fn what_is_no_object_is_asked_for_as_what_it_is() {
        let (none, family) = (BTreeSet::new(), Family::of(""));
        let array = chat(r#"{"type":"array","items":{"type":"string"}}"#);
        assert!(matches!(
            json_format(&array, family, true, true, &none),
            JsonFormat::Tool { is_wrapped: true, .. }
        ));
        let round = chat(r##"{"type":"array","items":{"$ref":"#"}}"##);
        for (chat, can_force) in [(&array, false), (&round, true)] {
            let JsonFormat::Instruction { text, kind: Some(Kind::Array) } =
                json_format(chat, family, true, can_force, &none)
            else {
                panic!()
            };
            assert!(text.starts_with("Answer with one JSON array and nothing else"), "{text}");
        }
    }
}
