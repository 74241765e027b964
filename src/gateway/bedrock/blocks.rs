//! Blocks of an answer as they arrive: what the model leaves out is put in, and what was changed is changed back.

mod whole;

use super::answer::true_reason;
use super::json_answer::{JsonAnswer, JsonText, unwrapped};
use super::restore::Restore;
use super::stop_text::{Said, StopText};
use crate::gateway::chat::{Delta, Event, Start};
use crate::protocol::content::{StopReason, Usage};
use std::collections::VecDeque;

/// Makes events of what arrives. `place` is the model's number of a block; the events have their own, without gaps.
pub(super) struct Blocks {
    restore: Box<Restore>,
    events: VecDeque<Event>,
    open: Vec<Open>,
    /// The number of the next block.
    next: usize,
    json: Json,
    /// Where the model does not stop by itself.
    stop_text: Option<Box<StopText>>,
    asks_for_tools: bool,
    is_answered: bool,
    is_stopped: bool,
}

/// A block that has not ended.
struct Open {
    place: u64,
    block: Block,
}

enum Block {
    Text {
        index: usize,
    },
    Thinking {
        index: usize,
    },
    /// Pieces of base64, each with its own padding. It has no number yet, since it starts when it is whole.
    Redacted(Vec<String>),
    ToolUse {
        index: usize,
    },
    /// The arguments of the JSON tool.
    Json {
        index: usize,
        is_empty: bool,
    },
    /// The same, of which only a member is the answer: it is known when they are whole.
    Wrapped {
        index: usize,
        arguments: String,
    },
    /// None of the client's.
    PassedOver,
}

/// An answer that is to be JSON.
enum Json {
    /// None is, or the model says nothing else.
    NotAsked,
    /// It is somewhere in the text.
    InText(Box<JsonText>),
    /// The text up to now: it would make the JSON none, and is the answer only where no JSON comes.
    Awaited(String),
    Begun,
}

impl Blocks {
    pub(super) fn new(restore: Restore) -> Self {
        let json = match restore.json() {
            JsonAnswer::AsItIs => Json::NotAsked,
            JsonAnswer::Arguments { .. } => Json::Awaited(String::new()),
            JsonAnswer::InText(kind) => Json::InText(Box::new(JsonText::new(*kind))),
        };
        let stop_text = StopText::of(restore.stop()).map(Box::new);
        Self {
            restore: Box::new(restore),
            events: VecDeque::new(),
            open: Vec::new(),
            next: 0,
            json,
            stop_text,
            asks_for_tools: false,
            is_answered: false,
            is_stopped: false,
        }
    }

    /// The next event that is ready.
    pub(super) fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether the client has been told more than thoughts.
    pub(super) fn is_answered(&self) -> bool {
        self.is_answered
    }

    /// Whether the answer is whole. What may follow is its usage.
    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    pub(super) fn text(&mut self, place: u64, text: String) {
        let Some(stop_text) = &mut self.stop_text else { return self.read_text(place, text) };
        match stop_text.push(place, text) {
            Said::Text(text) => self.read_text(place, text),
            Said::Last(text, sequence) => {
                self.read_text(place, text);
                self.stop(StopReason::StopSequence, Some(sequence));
            }
        }
    }

    /// Something else than text comes: no stop sequence goes on there.
    pub(super) fn end_text(&mut self) {
        if let Some((place, held)) = self.stop_text.as_mut().and_then(|stop_text| stop_text.held()) {
            self.read_text(place, held);
        }
    }

    fn read_text(&mut self, place: u64, text: String) {
        match &mut self.json {
            Json::NotAsked => self.say(place, text),
            Json::InText(json) => {
                if let Some(piece) = json.push(text) {
                    self.say(place, piece);
                }
            }
            Json::Awaited(held) => held.push_str(&text),
            Json::Begun => {}
        }
    }

    pub(super) fn thinking(&mut self, place: u64, text: String) {
        if !text.is_empty() {
            let index = self.thoughts(place);
            self.delta(index, Delta::Thinking(text));
        }
    }

    pub(super) fn signature(&mut self, place: u64, signature: String) {
        if !signature.is_empty() {
            let index = self.thoughts(place);
            self.delta(index, Delta::Signature(signature));
        }
    }

    /// Encrypted thoughts, or a piece of them.
    pub(super) fn redacted(&mut self, place: u64, base64: String) {
        if base64.is_empty() {
            return;
        }
        if let Some(Block::Redacted(pieces)) = self.at(place, |block| matches!(block, Block::Redacted(_))) {
            pieces.push(base64);
            return;
        }
        self.end_texts();
        self.open.push(Open { place, block: Block::Redacted(vec![base64]) });
    }

    pub(super) fn tool_use(&mut self, place: u64, id: String, name: &str) {
        self.stop_block(place);
        if let Json::InText(json) = &mut self.json
            && let Some(held) = json.held()
        {
            self.say(place, held);
            self.stop_block(place);
        }
        if !self.restore.is_json_tool(name) {
            if self.restore.is_too_many(self.asks_for_tools) {
                return self.pass_over(place);
            }
            self.asks_for_tools = true;
            let name = self.restore.tool_name(name).to_owned();
            self.begin(place, Start::ToolUse { id, name }, |index| Block::ToolUse { index });
        } else if matches!(self.json, Json::Begun) {
            // Two would be no JSON.
            self.pass_over(place);
        } else {
            self.json = Json::Begun;
            let is_wrapped = matches!(self.restore.json(), JsonAnswer::Arguments { is_wrapped: true, .. });
            self.begin(place, Start::Text, |index| {
                if is_wrapped {
                    Block::Wrapped { index, arguments: String::new() }
                } else {
                    Block::Json { index, is_empty: true }
                }
            });
        }
    }

