//! An answer that streams: a chat's events, or a Claude's own. Which of them it is, the route that answers decides; the
//! stream may have begun by then, with pings alone.

use super::claude::{Chunks, ClaudeStream, refusal_in};
use super::events::MessageEvents;
use crate::gateway::bedrock::Events;
use crate::gateway::chat::Event;
use crate::gateway::refusal::Refusal;
use crate::gateway::sse::{Arriving, EventWriter, Heard};
use crate::protocol::operation::bedrock_runtime::InvokeModelEvent;
use crate::protocol::request_id::request_id;
use futures_core::Stream as _;
use http::HeaderValue;
use std::pin::Pin;
use std::task::{Context, Poll};

/// One answer.
pub(super) enum ArrivingMessage {
    Chat(Events),
    Claude(Box<ClaudeStream>),
}

/// One event of it.
pub(super) enum MessageEvent {
    Chat(Event),
    Claude(InvokeModelEvent),
}

impl Arriving for ArrivingMessage {
    type Event = MessageEvent;

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<MessageEvent, Refusal>>> {
        match self {
            Self::Chat(events) => events.poll_next(context).map(|event| Some(event?.map(MessageEvent::Chat))),
            Self::Claude(stream) => Pin::new(stream.as_mut())
                .poll_next(context)
                .map(|event| Some(event?.map_err(Refusal::from).and_then(of_claude))),
        }
    }

    fn request_id(&self) -> Option<&HeaderValue> {
        match self {
            Self::Chat(events) => events.request_id(),
            Self::Claude(stream) => request_id(stream.headers()),
        }
    }
}

fn of_claude(event: InvokeModelEvent) -> Result<MessageEvent, Refusal> {
    match event.chunk().and_then(refusal_in) {
        Some(refusal) => Err(refusal),
        None => Ok(MessageEvent::Claude(event)),
    }
}

/// Writes either.
pub(super) struct MessageWriter {
    chat: MessageEvents,
    claude: Chunks,
    is_claude: bool,
}

impl MessageWriter {
    /// `digits` are only in this message's id; `model` is the client's name for the model.
    pub(super) fn new(digits: &str, model: &str) -> Self {
        Self { chat: MessageEvents::new(digits, model), claude: Chunks::new(model), is_claude: false }
    }
}

impl EventWriter<MessageEvent> for MessageWriter {
    fn event(&mut self, choice: usize, event: MessageEvent, out: &mut String, heard: &mut Heard) {
        match event {
            MessageEvent::Chat(event) => self.chat.event(choice, event, out, heard),
            MessageEvent::Claude(event) => {
                self.is_claude = true;
                if let Some(chunk) = event.chunk() {
                    self.claude.push(chunk, out, heard);
                }
            }
        }
    }

    fn heartbeat(&self, out: &mut String) {
        self.chat.heartbeat(out);
    }

    fn failure(&mut self, refusal: &Refusal, out: &mut String) {
        self.chat.failure(refusal, out);
    }

    /// A Claude writes its last event itself.
    fn end(&mut self, out: &mut String) {
        if !self.is_claude {
            self.chat.end(out);
        }
    }
}
