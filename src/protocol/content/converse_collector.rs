//! The events of ConverseStream, put together to what Converse answers.

use super::converse_event::{BlockDelta, BlockStart, ConverseEvent, without_padding};
use super::converse_output::ConverseOutput;
use crate::protocol::by_key::{ByKey, ByName};
use crate::protocol::document::{Document, ObjectWriter, array, elements, members_in_order};

/// Puts events together: texts and thoughts joined, arguments of tools joined to JSON, signatures, usage, stop reason.
#[derive(Clone, Debug, Default)]
pub struct ConverseCollector {
    role: Option<String>,
    blocks: ByKey<u64, Block>,
    message_stop: Option<Document>,
    metadata: Option<Document>,
}

/// What has arrived of one block.
#[derive(Clone, Debug, Default)]
struct Block {
    start: Option<BlockStart>,
    text: Option<String>,
    tool_input: String,
    reasoning_text: Option<String>,
    signature: Option<String>,
    redacted: Vec<String>,
    others: Vec<(String, Document)>,
}

impl ConverseCollector {
    /// Takes the next event.
    pub fn push(&mut self, event: &ConverseEvent) {
        match event {
            ConverseEvent::MessageStart { role, .. } => self.role = Some(role.clone()),
            ConverseEvent::ContentBlockStart { content_block_index, start, .. } => {
                self.blocks.or_default(content_block_index).start = Some(start.clone());
            }
            ConverseEvent::ContentBlockDelta { content_block_index, delta, .. } => {
                self.blocks.or_default(content_block_index).push(delta);
            }
            ConverseEvent::MessageStop { payload, .. } => self.message_stop = Some(payload.clone()),
            ConverseEvent::Metadata { payload, .. } => self.metadata = Some(payload.clone()),
            ConverseEvent::ContentBlockStop { .. } | ConverseEvent::Unknown { .. } => {}
        }
    }

    /// What has arrived, in the form of an answer of Converse. Arguments of a tool that are no JSON (they were cut)
    /// stand there as a JSON string; a tool without arguments has `{}`.
    pub fn output(&self) -> ConverseOutput {
        let content = array(self.blocks.values().flat_map(Block::json));
        let mut message = ObjectWriter::default();
        message.string("role", self.role.as_deref().unwrap_or("assistant")).raw("content", &content);
        let mut output = ObjectWriter::default();
        output.raw("message", &message.finish_text());
        let mut answer = ObjectWriter::default();
        answer.raw("output", &output.finish_text());
        for payload in [&self.message_stop, &self.metadata].into_iter().flatten() {
            for (name, raw) in members_in_order(&without_padding(payload)).unwrap_or_default() {
                answer.raw(&name, raw.get());
            }
        }
        // It cannot be refused: what `read` asks for has just been written.
        ConverseOutput::read(Document::new(answer.finish())).unwrap_or_default()
    }
}

impl Block {
    fn push(&mut self, delta: &BlockDelta) {
        match delta {
            BlockDelta::Text(text) => self.text.get_or_insert_default().push_str(text),
            BlockDelta::ToolUseInput(input) => self.tool_input.push_str(input),
            BlockDelta::ReasoningText(text) => self.reasoning_text.get_or_insert_default().push_str(text),
            BlockDelta::ReasoningSignature(piece) => self.signature.get_or_insert_default().push_str(piece),
            BlockDelta::ReasoningRedacted(base64) => self.redacted.push(base64.clone()),
            BlockDelta::Other { kind, value } => self.others.push((kind.clone(), value.clone())),
        }
    }

