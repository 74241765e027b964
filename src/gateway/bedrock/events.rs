//! The events of one answer of Bedrock, as a chat's.

use super::blocks::Blocks;
use super::claude::ClaudeEvents;
use super::converse;
use super::restore::Restore;
use crate::client::EventStream;
use crate::gateway::chat::{Answer, Event};
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::gateway::sse::Arriving;
use crate::protocol::operation::bedrock_runtime::{ConverseStream, InvokeModelWithResponseStream};
use crate::protocol::request_id::request_id;
use futures_core::Stream as _;
use http::HeaderValue;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// An answer that arrives. Dropping it closes the connection to Bedrock, which ends the work there.
pub(in crate::gateway) struct Events {
    source: Source,
    blocks: Blocks,
    is_over: bool,
}

enum Source {
    Converse(Box<EventStream<ConverseStream>>),
    Claude(Box<(EventStream<InvokeModelWithResponseStream>, ClaudeEvents)>),
    /// All of it is there.
    Whole {
        request_id: Option<HeaderValue>,
    },
}

impl Events {
    /// The answer of any model to ConverseStream.
    pub(super) fn of_converse(stream: EventStream<ConverseStream>, restore: Restore) -> Self {
        Self::new(Source::Converse(Box::new(stream)), restore)
    }

    /// The answer of a Claude to InvokeModelWithResponseStream, in its own shape.
    pub(super) fn of_claude(stream: EventStream<InvokeModelWithResponseStream>, restore: Restore) -> Self {
        Self::new(Source::Claude(Box::new((stream, ClaudeEvents::default()))), restore)
    }

    /// An answer that came as a whole, from a model that does not stream it.
    pub(super) fn of_answer(mut answer: Answer) -> Self {
        let source = Source::Whole { request_id: answer.request_id.take() };
        Self { source, blocks: Blocks::of_answer(answer), is_over: false }
    }

    fn new(source: Source, restore: Restore) -> Self {
        Self { source, blocks: Blocks::new(restore), is_over: false }
    }

    /// Reads one event of Bedrock into the blocks.
    fn poll_source(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(), Refusal>>> {
        let blocks = &mut self.blocks;
        match &mut self.source {
            Source::Converse(stream) => Pin::new(stream.as_mut()).poll_next(context).map(|event| {
                Some(event?.map_err(Refusal::from).and_then(|event| converse::read_event(event, blocks)))
            }),
            Source::Whole { .. } => Poll::Ready(None),
            Source::Claude(source) => {
                let (stream, claude) = source.as_mut();
                Pin::new(stream).poll_next(context).map(|event| {
                    Some(event?.map_err(Refusal::from).and_then(|event| claude.read(&event, blocks)))
                })
            }
        }
    }
}

impl Arriving for Events {
    type Event = Event;

    /// The end comes after [`Event::Stop`] only.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Event, Refusal>>> {
        loop {
            if let Some(event) = self.blocks.pop() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.is_over {
                return Poll::Ready(None);
            }
            match ready!(self.poll_source(context)) {
                Some(Ok(())) => {}
                // Nothing of the answer is missing.
                Some(Err(_)) if self.blocks.is_stopped() => self.is_over = true,
                Some(Err(refusal)) => {
                    self.is_over = true;
                    return Poll::Ready(Some(Err(refusal)));
                }
                None => {
                    self.is_over = true;
                    if !self.blocks.is_stopped() {
                        let message = "the stream of Bedrock ended before the answer was whole";
                        return Poll::Ready(Some(Err(Refusal::new(RefusalKind::Upstream, message))));
                    }
                }
            }
        }
    }

    fn request_id(&self) -> Option<&HeaderValue> {
        match &self.source {
            Source::Converse(stream) => request_id(stream.headers()),
            Source::Claude(source) => request_id(source.0.headers()),
            Source::Whole { request_id } => request_id.as_ref(),
        }
    }
}
