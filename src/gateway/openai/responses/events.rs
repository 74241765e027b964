//! An answer as it arrives, as the events of a response.
//! <https://platform.openai.com/docs/api-reference/responses-streaming>

use super::client_tools::as_input;
use super::head::{Head, Known, State};
use super::item::{Item, Kind, push_summary_part, push_text_part};
use crate::gateway::chat::{Delta, Event, Start};
use crate::gateway::refusal::Refusal;
use crate::gateway::sse::{EventWriter, Heard};
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::decimals::push_whole;
use crate::protocol::document::push_string;

/// Writes one response.
pub(super) struct ResponseEvents {
    head: Head,
    numbered: Numbered,
    has_begun: bool,
    /// Items that are not done, in the order of their places. One whose block has ended is done when it is known
    /// whether more follows: until then it may be the last, and cut.
    open: Vec<Open>,
    /// The place of the next item.
    next: usize,
    /// Items that are done, with commas between them.
    output: String,
    stop: Option<StopReason>,
    usage: Option<Usage>,
}

struct Open {
    /// The number of its block.
    index: usize,
    has_ended: bool,
    place: usize,
    item: Item,
}

/// Numbers the events.
#[derive(Default)]
struct Numbered {
    next: u64,
}

impl Numbered {
    fn event(&mut self, kind: &str, out: &mut String, members: impl FnOnce(&mut String)) {
        for text in ["event: ", kind, "\ndata: {\"type\":\"", kind, "\",\"sequence_number\":"] {
            out.push_str(text);
        }
        push_whole(out, self.next);
        self.next += 1;
        members(out);
        out.push_str("}\n\n");
    }
}

impl Open {
    /// Where the item stands, in every event of it.
    fn push_place(&self, out: &mut String) {
        out.push_str(",\"output_index\":");
        push_whole(out, self.place as u64);
        out.push_str(",\"item_id\":");
        push_string(out, &self.item.id);
    }

    /// An event with one text.
    fn text_event(&self, kind: &str, member: &str, text: &str, numbered: &mut Numbered, out: &mut String) {
        numbered.event(kind, out, |out| {
            self.push_place(out);
            match &self.item.kind {
                Kind::Message { .. } => out.push_str(",\"content_index\":0,\"logprobs\":[]"),
                Kind::Thoughts { .. } => out.push_str(",\"summary_index\":0"),
                Kind::RedactedThoughts(_) | Kind::Call { .. } => {}
            }
            for piece in [",\"", member, "\":"] {
                out.push_str(piece);
            }
            push_string(out, text);
        });
    }

    /// The event of the one part of a message, or of thoughts.
    fn part_event(
        &self,
        kind: &str,
        text: &str,
        push_part: impl FnOnce(&str, &mut String),
        numbered: &mut Numbered,
        out: &mut String,
    ) {
        numbered.event(kind, out, |out| {
            self.push_place(out);
            let index = if matches!(self.item.kind, Kind::Message { .. }) { "content" } else { "summary" };
            for piece in [",\"", index, "_index\":0,\"part\":"] {
                out.push_str(piece);
            }
            push_part(text, out);
        });
    }

    /// The event of the item itself.
    fn item_event(
        &self,
        kind: &str,
        numbered: &mut Numbered,
        out: &mut String,
        write: impl FnOnce(&Item, &mut String),
    ) {
        numbered.event(kind, out, |out| {
            out.push_str(",\"output_index\":");
            push_whole(out, self.place as u64);
            out.push_str(",\"item\":");
            write(&self.item, out);
        });
    }

    fn begin(&self, numbered: &mut Numbered, out: &mut String) {
        self.item_event("response.output_item.added", numbered, out, Item::write_begun);
        if matches!(self.item.kind, Kind::Message { .. }) {
            self.part_event("response.content_part.added", "", push_text_part, numbered, out);
        }
    }

    /// A piece of it.
    fn delta(&mut self, delta: &Delta, numbered: &mut Numbered, out: &mut String) {
        match (delta, &mut self.item.kind) {
            (Delta::Text(piece), Kind::Message { text }) => {
                text.push_str(piece);
                self.text_event("response.output_text.delta", "delta", piece, numbered, out);
            }
            (Delta::Thinking(piece), Kind::Thoughts { text, .. }) => {
                let is_first = text.is_empty();
                text.push_str(piece);
                if is_first {
                    let part = push_summary_part;
                    self.part_event("response.reasoning_summary_part.added", "", part, numbered, out);
                }
                self.text_event("response.reasoning_summary_text.delta", "delta", piece, numbered, out);
            }
            (Delta::Signature(piece), Kind::Thoughts { signature, .. }) => signature.push_str(piece),
            (Delta::ToolInput(piece), Kind::Call { tool, arguments, .. }) => {
                arguments.push_str(piece);
                // The text within is known when all of it is there.
                if !tool.is_custom {
                    self.text_event("response.function_call_arguments.delta", "delta", piece, numbered, out);
                }
            }
            _ => {}
        }
    }

