//! The tools that a model may ask for.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html>

use super::cache_point::CachePoint;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::invalid_input::{FieldPath, InvalidInput};
use bytes::Bytes;

const MAX_NAME_CHARS: usize = 64;
/// The length of what stands around a tool.
const NAMES: usize = 96;

/// The tools, and whether one must be used. Bedrock has no choice "none": to forbid tools, give none.
#[derive(Clone, Debug, Default)]
pub struct ToolConfig {
    tools: Vec<Entry>,
    choice: Option<ToolChoice>,
}

#[derive(Clone, Debug)]
enum Entry {
    Tool(Tool),
    SystemTool(String),
    CachePoint(CachePoint),
}

/// Whether a tool must be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// At least one, whichever.
    Any,
    /// This one.
    Tool(String),
}

/// One tool.
#[derive(Clone, Debug)]
pub struct Tool {
    name: String,
    description: Option<String>,
    input_schema: Bytes,
    strict: Option<bool>,
}

impl Tool {
    /// `name` has 1 to 64 letters, digits, `_` and `-`; `input_schema` is a JSON schema, a JSON object, and goes out byte
    /// for byte.
    pub fn new(name: impl Into<String>, input_schema: impl Into<Bytes>) -> Self {
        Self { name: name.into(), description: None, input_schema: input_schema.into(), strict: None }
    }

    /// What it is for. A model chooses by this.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Whether the arguments must follow the schema exactly. Not every model takes it.
    #[must_use]
    pub fn strict(mut self, is_strict: bool) -> Self {
        self.strict = Some(is_strict);
        self
    }

    fn write(&self, path: FieldPath<'_>, mut tool: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        check_tool_name(format_args!("{path}.name"), &self.name)?;
        tool.string("name", &self.name);
        if let Some(description) = &self.description {
            if description.trim().is_empty() {
                let field = format!("{path}.description");
                return Err(InvalidInput::new(field, "is blank; give a text, or no description"));
            }
            tool.string("description", description);
        }
        let schema = Document::object_at(format_args!("{path}.inputSchema.json"), self.input_schema.clone())?;
        tool.object("inputSchema").document("json", &schema);
        if let Some(strict) = self.strict {
            tool.value("strict", &strict.into());
        }
        Ok(())
    }
}

impl ToolConfig {
    /// No tools yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(Entry::Tool(tool));
        self
    }

    /// Adds a tool that the service has and calls itself, such as `nova_grounding`.
    #[must_use]
    pub fn system_tool(mut self, name: impl Into<String>) -> Self {
        self.tools.push(Entry::SystemTool(name.into()));
        self
    }

    /// Caches the tools up to here.
    #[must_use]
    pub fn cache_point(mut self, point: CachePoint) -> Self {
        self.tools.push(Entry::CachePoint(point));
        self
    }

    /// Whether a tool must be used.
    #[must_use]
    pub fn choice(mut self, choice: ToolChoice) -> Self {
        self.choice = Some(choice);
        self
    }

    pub(super) fn write(&self, mut config: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        if self.tools.is_empty() {
            return Err(InvalidInput::new("toolConfig.tools", "is empty; give a tool, or no toolConfig"));
        }
        let mut tools = config.array("tools");
        for (place, entry) in self.tools.iter().enumerate() {
            let path = format_args!("toolConfig.tools[{place}]");
            let mut tool = tools.object();
            match entry {
                Entry::Tool(one) => one.write(format_args!("{path}.toolSpec"), tool.object("toolSpec"))?,
                Entry::SystemTool(name) => {
                    check_tool_name(format_args!("{path}.systemTool.name"), name)?;
                    tool.object("systemTool").string("name", name);
                }
                Entry::CachePoint(point) => point.write(tool.object("cachePoint")),
            }
        }
        drop(tools);
        match &self.choice {
            None => {}
            Some(choice) => self.write_choice(choice, config.object("toolChoice"))?,
        }
        Ok(())
    }

    fn write_choice(&self, choice: &ToolChoice, mut written: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        match choice {
            ToolChoice::Auto => drop(written.object("auto")),
            ToolChoice::Any => drop(written.object("any")),
            ToolChoice::Tool(name) => {
                let is_there = self.tools.iter().any(|entry| match entry {
                    Entry::Tool(tool) => tool.name == *name,
                    Entry::SystemTool(tool) => tool == name,
                    Entry::CachePoint(_) => false,
                });
                if !is_there {
                    return Err(InvalidInput::new(
                        "toolConfig.toolChoice.tool.name",
                        format!("is {name:?}, which is none of the tools"),
                    ));
                }
                written.object("tool").string("name", name);
            }
        }
        Ok(())
    }

    /// About how long it is as JSON.
    pub(super) fn length(&self) -> usize {
        let of_entry = |entry: &Entry| match entry {
            Entry::Tool(tool) => {
                tool.input_schema.len() + tool.name.len() + tool.description.as_ref().map_or(0, String::len)
            }
            Entry::SystemTool(name) => name.len(),
            Entry::CachePoint(_) => 0,
        };
        self.tools.iter().map(|entry| NAMES + of_entry(entry)).sum()
    }
}

/// 1 to 64 letters, digits, `_` and `-`.
pub(super) fn check_tool_name(field: FieldPath<'_>, name: &str) -> Result<(), InvalidInput> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let length = name.chars().count();
    if (1..=MAX_NAME_CHARS).contains(&length) && name.chars().all(fits) {
        return Ok(());
    }
    Err(InvalidInput::new(
        field.to_string(),
        format!("is {name:?}; give 1 to {MAX_NAME_CHARS} letters, digits, _ and -"),
    ))
}
