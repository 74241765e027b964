//! Which tools a model is given, and what it is told of using them.

use super::arguments::Arguments;
use super::family::{Caching, Choices, Family, WithTools};
use super::history::{GONE, has_tool_blocks};
use super::native_schema::is_native;
use super::prepared::Form;
use super::schema::object_schema;
use super::tool_names::{ToolNames, checked_tool};
use crate::gateway::chat::{Chat, Tool, ToolChoice};
use crate::gateway::dropped::Dropped;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::CachePoint;
use bytes::Bytes;
use std::borrow::Cow;

const NOT_TAKEN: &str = "cannot be used by this model; leave them out, or ask another";
const CANNOT_FORCE: &str = "cannot force a tool with this model; give auto or none, or let the gateway leave it out (--drop-unsupported)";

/// The tools of a body.
#[derive(Debug)]
pub(super) struct Tools<'a> {
    pub(super) given: Vec<GivenTool<'a>>,
    pub(super) choice: Choice,
    /// Whether the model is to use at most one at a time.
    pub(super) one_at_once: bool,
    /// Whether the uses and results in the history are told as text.
    pub(super) as_text: bool,
}

/// What a model is told of using its tools, by the name that Bedrock knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Nothing: it decides.
    Unsaid,
    Auto,
    /// It may use none.
    None,
    /// It must use one, whichever.
    Any,
    /// It must use this one.
    Tool(String),
}

/// A tool as a model is given it.
#[derive(Debug)]
pub(super) struct GivenTool<'a> {
    /// The name that Bedrock knows.
    pub(super) name: String,
    pub(super) description: Option<Cow<'a, str>>,
    pub(super) schema: Bytes,
    /// Whether the model holds itself to the schema.
    pub(super) is_strict: bool,
    /// Caches the tools up to here.
    pub(super) cache_point: Option<CachePoint>,
}

impl<'a> Tools<'a> {
    /// The tools of a chat, for a model of this family.
    pub(super) fn of(
        chat: &'a Chat,
        family: &Family,
        form: Form,
        names: &ToolNames,
        dropped: &mut Dropped,
    ) -> Result<Self, Refusal> {
        let takes_none = family.with_tools == WithTools::TakesNone;
        let are_offered = !chat.tools.is_empty() && chat.tool_choice != ToolChoice::None;
        if takes_none && are_offered {
            dropped.param("tools", NOT_TAKEN)?;
        }
        // Converse has no way to forbid the tools that it is given, and refuses the traces of tools without any.
        if takes_none || (form == Form::Converse && chat.tool_choice == ToolChoice::None) {
            let as_text = has_tool_blocks(chat);
            return Ok(Self { given: Vec::new(), choice: Choice::None, one_at_once: false, as_text });
        }
        if chat.tools.is_empty() {
            let given = if has_tool_blocks(chat) { of_history(chat, names) } else { Vec::new() };
            return Ok(Self { given, choice: Choice::None, one_at_once: false, as_text: false });
        }
        let choice = choice(chat, family, names, dropped)?;
        // Who cannot be told which one to use is given no other.
        let is_given = |name: &str| match &choice {
            Choice::Tool(only) if family.tool_choice == Choices::Any => name == only,
            _ => true,
        };
        let named = chat.tools.iter().map(|tool| (names.fit(&tool.name), tool));
        let given = named
            .filter(|(name, _)| is_given(name))
            .map(|(name, tool)| GivenTool::of(tool, name, family, form))
            .collect::<Result<_, _>>()?;
        let one_at_once = are_offered && (chat.parallel_tool_calls == Some(false) || chat.takes_one_tool);
        Ok(Self { given, choice, one_at_once, as_text: false })
    }

    /// The same with one whose arguments are the answer, beside what may not be used now.
    pub(super) fn with_answer(
        mut self,
        answer: &Tool,
        chat: &Chat,
        family: &Family,
        form: Form,
    ) -> Result<Self, Refusal> {
        if form == Form::Converse {
            self.given.clear();
            self.as_text = has_tool_blocks(chat);
        }
        self.given.push(GivenTool::of(answer, &answer.name, family, form)?.into_owned());
        Ok(Self { choice: Choice::Tool(answer.name.clone()), one_at_once: false, ..self })
    }
}

impl<'a> GivenTool<'a> {
    fn of(tool: &'a Tool, name: &str, family: &Family, form: Form) -> Result<Self, Refusal> {
        let arguments = Arguments::of(tool, family)?;
        Ok(Self {
            name: name.to_owned(),
            description: arguments.description(tool),
            is_strict: tool.strict == Some(true)
                && family.takes_schemas(form)
                && is_native(&arguments.schema),
            schema: arguments.schema,
            cache_point: tool.cache_point.filter(|_| family.caching >= Caching::Everywhere),
        })
    }

    fn into_owned(self) -> GivenTool<'static> {
        GivenTool { description: self.description.map(|text| text.into_owned().into()), ..self }
    }
}

/// Tools of which only the name is known.
fn of_history(chat: &Chat, names: &ToolNames) -> Vec<GivenTool<'static>> {
    let stub = |name| GivenTool {
        name,
        description: Some(GONE.into()),
        schema: object_schema(None),
        is_strict: false,
        cache_point: None,
    };
    names.taken(chat).into_iter().map(stub).collect()
}

fn choice(chat: &Chat, family: &Family, names: &ToolNames, dropped: &mut Dropped) -> Result<Choice, Refusal> {
    let forced = match &chat.tool_choice {
        ToolChoice::Unset => return Ok(Choice::Unsaid),
        ToolChoice::Auto => return Ok(Choice::Auto),
        ToolChoice::None => return Ok(Choice::None),
        ToolChoice::Required => Choice::Any,
        ToolChoice::Tool(name) => Choice::Tool(names.fit(checked_tool(chat, name)?).to_owned()),
    };
    if family.can_force_tools() {
        return Ok(forced);
    }
    dropped.param(chat.names.tool_choice, CANNOT_FORCE)?;
    Ok(Choice::Auto)
}
