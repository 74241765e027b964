//! What a model says to a request that no fixture can know: it asks for the tools that it was given, answers in the form
//! that was asked for (by a schema, or by instructions that say "JSON object"), and reads what tools have answered. So a program that uses tools can be tested against it.
//!
//! It asks for the tool that it is told to; else for each tool that the last message names; else for the first. Told to
//! go on with any of them after a result, it asks for one that it has not used yet: agents end with a tool of their own.

use super::count_tokens::tokens;
use super::inference_operation::InferenceOperation;
use super::native::uses_tools;
use super::reply::{Reply, ReplyBlock};
use super::sample::sample;
use crate::protocol::model::ModelId;
use serde_json::Value;

/// Characters of a tool's answer that are repeated.
const MAX_QUOTE: usize = 400;

/// Bytes between the word and the schema itself.
const MAX_BETWEEN: usize = 200;

/// What a model says to tools, to results and to a schema. `None` where none of these is in the request.
pub(super) fn compose(operation: InferenceOperation, model: &ModelId, body: &Value) -> Option<Reply> {
    // The body of a Nova is that of Converse.
    let is_converse = operation.is_converse() || body.get("toolConfig").is_some();
    let mut asked = if is_converse { converse(body) } else { native(body) };
    if !operation.is_converse() && !uses_tools(model) {
        asked.tools.clear();
    }
    let blocks = asked.tool_uses().or_else(|| asked.in_form()).or_else(|| asked.of_results());
    let blocks = blocks.or_else(|| asked.without_tools());
    // Of Claude 1 and 2 there is no fixture, and what later ones say has another shape.
    let is_old = body.get("max_tokens_to_sample").is_some();
    let blocks = blocks.or_else(|| is_old.then(|| vec![ReplyBlock::Text(read(&asked.last_text))]))?;
    let stop_reason = match blocks.last() {
        Some(ReplyBlock::ToolUse { .. }) => "tool_use",
        _ => "end_turn",
    };
    let completes = asked.form == Form::Prompt;
    let mut reply =
        Reply { blocks, stop_reason, input_tokens: tokens(body), output_tokens: 0, completes, guarded: None };
    if asked.thinks {
        let thinking = ReplyBlock::Thinking {
            text: "The request can be answered at once.".to_owned(),
            signature: "RXhhbXBsZVNpZ25hdHVyZQ==".to_owned(),
        };
        reply.blocks.insert(0, thinking);
    }
    reply.output_tokens = reply.blocks.iter().map(length).sum();
    Some(reply)
}

/// What a model says to anything else: that it was asked.
pub(super) fn acknowledge(operation: InferenceOperation, body: &Value) -> Reply {
    let asked = if operation.is_converse() { converse(body) } else { native(body) };
    let text = read(&asked.last_text);
    let output_tokens = tokens(&Value::from(text.as_str()));
    Reply {
        input_tokens: tokens(body),
        output_tokens,
        completes: asked.form == Form::Prompt,
        ..Reply::text(text)
    }
}

/// Whether a prompt is to be completed, in the model's own form.
pub(super) fn is_completion(operation: InferenceOperation, body: &Value) -> bool {
    !operation.is_converse() && native(body).form == Form::Prompt
}

fn read(text: &str) -> String {
    format!("The emulator has read: {}", excerpt(text))
}

/// What is asked, in neither shape's words.
#[derive(Default)]
struct Asked<'a> {
    tools: Vec<(&'a str, &'a Value)>,
    choice: Choice<'a>,
    one_at_a_time: bool,
    schema: Option<Value>,
    /// The instructions.
    system: String,
    /// The text of the last message.
    last_text: String,
    /// What tools have answered in it.
    results: Vec<String>,
    /// The tools that the chat has asked for so far: ids go on from there.
    used: Vec<&'a str>,
    thinks: bool,
    form: Form,
    /// Whether tools are functions, as OpenAI has them.
    has_functions: bool,
}

/// Which form a request has.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Converse,
    /// The model's own, with messages.
    Chat,
    /// The model's own, with a prompt to go on with.
    Prompt,
}

#[derive(Default, PartialEq, Eq)]
enum Choice<'a> {
    #[default]
    Auto,
    Any,
    None,
    Tool(&'a str),
}