    /// A piece of a tool's arguments.
    pub(super) fn tool_input(&mut self, place: u64, piece: String) {
        if piece.is_empty() {
            return;
        }
        match self.open.iter_mut().find(|open| open.place == place).map(|open| &mut open.block) {
            Some(Block::ToolUse { index }) => {
                let index = *index;
                self.delta(index, Delta::ToolInput(piece));
            }
            Some(Block::Json { index, is_empty }) => {
                *is_empty = false;
                let index = *index;
                self.delta(index, Delta::Text(piece));
            }
            Some(Block::Wrapped { arguments, .. }) => arguments.push_str(&piece),
            _ => {}
        }
    }

    /// A block that is none of the client's: its pieces are dropped.
    pub(super) fn pass_over(&mut self, place: u64) {
        self.stop_block(place);
        self.open.push(Open { place, block: Block::PassedOver });
    }

    pub(super) fn stop_block(&mut self, place: u64) {
        if let Some(at) = self.open.iter().position(|open| open.place == place) {
            let open = self.open.remove(at);
            self.end(open.block);
        }
    }

    pub(super) fn stop(&mut self, reason: StopReason, stop_sequence: Option<String>) {
        if self.is_stopped {
            return;
        }
        for open in std::mem::take(&mut self.open) {
            self.end(open.block);
        }
        let held = match std::mem::replace(&mut self.json, Json::NotAsked) {
            Json::Awaited(held) => Some(held),
            Json::InText(mut json) => json.held(),
            Json::NotAsked | Json::Begun => None,
        };
        if let Some(held) = held {
            self.say(0, held);
            self.stop_block(0);
        }
        let reason = true_reason(reason, self.asks_for_tools);
        self.is_stopped = true;
        self.events.push_back(Event::Stop { reason, stop_sequence });
    }

    pub(super) fn usage(&mut self, usage: Usage) {
        self.events.push_back(Event::Usage(usage));
    }

    /// A piece of the text that the client gets.
    fn say(&mut self, place: u64, text: String) {
        if text.is_empty() {
            return;
        }
        let open = self.at(place, |block| matches!(block, Block::Text { .. }));
        let index = match open {
            Some(Block::Text { index }) => *index,
            _ => self.begin(place, Start::Text, |index| Block::Text { index }),
        };
        self.delta(index, Delta::Text(text));
    }

    /// The block that is open at a place, where it is of one kind; a block of another kind ends.
    fn at(&mut self, place: u64, is_of_kind: impl Fn(&Block) -> bool) -> Option<&mut Block> {
        let open = self.open.iter().position(|open| open.place == place)?;
        if self.open.get(open).is_some_and(|open| is_of_kind(&open.block)) {
            return self.open.get_mut(open).map(|open| &mut open.block);
        }
        self.stop_block(place);
        None
    }

    fn thoughts(&mut self, place: u64) -> usize {
        match self.at(place, |block| matches!(block, Block::Thinking { .. })) {
            Some(Block::Thinking { index }) => *index,
            _ => self.begin(place, Start::Thinking, |index| Block::Thinking { index }),
        }
    }

    fn begin(&mut self, place: u64, start: Start, block: impl Fn(usize) -> Block) -> usize {
        self.end_texts();
        let index = self.next;
        self.next += 1;
        self.is_answered |= matches!(start, Start::Text | Start::ToolUse { .. });
        self.events.push_back(Event::BlockStart { index, start });
        self.open.push(Open { place, block: block(index) });
        index
    }

    /// Texts and thoughts end where another block begins, also where the model does not say so. A tool use stays open:
    /// pieces that belong to it could go nowhere else.
    fn end_texts(&mut self) {
        let is_text = |open: &mut Open| {
            matches!(open.block, Block::Text { .. } | Block::Thinking { .. } | Block::Redacted(_))
        };
        let ended: Vec<Open> = self.open.extract_if(.., is_text).collect();
        for open in ended {
            self.end(open.block);
        }
    }

    fn end(&mut self, block: Block) {
        let index = match block {
            Block::PassedOver => return,
            Block::Text { index } | Block::Thinking { index } | Block::ToolUse { index } => index,
            Block::Json { index, is_empty } => {
                if is_empty {
                    self.delta(index, Delta::Text("{}".to_owned()));
                }
                index
            }
            Block::Wrapped { index, arguments } => {
                let arguments = if arguments.is_empty() { "{}" } else { &arguments };
                self.delta(index, Delta::Text(unwrapped(arguments).to_owned()));
                index
            }
            Block::Redacted(pieces) => {
                let index = self.next;
                self.next += 1;
                let start = Start::RedactedThinking(joined_base64(pieces));
                self.events.push_back(Event::BlockStart { index, start });
                index
            }
        };
        self.events.push_back(Event::BlockStop { index });
    }

    fn delta(&mut self, index: usize, delta: Delta) {
        self.events.push_back(Event::Delta { index, delta });
    }
}

fn joined_base64(mut pieces: Vec<String>) -> String {
    if pieces.len() == 1 {
        return pieces.pop().unwrap_or_default();
    }
    let bytes: Option<Vec<Vec<u8>>> =
        pieces.iter().map(|piece| base64_simd::STANDARD.decode_to_vec(piece).ok()).collect();
    bytes.map_or_else(|| pieces.concat(), |bytes| base64_simd::STANDARD.encode_to_string(bytes.concat()))
}

#[cfg(test)]
mod tests;
