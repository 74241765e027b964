//! The arguments of a tool, as a family takes them. What the client wrote stays as it is, byte for byte, where it is taken;
//! what is lost where it is not, the tool's description says.

use super::family::{Family, ToolSchemas};
use super::inlined_schema::inlined;
use super::schema::{Top, an_object, has_choice_at_top, object_schema, top, without_choice};
use crate::gateway::chat::Tool;
use crate::gateway::refusal::Refusal;
use bytes::Bytes;
use std::borrow::Cow;

/// What a tool takes.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) schema: Bytes,
    /// All of it, where some is lost.
    whole: Option<Bytes>,
}

impl Arguments {
    /// Arguments are an object: "The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the
    /// following: object."
    pub(super) fn of(tool: &Tool, family: &Family) -> Result<Self, Refusal> {
        let given = object_schema(tool.input_schema.as_ref());
        let given = match top(&given) {
            Top::Object => given,
            Top::MayBeObject => an_object(&given),
            Top::Array | Top::Other => {
                let problem = "takes arguments that are no object; give it a schema of the type object";
                return Err(Refusal::field(format!("tools.{}", tool.name), problem));
            }
        };
        let has_choice = has_choice_at_top(&given);
        let (schema, is_whole) = match family.tool_schemas {
            ToolSchemas::WithoutChoice if has_choice => (without_choice(&given), false),
            ToolSchemas::AsTheyAre | ToolSchemas::WithoutChoice => {
                return Ok(Self { schema: given, whole: None });
            }
            ToolSchemas::Inlined => {
                let made = inlined(&given);
                (made.schema, made.is_whole && !has_choice)
            }
        };
        Ok(Self { schema, whole: (!is_whole).then_some(given) })
    }

    /// What the model is told of the tool.
    pub(super) fn description<'a>(&self, tool: &'a Tool) -> Option<Cow<'a, str>> {
        let given = tool.description.as_deref().filter(|text| !text.trim().is_empty());
        let Some(whole) = &self.whole else { return given.map(Cow::Borrowed) };
        let whole = String::from_utf8_lossy(whole);
        let told = format!("The arguments must be valid by this JSON schema: {whole}");
        Some(given.map_or(told.clone(), |given| format!("{given}\n\n{told}")).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::bedrock::chats::tool;

    fn of(schema: &str, family: &str) -> Result<Arguments, Refusal> {
        Arguments::of(&tool("f", schema), Family::of(family))
    }

    #[test]
    fn arguments_are_an_object() {
        let optional =
            of(r#"{"b":1.0,"type":["null","object"],"a":{"type":["object","null"]}}"#, "x").unwrap();
        assert_eq!(optional.schema, r#"{"b":1.0,"type":"object","a":{"type":["object","null"]}}"#);
        for schema in [r#"{"type":"string"}"#, r#"{"type":["array","null"]}"#, r#"{"type":null}"#] {
            let refusal = of(schema, "x").unwrap_err();
            assert!(refusal.message().starts_with("tools.f takes arguments that are no object"), "{schema}");
        }
    }

    #[test]
    fn what_is_lost_is_told() {
        let schema =
            r#"{"type":"object","z":1.0,"anyOf":[{"required":["a"]}],"properties":{"a":{}},"title":"T"}"#;
        let mut described = tool("f", schema);
        described.description = Some("What it does.".to_owned());
        for (family, expected) in [
            ("cohere.command-r", schema),
            ("anthropic.claude-sonnet-4", r#"{"type":"object","z":1.0,"properties":{"a":{}},"title":"T"}"#),
            ("amazon.nova-lite", r#"{"type":"object","properties":{"a":{}}}"#),
        ] {
            let arguments = of(schema, family).unwrap();
            assert_eq!(arguments.schema, expected, "{family}");
            let told = arguments.description(&described).unwrap();
            let whole = format!("What it does.\n\nThe arguments must be valid by this JSON schema: {schema}");
            assert_eq!(told, if expected == schema { "What it does." } else { &whole }, "{family}");
        }
        // A name of the whole is nothing to tell.
        let arguments = of(r#"{"type":"object","properties":{},"title":"T"}"#, "amazon.nova-lite").unwrap();
        assert_eq!(arguments.description(&tool("f", "{}")), None);
    }
}