impl Asked<'_> {
    fn tool_uses(&self) -> Option<Vec<ReplyBlock>> {
        let named = |name: &&(&str, &Value)| self.last_text.contains(name.0);
        let mut chosen: Vec<_> = match self.choice {
            Choice::None => return None,
            Choice::Auto if !self.results.is_empty() => return None,
            Choice::Tool(name) => self.tools.iter().filter(|(tool, _)| *tool == name).collect(),
            Choice::Auto | Choice::Any => self.tools.iter().filter(named).collect(),
        };
        if chosen.is_empty() {
            let is_new = |tool: &&(&str, &Value)| !self.results.is_empty() && !self.used.contains(&tool.0);
            chosen = self.tools.iter().find(is_new).or(self.tools.first()).into_iter().collect();
        }
        if self.one_at_a_time {
            chosen.truncate(1);
        }
        let uses =
            chosen.into_iter().zip(self.used.len()..).map(|((name, schema), number)| ReplyBlock::ToolUse {
                id: format!("{}_bdrk_EXAMPLE{number:016}", self.id_prefix()),
                name: (*name).to_owned(),
                input: Some(sample(schema)).filter(Value::is_object).unwrap_or_else(|| serde_json::json!({})),
            });
        let uses: Vec<_> = uses.collect();
        (!uses.is_empty()).then_some(uses)
    }

    /// How the ids of tool uses begin.
    fn id_prefix(&self) -> &'static str {
        match self.form {
            Form::Converse => "tooluse",
            _ if self.has_functions => "call",
            _ => "toolu",
        }
    }

    /// What no tool may be used for.
    fn without_tools(&self) -> Option<Vec<ReplyBlock>> {
        (self.choice == Choice::None).then(|| vec![ReplyBlock::Text(read(&self.last_text))])
    }

    fn in_form(&self) -> Option<Vec<ReplyBlock>> {
        let json = match (&self.schema, schema_in(&self.system)) {
            (Some(schema), _) => sample(schema),
            (None, Some(schema)) => sample(&schema),
            (None, None) if self.system.contains("JSON object") => {
                let text = if self.results.is_empty() { read(&self.last_text) } else { self.told_results() };
                serde_json::json!({ "answer": text })
            }
            (None, None) => return None,
        };
        Some(vec![ReplyBlock::Text(json.to_string())])
    }

    fn of_results(&self) -> Option<Vec<ReplyBlock>> {
        (!self.results.is_empty()).then(|| vec![ReplyBlock::Text(self.told_results())])
    }

    fn told_results(&self) -> String {
        let results: Vec<&str> = self.results.iter().map(|result| excerpt(result)).collect();
        format!("The tools have answered: {}", results.join("; "))
    }
}

/// The schema that instructions have in their text, near the word: each library has its own sentence for that.
fn schema_in(system: &str) -> Option<Value> {
    system.to_ascii_lowercase().match_indices("schema").find_map(|(place, word)| {
        let after = system.get(place + word.len()..)?;
        let begin = after.find('{').filter(|begin| *begin <= MAX_BETWEEN)?;
        let schema: Value =
            serde_json::Deserializer::from_str(after.get(begin..)?).into_iter().next()?.ok()?;
        (schema.get("type").is_some() || schema.get("properties").is_some()).then_some(schema)
    })
}

fn converse(body: &Value) -> Asked<'_> {
    let mut asked = Asked::default();
    for spec in items(&body["toolConfig"]["tools"]).filter_map(|tool| tool.get("toolSpec")) {
        if let Some(name) = spec["name"].as_str() {
            asked.tools.push((name, &spec["inputSchema"]["json"]));
        }
    }
    let choice = &body["toolConfig"]["toolChoice"];
    asked.choice = match choice["tool"]["name"].as_str() {
        Some(name) => Choice::Tool(name),
        None if choice.get("any").is_some() => Choice::Any,
        None => Choice::Auto,
    };
    let schema = &body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"];
    asked.schema = schema.as_str().and_then(|schema| serde_json::from_str(schema).ok());
    asked.system = text_of(&body["system"]);
    let fields = &body["additionalModelRequestFields"];
    if asked.schema.is_none() {
        asked.schema = fields["output_config"]["format"].get("schema").cloned();
    }
    asked.thinks = does_think(&fields["thinking"]);
    asked.one_at_a_time = fields["tool_choice"]["disable_parallel_tool_use"] == true;
    let uses = blocks(body).filter_map(|block| block.get("toolUse"));
    asked.used = uses.map(|tool| tool["name"].as_str().unwrap_or_default()).collect();
    for block in last_blocks(body) {
        asked.last_text.push_str(block["text"].as_str().unwrap_or_default());
        if let Some(result) = block.get("toolResult") {
            asked.results.push(text_of(&result["content"]));
        }
    }
    asked
}

