//! An answer as it arrives, as `chat.completion.chunk`s.
//! <https://platform.openai.com/docs/api-reference/chat-streaming>

use super::completion::{Head, function_call, redacted_thoughts, signed_thoughts};
use super::finish_reason::finish_reason;
use super::usage::Tokens;
use crate::gateway::chat::{Delta, Event, Start};
use crate::gateway::refusal::Refusal;
use crate::gateway::shape::Shape;
use crate::gateway::sse::{EventWriter, Heard};
use crate::protocol::content::Usage;
use crate::protocol::document::push_string;
use std::fmt::Write as _;

/// Writes the chunks of all answers to one request.
pub(super) struct Chunks {
    /// What every chunk begins with, up to its choices.
    head: String,
    include_usage: bool,
    legacy_functions: bool,
    choices: Vec<Choice>,
}

/// One answer.
#[derive(Default)]
struct Choice {
    has_begun: bool,
    /// Blocks that have not ended and have more than text.
    open: Vec<Open>,
    tools: usize,
    /// Thoughts that can be sent back, as the elements of an array. They go out at once, at the end: the official
    /// clients put together what comes in pieces by the `index` of an element, or take the last piece for all of it.
    thoughts: String,
    usage: Option<Usage>,
}

impl Choice {
    fn thought(&mut self, write: impl FnOnce(&mut String)) {
        if !self.thoughts.is_empty() {
            self.thoughts.push(',');
        }
        write(&mut self.thoughts);
    }
}

struct Open {
    index: usize,
    block: Block,
}

enum Block {
    /// `number` is its place among the tools: OpenAI numbers those alone.
    Tool { number: usize, has_input: bool },
    /// They are kept until the block ends: what can be sent back is all of it with its signature.
    Thoughts { text: String, signature: String },
}

impl Chunks {
    pub(super) fn new(head: &Head, choices: usize, include_usage: bool) -> Self {
        let mut text = String::from("data: ");
        head.write("chat.completion.chunk", &mut text);
        text.push_str(",\"choices\":[");
        Self {
            head: text,
            include_usage,
            legacy_functions: head.has_legacy_functions(),
            choices: (0..choices).map(|_| Choice::default()).collect(),
        }
    }