    /// The blocks that this becomes: one, but for a block that mixes kinds.
    fn json(&self) -> Vec<String> {
        let mut blocks = Vec::new();
        if self.reasoning_text.is_some() || self.signature.is_some() {
            let mut text = ObjectWriter::default();
            text.string("text", self.reasoning_text.as_deref().unwrap_or_default());
            if let Some(signature) = &self.signature {
                text.string("signature", signature);
            }
            blocks.push(object("reasoningContent", &object("reasoningText", &text.finish_text())));
        }
        if !self.redacted.is_empty() {
            let mut redacted = ObjectWriter::default();
            redacted.string("redactedContent", &joined_base64(&self.redacted));
            blocks.push(object("reasoningContent", &redacted.finish_text()));
        }
        match &self.start {
            Some(BlockStart::ToolUse { tool_use_id, name, tool_type }) => {
                let mut tool_use = ObjectWriter::default();
                tool_use.string("toolUseId", tool_use_id).string("name", name);
                tool_use.raw("input", &joined_tool_input(&self.tool_input));
                if let Some(tool_type) = tool_type {
                    tool_use.string("type", tool_type);
                }
                blocks.push(object("toolUse", &tool_use.finish_text()));
            }
            Some(BlockStart::Other { kind, value }) => {
                blocks.push(object(kind, &merged(value, self.others_of(kind), kind == "toolResult")));
            }
            None if !self.tool_input.is_empty() => {
                blocks.push(object("toolUse", &object("input", &joined_tool_input(&self.tool_input))));
            }
            None => {}
        }
        blocks.extend(self.text_json());
        blocks
    }

    fn text_json(&self) -> Option<String> {
        let text = |text: &str| ObjectWriter::default().string("text", text).finish_text();
        let citations: Vec<_> = self.others_of("citation").map(Document::text).collect();
        if citations.is_empty() {
            return self.text.as_deref().map(text);
        }
        let mut cited = ObjectWriter::default();
        cited.raw("content", &array(self.text.as_deref().map(text))).raw("citations", &array(citations));
        Some(object("citationsContent", &cited.finish_text()))
    }

    fn others_of(&self, kind: &str) -> impl Iterator<Item = &Document> {
        self.others.iter().filter(move |(other, _)| other == kind).map(|(_, value)| value)
    }
}

/// The arguments of a tool, from their pieces: `{}` where there are none, a JSON string where they are no JSON.
pub(super) fn joined_tool_input(pieces: &str) -> String {
    if pieces.trim().is_empty() {
        return "{}".to_owned();
    }
    let is_json = serde_json::from_str::<&serde_json::value::RawValue>(pieces).is_ok();
    if is_json { pieces.to_owned() } else { serde_json::Value::from(pieces).to_string() }
}

fn object(name: &str, json: &str) -> String {
    ObjectWriter::default().raw(name, json).finish_text()
}

/// The beginning of a block with the members of its deltas; those of a tool result are elements of its `content`.
fn merged<'a>(start: &Document, deltas: impl Iterator<Item = &'a Document>, is_tool_result: bool) -> String {
    let start = start.text();
    let mut members: ByName<String> = ByName::default();
    let mut content: Vec<String> = Vec::new();
    for delta in deltas {
        let delta = delta.text();
        if is_tool_result {
            content.extend(elements(&delta).unwrap_or_default().into_iter().map(|raw| raw.get().to_owned()));
        } else {
            let delta = members_in_order(&delta).unwrap_or_default();
            members.extend(delta.into_iter().map(|(name, raw)| (name, raw.get().to_owned())));
        }
    }
    let mut object = ObjectWriter::default();
    for (name, raw) in members_in_order(&start).unwrap_or_default() {
        if members.get(&name).is_none() {
            object.raw(&name, raw.get());
        }
    }
    if is_tool_result {
        object.raw("content", &array(content));
    }
    for (name, json) in members.iter() {
        object.raw(name, json);
    }
    object.finish_text()
}

/// Base64 that came in pieces, each with its own padding.
fn joined_base64(pieces: &[String]) -> String {
    if let [only] = pieces {
        return only.clone();
    }
    let bytes: Option<Vec<Vec<u8>>> =
        pieces.iter().map(|piece| base64_simd::STANDARD.decode_to_vec(piece).ok()).collect();
    match bytes {
        Some(bytes) => base64_simd::STANDARD.encode_to_string(bytes.concat()),
        None => pieces.concat(),
    }
}
