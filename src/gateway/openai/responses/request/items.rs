//! Who said, thought, called and answered what. Items stand one after the other, and several of them are one turn.

use super::super::client_tools::as_arguments;
use super::super::thoughts;
use super::content;
use super::unsupported::kept_nowhere;
use crate::gateway::chat::{Block, Message};
use crate::gateway::json::{Object, Value};
use crate::gateway::openai::request::assistant::arguments;
use crate::gateway::openai::request::conversation::{AnsweredBy, Call, Conversation};
use crate::gateway::openai::request::reading::{Reading, quoted};
use crate::gateway::openai::request::tool_results;
use crate::gateway::openai::request::tools::called;
use crate::gateway::refusal::Refusal;
use bytes::Bytes;

/// Who begins, where it is not the user.
const ROLE: &str = "input[].role";
/// Thoughts of another service, which no model here can read.
const OTHERS_THOUGHTS: &str = "input[].encrypted_content";
/// What stands for something that only OpenAI has.
const KEPT: [(&str, &str); 3] = [
    (
        "item_reference",
        "names an item that OpenAI has kept, and nothing is kept here; send the item itself (clients do so with \
         store: false)",
    ),
    ("compaction", "is a part of a chat that only OpenAI can read; send the items that it stands for"),
    ("compaction_trigger", "asks for a part of the chat to be packed as only OpenAI can; leave it out"),
];

/// Instructions and messages.
pub(super) fn read(
    root: &Object<'_>,
    reading: &mut Reading<'_>,
) -> Result<(Vec<Block>, Vec<Message>), Refusal> {
    let mut items = Items::default();
    if let Some(instructions) = root.get("instructions") {
        items.chat.guide(content::texts(instructions, reading)?);
    }
    let input = root.required("input")?;
    if input.is_string() {
        items.chat.user(content::of_user(input, reading)?)?;
    } else {
        let list = input.elements().map_err(|_| input.refuse("must be a string or an array of items"))?;
        for value in list {
            items.item(value, reading)?;
        }
    }
    items.chat.end(input, ROLE, reading)
}

#[derive(Default)]
struct Items<'a> {
    chat: Conversation<'a>,
    /// What was thought before what the assistant says next.
    thoughts: Vec<Block>,
}

impl<'a> Items<'a> {
    fn item(&mut self, value: Value<'a>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
        let item = value.object()?;
        let kind = item.get("type");
        let name = kind.map(Value::string).transpose()?;
        match name.as_deref() {
            Some("message") => self.message(&item, reading),
            None if item.get("role").is_some() => self.message(&item, reading),
            // Its type may be missing.
            None if item.get("id").is_some() => Err(kept_nowhere(value, KEPT[0].1)),
            None => Err(value.refuse("has neither a type nor a role; give a message or another item")),
            Some("function_call") => {
                let input = item.get("arguments").map_or_else(|| Ok(Bytes::from_static(b"{}")), arguments)?;
                self.call(value, &item, input, "function_call_output")
            }
            Some("custom_tool_call") => {
                let input = as_arguments(&item.required("input")?.string()?);
                self.call(value, &item, input, "custom_tool_call_output")
            }
            Some("function_call_output" | "custom_tool_call_output") => self.result(&item, reading),
            Some("reasoning") => self.thought(&item, reading),
            Some(name) => {
                let kind = kind.unwrap_or(value);
                if let Some((_, problem)) = KEPT.iter().find(|(kept, _)| *kept == name) {
                    return Err(kept_nowhere(kind, problem));
                }
                let why = format!("there are no items of the type {} here", quoted(name));
                reading.cannot_honour(kind, &why)
            }
        }
    }

    fn message(&mut self, item: &Object<'a>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
        let role = item.required("role")?;
        let said = item.required("content")?;
        match role.string()?.as_ref() {
            "system" | "developer" => {
                self.chat.instruct(content::texts(said, reading)?);
                Ok(())
            }
            "user" => {
                self.thoughts.clear();
                self.chat.user(content::of_user(said, reading)?)
            }
            "assistant" => {
                let blocks = content::of_assistant(said, reading)?;
                self.assistant(blocks, Vec::new())
            }
            other => {
                let problem =
                    format!("is {}; give one of system, developer, user and assistant", quoted(other));
                Err(role.refuse(&problem))
            }
        }
    }

    fn assistant(&mut self, blocks: Vec<Block>, calls: Vec<Call<'a>>) -> Result<(), Refusal> {
        // What was thought belongs to the next words or call.
        if blocks.is_empty() {
            return Ok(());
        }
        let mut said = std::mem::take(&mut self.thoughts);
        said.extend(blocks);
        // A turn may have words between its calls, whose results all stand after them.
        self.chat.assistant(said, calls, true)
    }

    fn call(
        &mut self,
        field: Value<'a>,
        item: &Object<'a>,
        input: Bytes,
        answered_by: &'static str,
    ) -> Result<(), Refusal> {
        let id = item.required("call_id")?.name()?.into_owned();
        let name = called(item)?;
        let block = Block::ToolUse { id: id.clone(), name: name.clone(), input };
        let call = Call { id, name, field, answered_by: AnsweredBy::Item(answered_by), result: None };
        self.assistant(vec![block], vec![call])
    }

    fn result(&mut self, item: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
        self.thoughts.clear();
        self.chat.result(item.required("call_id")?, |id| {
            let output = item.required("output")?;
            let (content, point) = tool_results::output(Some(output), reading, content::of_tool)?;
            let result = Block::ToolResult { tool_use_id: id.to_owned(), content, is_error: false };
            Ok([Some(result), point].into_iter().flatten().collect())
        })
    }

    /// What cannot go back to the model is left out: thoughts that no model has signed, and those of another service.
    fn thought(&mut self, item: &Object<'_>, reading: &mut Reading<'_>) -> Result<(), Refusal> {
        let Some(packed) = item.get("encrypted_content") else { return Ok(()) };
        match thoughts::unpacked(packed)? {
            Some(Block::Text(_)) => {}
            Some(thought) => self.thoughts.push(thought),
            None => reading.dropped.in_any_case(OTHERS_THOUGHTS),
        }
        Ok(())
    }
}