    /// One chunk of one choice.
    fn chunk(&self, choice: usize, reason: Option<&str>, out: &mut String, delta: impl FnOnce(&mut String)) {
        out.push_str(&self.head);
        // Nothing can fail in writing to a string.
        let _ = write!(out, r#"{{"index":{choice},"delta":{{"#);
        delta(out);
        out.push_str(r#"},"logprobs":null,"finish_reason":"#);
        match reason {
            Some(reason) => {
                let _ = write!(out, "\"{reason}\"");
            }
            None => out.push_str("null"),
        }
        out.push_str("}]");
        if self.include_usage {
            out.push_str(",\"usage\":null");
        }
        out.push_str("}\n\n");
    }

    /// The role comes first, in a chunk of its own.
    fn begin(&mut self, choice: usize, event: &Event, out: &mut String) {
        let Some(state) = self.choices.get_mut(choice).filter(|state| !state.has_begun) else { return };
        state.has_begun = true;
        let is_tool = matches!(event, Event::BlockStart { start: Start::ToolUse { .. }, .. });
        let content = if is_tool { "null" } else { "\"\"" };
        self.chunk(choice, None, out, |out| {
            let _ = write!(out, r#""role":"assistant","content":{content},"refusal":null"#);
        });
    }

    fn start(&mut self, choice: usize, index: usize, start: &Start, out: &mut String) {
        let Some(state) = self.choices.get_mut(choice) else { return };
        match start {
            Start::Text => {}
            Start::Thinking => state.open.push(Open {
                index,
                block: Block::Thoughts { text: String::new(), signature: String::new() },
            }),
            Start::RedactedThinking(data) => state.thought(|out| redacted_thoughts(data, out)),
            Start::ToolUse { id, name } => {
                let number = state.tools;
                state.tools += 1;
                state.open.push(Open { index, block: Block::Tool { number, has_input: false } });
                if self.legacy_functions {
                    // There is no place for a second one.
                    if number == 0 {
                        self.chunk(choice, None, out, |out| {
                            out.push_str("\"function_call\":");
                            function_call(name, "", out);
                        });
                    }
                    return;
                }
                self.chunk(choice, None, out, |out| {
                    let _ = write!(out, r#""tool_calls":[{{"index":{number},"id":"#);
                    push_string(out, id);
                    out.push_str(r#","type":"function","function":"#);
                    function_call(name, "", out);
                    out.push_str("}]");
                });
            }
        }
    }

    fn delta(&mut self, choice: usize, index: usize, delta: &Delta, out: &mut String) {
        let Some(state) = self.choices.get_mut(choice) else { return };
        let block = state.open.iter_mut().find(|open| open.index == index).map(|open| &mut open.block);
        match (delta, block) {
            (Delta::Text(piece), _) => self.chunk(choice, None, out, |out| {
                out.push_str("\"content\":");
                push_string(out, piece);
            }),
            (Delta::ToolInput(piece), Some(Block::Tool { number, has_input })) => {
                *has_input = true;
                let number = *number;
                self.arguments(choice, number, piece, out);
            }
            (Delta::Thinking(piece), Some(Block::Thoughts { text, .. })) => {
                text.push_str(piece);
                self.chunk(choice, None, out, |out| {
                    out.push_str("\"reasoning_content\":");
                    push_string(out, piece);
                });
            }
            (Delta::Signature(piece), Some(Block::Thoughts { signature, .. })) => signature.push_str(piece),
            _ => {}
        }
    }

    fn arguments(&self, choice: usize, number: usize, piece: &str, out: &mut String) {
        if self.legacy_functions && number > 0 {
            return;
        }
        self.chunk(choice, None, out, |out| {
            if self.legacy_functions {
                out.push_str(r#""function_call":{"arguments":"#);
                push_string(out, piece);
                out.push('}');
            } else {
                let _ = write!(out, r#""tool_calls":[{{"index":{number},"function":{{"arguments":"#);
                push_string(out, piece);
                out.push_str("}}]");
            }
        });
    }

    fn thoughts(&mut self, choice: usize, out: &mut String) {
        let thoughts =
            self.choices.get_mut(choice).map(|state| std::mem::take(&mut state.thoughts)).unwrap_or_default();
        if !thoughts.is_empty() {
            self.chunk(choice, None, out, |out| {
                let _ = write!(out, "\"thinking_blocks\":[{thoughts}]");
            });
        }
    }

    fn stop(&mut self, choice: usize, index: usize, out: &mut String) {
        let Some(state) = self.choices.get_mut(choice) else { return };
        let Some(at) = state.open.iter().position(|open| open.index == index) else { return };
        match state.open.remove(at).block {
            Block::Tool { number, has_input: false } => {
                self.arguments(choice, number, "{}", out);
            }
            Block::Thoughts { text, signature } if !signature.is_empty() => {
                state.thought(|out| signed_thoughts(&text, &signature, out));
            }
            Block::Tool { .. } | Block::Thoughts { .. } => {}
        }
    }
}

impl EventWriter for Chunks {
    fn event(&mut self, choice: usize, event: Event, out: &mut String, heard: &mut Heard) {
        if !matches!(event, Event::Usage(_)) {
            self.begin(choice, &event, out);
        }
        match &event {
            Event::BlockStart { index, start } => self.start(choice, *index, start, out),
            Event::Delta { index, delta } => self.delta(choice, *index, delta, out),
            Event::BlockStop { index } => self.stop(choice, *index, out),
            Event::Stop { reason, .. } => {
                self.thoughts(choice, out);
                let reason = finish_reason(Some(reason), self.legacy_functions);
                self.chunk(choice, Some(reason), out, |_| {});
            }
            Event::Usage(usage) => {
                if let Some(state) = self.choices.get_mut(choice) {
                    state.usage = Some(usage.clone());
                }
            }
        }
        heard.hear(event);
    }

    fn heartbeat(&self, out: &mut String) {
        out.push_str(": the model is thinking\n\n");
    }

    /// Without `[DONE]`: nobody may take this for the end.
    fn failure(&mut self, refusal: &Refusal, out: &mut String) {
        let _ = write!(out, "data: {}\n\n", refusal.document(Shape::OpenAi));
    }

    fn end(&mut self, out: &mut String) {
        let tokens = Tokens::of(self.choices.iter().filter_map(|choice| choice.usage.as_ref()));
        if let Some(tokens) = tokens.filter(|_| self.include_usage) {
            out.push_str(&self.head);
            out.push_str("],\"usage\":");
            tokens.write(out);
            out.push_str("}\n\n");
        }
        out.push_str("data: [DONE]\n\n");
    }
}