    /// It is all there is of it.
    fn end(&mut self, status: &str, numbered: &mut Numbered, out: &mut String) {
        if let Kind::Call { arguments, .. } = &self.item.kind
            && arguments.is_empty()
        {
            self.delta(&Delta::ToolInput("{}".to_owned()), numbered, out);
        }
        match &self.item.kind {
            Kind::Message { text } => {
                self.text_event("response.output_text.done", "text", text, numbered, out);
                self.part_event("response.content_part.done", text, push_text_part, numbered, out);
            }
            Kind::Thoughts { text, .. } if !text.is_empty() => {
                self.text_event("response.reasoning_summary_text.done", "text", text, numbered, out);
                let part = push_summary_part;
                self.part_event("response.reasoning_summary_part.done", text, part, numbered, out);
            }
            Kind::Thoughts { .. } | Kind::RedactedThoughts(_) => {}
            Kind::Call { tool, arguments, .. } if tool.is_custom => {
                let input = as_input(arguments);
                self.text_event("response.custom_tool_call_input.delta", "delta", &input, numbered, out);
                self.text_event("response.custom_tool_call_input.done", "input", &input, numbered, out);
            }
            Kind::Call { arguments, .. } => {
                let kind = "response.function_call_arguments.done";
                self.text_event(kind, "arguments", arguments, numbered, out);
            }
        }
        self.item_event("response.output_item.done", numbered, out, |item, out| item.write(status, out));
    }
}

impl ResponseEvents {
    pub(super) fn new(head: Head) -> Self {
        Self {
            head,
            numbered: Numbered::default(),
            has_begun: false,
            open: Vec::new(),
            next: 0,
            output: String::new(),
            stop: None,
            usage: None,
        }
    }

    /// An event with the response as it is.
    fn response(&mut self, kind: &str, state: State<'_>, out: &mut String) {
        let (head, output) = (&self.head, &self.output);
        let known = Known { usage: self.usage.as_ref(), tier: None };
        self.numbered.event(kind, out, |out| {
            out.push_str(",\"response\":");
            head.write(state, output, known, out);
        });
    }

    fn begin(&mut self, out: &mut String) {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.response("response.created", State::InProgress, out);
            self.response("response.in_progress", State::InProgress, out);
        }
    }

    fn start(&mut self, index: usize, start: &Start, out: &mut String) {
        // Texts that follow each other are one message: clients take the last one for the answer.
        let last = self.open.last_mut().filter(|last| last.has_ended && last.place + 1 == self.next);
        if let Some(last) = last
            && matches!((start, &last.item.kind), (Start::Text, Kind::Message { .. }))
        {
            (last.index, last.has_ended) = (index, false);
            return;
        }
        let ended = self.open.iter().take_while(|open| open.has_ended).count();
        self.end_items(ended, "completed", out);
        let place = self.next;
        self.next += 1;
        let item = match start {
            Start::Text => Item::new(Kind::Message { text: String::new() }, place, &self.head),
            Start::Thinking => {
                let kind = Kind::Thoughts { text: String::new(), signature: String::new() };
                Item::new(kind, place, &self.head)
            }
            Start::RedactedThinking(data) => {
                Item::new(Kind::RedactedThoughts(data.clone()), place, &self.head)
            }
            Start::ToolUse { id, name } => Item::call(name, id, String::new(), place, &self.head),
        };
        let open = Open { index, has_ended: false, place, item };
        open.begin(&mut self.numbered, out);
        self.open.push(open);
    }

    /// Ends the first so many of the items that are open.
    fn end_items(&mut self, count: usize, status: &str, out: &mut String) {
        for mut open in self.open.drain(..count) {
            open.end(status, &mut self.numbered, out);
            if !self.output.is_empty() {
                self.output.push(',');
            }
            open.item.write(status, &mut self.output);
        }
    }

    /// The model has said why it stops: the item that was written last may be cut.
    fn end_all(&mut self, out: &mut String) {
        let state = State::of_end(self.stop.as_ref());
        self.end_items(self.open.len().saturating_sub(1), "completed", out);
        self.end_items(self.open.len(), state.of_last_item(), out);
    }
}

impl EventWriter for ResponseEvents {
    fn event(&mut self, _choice: usize, event: Event, out: &mut String, heard: &mut Heard) {
        self.begin(out);
        match &event {
            Event::BlockStart { index, start } => self.start(*index, start, out),
            Event::Delta { index, delta } => {
                if let Some(open) = self.open.iter_mut().find(|open| open.index == *index) {
                    open.delta(delta, &mut self.numbered, out);
                }
            }
            Event::BlockStop { index } => {
                if let Some(open) = self.open.iter_mut().find(|open| open.index == *index) {
                    open.has_ended = true;
                }
            }
            Event::Stop { reason, .. } => {
                self.stop = Some(reason.clone());
                self.end_all(out);
            }
            Event::Usage(usage) => self.usage = Some(usage.clone()),
        }
        heard.hear(event);
    }

    fn heartbeat(&self, out: &mut String) {
        out.push_str(": the model is thinking\n\n");
    }

    /// What is not done is not in the output: nobody may take it for whole.
    fn failure(&mut self, refusal: &Refusal, out: &mut String) {
        self.begin(out);
        self.response("response.failed", State::Failed(refusal), out);
    }

    fn end(&mut self, out: &mut String) {
        self.begin(out);
        let state = State::of_end(self.stop.as_ref());
        let kind =
            if matches!(state, State::Completed) { "response.completed" } else { "response.incomplete" };
        self.response(kind, state, out);
    }
}