fn native(body: &Value) -> Asked<'_> {
    let mut asked = Asked { form: Form::Chat, ..Asked::default() };
    for tool in items(&body["tools"]) {
        let function = tool.get("function");
        asked.has_functions |= function.is_some();
        let schema = function.map_or(&tool["input_schema"], |function| &function["parameters"]);
        if let Some(name) = function.unwrap_or(tool)["name"].as_str() {
            asked.tools.push((name, schema));
        }
    }
    let choice = &body["tool_choice"];
    asked.one_at_a_time = choice["disable_parallel_tool_use"] == true || body["parallel_tool_calls"] == false;
    let named = choice["function"]["name"].as_str().or(choice["name"].as_str());
    // A word in OpenAI's shape; `any` is Mistral's `required`.
    asked.choice = match (choice.as_str().or(choice["type"].as_str()), named) {
        (Some("tool" | "function"), Some(name)) => Choice::Tool(name),
        (Some("any" | "required"), _) => Choice::Any,
        (Some("none"), _) => Choice::None,
        _ => Choice::Auto,
    };
    let schemas = [&body["output_config"]["format"], &body["response_format"]["json_schema"]];
    asked.schema = schemas.into_iter().find_map(|format| format.get("schema")).cloned();
    asked.system = text_of(&body["system"]);
    asked.thinks = does_think(&body["thinking"]);
    if body["prompt"].is_string() {
        asked.form = Form::Prompt;
    }
    for prompt in ["prompt", "inputText", "message"] {
        asked.last_text.push_str(body[prompt].as_str().unwrap_or_default());
    }
    let uses = blocks(body).filter(|block| block["type"] == "tool_use").map(|tool| &tool["name"]);
    let calls = items(&body["messages"]).flat_map(|message| items(&message["tool_calls"]));
    let names = uses.chain(calls.map(|call| &call["function"]["name"]));
    asked.used = names.map(|name| name.as_str().unwrap_or_default()).collect();
    for message in items(&body["messages"]) {
        // Results that something follows are of turns before.
        if message["role"] == "tool" {
            asked.results.push(text_of(&message["content"]));
        } else {
            asked.results.clear();
        }
    }
    if let Some(text) = items(&body["messages"]).last().and_then(|message| message["content"].as_str()) {
        text.clone_into(&mut asked.last_text);
    }
    for block in last_blocks(body) {
        asked.last_text.push_str(block["text"].as_str().unwrap_or_default());
        if block["type"] == "tool_result" {
            asked.results.push(text_of(&block["content"]));
        }
    }
    asked
}

fn does_think(thinking: &Value) -> bool {
    matches!(thinking["type"].as_str(), Some("enabled" | "adaptive"))
}

fn items(list: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    list.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn blocks(body: &Value) -> impl Iterator<Item = &Value> {
    items(&body["messages"]).flat_map(|message| items(&message["content"]))
}

fn last_blocks(body: &Value) -> impl Iterator<Item = &Value> {
    items(&body["messages"]).next_back().into_iter().flat_map(|message| items(&message["content"]))
}

/// The texts and JSON of a tool's result or of instructions, joined.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().map(|block| match (block["text"].as_str(), block.get("json")) {
                (Some(text), _) => text.to_owned(),
                (None, Some(json)) => json.to_string(),
                (None, None) => String::new(),
            });
            texts.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

fn excerpt(text: &str) -> &str {
    text.char_indices().nth(MAX_QUOTE).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

fn length(block: &ReplyBlock) -> usize {
    match block {
        ReplyBlock::Text(text) | ReplyBlock::Thinking { text, .. } => tokens(&Value::from(text.as_str())),
        ReplyBlock::ToolUse { input, .. } => tokens(input).max(1),
    }
}
