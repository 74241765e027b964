//! Events on their way to a client, as server-sent events: heartbeats while the model thinks, an error event where the
//! stream breaks, and an end that is only written after a whole answer.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use super::asked::Asked;
use super::chat::Event;
use super::exchange::Exchange;
use super::refusal::Refusal;
use super::response::{event_stream, with_request_id};
use crate::protocol::content::{StopReason, Usage};
use crate::transport::{Body, BoxFuture, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderValue, Response};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// A chunk is sent when it is this long, whatever more is ready.
const CHUNK: usize = 16 * 1024;

/// The events of one answer, as they arrive. Dropping it closes the connection to Bedrock, which ends the work there.
pub(super) trait Arriving: Send + Unpin + 'static {
    type Event;
    /// The next event; `None` at the end. An error is the last item.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Self::Event, Refusal>>>;
    /// What AWS's support asks for.
    fn request_id(&self) -> Option<&HeaderValue>;
}

/// Writes events in the shape of one API. `choice` is 0 where one answer was asked for.
pub(super) trait EventWriter<E = Event>: Send + Unpin + 'static {
    /// One event of one answer; appends nothing where the API has no word for it.
    fn event(&mut self, choice: usize, event: E, out: &mut String, heard: &mut Heard);
    /// What keeps the connection alive while nothing is said.
    fn heartbeat(&self, out: &mut String);
    /// The stream breaks: the last that is written.
    fn failure(&mut self, refusal: &Refusal, out: &mut String);
    /// All answers are whole.
    fn end(&mut self, out: &mut String);
}

/// What the events of one answer said of the call.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// A piece of the answer is there.
    pub(super) has_begun: bool,
    pub(super) stop_reason: Option<StopReason>,
    /// The last that is known of what it took.
    pub(super) usage: Option<Usage>,
    /// Nothing of the answer is missing, whatever comes after it.
    pub(super) is_whole: bool,
}

impl Heard {
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Usage(usage) => self.usage = Some(usage),
            Event::Stop { reason, .. } => self.stop_reason = Some(reason),
            Event::BlockStart { .. } | Event::Delta { .. } | Event::BlockStop { .. } => self.has_begun = true,
        }
    }
}

/// One of the answers that a stream has.
pub(super) enum Choice<A> {
    /// The model has not begun; it may think for minutes.
    Opening(BoxFuture<'static, Result<A, Refusal>>),
    Open(A),
    Ended,
}

/// The answer that streams `choices` through a writer. Dropping it drops them, which ends the work of Bedrock.
pub(super) fn stream<A: Arriving>(
    asked: &Asked,
    choices: impl IntoIterator<Item = Choice<A>>,
    writer: impl EventWriter<A::Event>,
) -> Response<Body> {
    let choices: Vec<Served<A>> = choices
        .into_iter()
        .map(|choice| Served { choice, heard: Heard::default(), has_stopped: false })
        .collect();
    let request_id = choices.iter().find_map(|served| match &served.choice {
        Choice::Open(answer) => answer.request_id().cloned(),
        Choice::Opening(_) | Choice::Ended => None,
    });
    let heartbeat = asked.in_force.options.heartbeat;
    let body = EventBody {
        choices,
        writer,
        out: String::new(),
        heartbeat,
        last: Instant::now(),
        timer: Box::pin(sleep(heartbeat)),
        has_begun: false,
        is_over: false,
        exchange: Arc::clone(&asked.exchange),
    };
    with_request_id(event_stream(Body::stream(body, None)), request_id.as_ref())
}

struct EventBody<A, W> {
    choices: Vec<Served<A>>,
    writer: W,
    /// What is to be sent; its memory is used again.
    out: String,
    heartbeat: Duration,
    /// When something was sent.
    last: Instant,
    /// When to look whether the stream is silent. It is not moved by each event, only when it fires.
    timer: Pin<Box<Sleep>>,
    has_begun: bool,
    is_over: bool,
    exchange: Arc<Exchange>,
}

struct Served<A> {
    choice: Choice<A>,
    heard: Heard,
    /// The model has said why it ends: what it took is not of the beginning any more.
    has_stopped: bool,
}

impl<A> Served<A> {
    /// Tells what it took, and whether that is all.
    fn tell_usage(&self, exchange: &Exchange) {
        let usage = self.heard.usage.as_ref();
        if let Some(usage) = usage {
            exchange.used(usage);
        }
        let is_counted = self.has_stopped && usage.is_some();
        if !is_counted && !matches!(self.choice, Choice::Ended) {
            exchange.cut_short();
        }
    }
}

impl<A: Arriving> Served<A> {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<A::Event, Refusal>>> {
        loop {
            match &mut self.choice {
                Choice::Ended => return Poll::Ready(None),
                Choice::Open(answer) => return answer.poll_next(context),
                Choice::Opening(opening) => match ready!(opening.as_mut().poll(context)) {
                    Ok(answer) => self.choice = Choice::Open(answer),
                    Err(refusal) => {
                        self.choice = Choice::Ended;
                        return Poll::Ready(Some(Err(refusal)));
                    }
                },
            }
        }
    }
}

impl<A: Arriving, W: EventWriter<A::Event>> EventBody<A, W> {
    /// Writes what is ready. Whether the stream is over now, whole or not.
    fn write_ready(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut is_whole = true;
        for (number, served) in self.choices.iter_mut().enumerate() {
            loop {
                if self.out.len() >= CHUNK {
                    return Poll::Pending;
                }
                match served.poll_next(context) {
                    Poll::Pending => {
                        is_whole = false;
                        break;
                    }
                    Poll::Ready(None) => {
                        served.choice = Choice::Ended;
                        break;
                    }
                    Poll::Ready(Some(Ok(event))) => {
                        self.writer.event(number, event, &mut self.out, &mut served.heard);
                        if let Some(reason) = served.heard.stop_reason.take() {
                            self.exchange.stopped(&reason);
                            served.has_stopped = true;
                        }
                        if served.heard.has_begun && !self.has_begun {
                            self.has_begun = true;
                            self.exchange.first_token();
                        }
                    }
                    Poll::Ready(Some(Err(_))) if served.heard.is_whole => {
                        served.choice = Choice::Ended;
                        break;
                    }
                    Poll::Ready(Some(Err(refusal))) => {
                        let refusal = self.exchange.refused(refusal);
                        self.writer.failure(&refusal, &mut self.out);
                        return Poll::Ready(());
                    }
                }
            }
        }
        if !is_whole {
            return Poll::Pending;
        }
        self.writer.end(&mut self.out);
        Poll::Ready(())
    }

    fn chunk(&mut self) -> Bytes {
        self.last = Instant::now();
        let chunk = Bytes::copy_from_slice(self.out.as_bytes());
        self.out.clear();
        self.out.shrink_to(CHUNK);
        chunk
    }

    /// What was used is counted once for each answer, also where the client has gone.
    fn close(&mut self) {
        self.is_over = true;
        for served in std::mem::take(&mut self.choices) {
            served.tell_usage(&self.exchange);
        }
    }

    /// After its last event a heartbeat would only be in the way.
    fn is_whole(&self) -> bool {
        self.choices.iter().all(|served| served.heard.is_whole)
    }
}

impl<A: Arriving, W: EventWriter<A::Event>> Stream for EventBody<A, W> {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.is_over {
            return Poll::Ready(None);
        }
        if this.write_ready(context).is_ready() {
            this.close();
        } else if this.exchange.is_cut() {
            let refusal = this.exchange.refused(Refusal::cut());
            this.writer.failure(&refusal, &mut this.out);
            this.close();
        }
        while this.out.is_empty() && !this.is_over {
            ready!(this.timer.as_mut().poll(context));
            let due = this.last + this.heartbeat;
            if due <= Instant::now() {
                if !this.is_whole() {
                    this.writer.heartbeat(&mut this.out);
                }
                this.timer.as_mut().reset(Instant::now() + this.heartbeat);
            } else {
                this.timer.as_mut().reset(due);
            }
        }
        if this.out.is_empty() { Poll::Ready(None) } else { Poll::Ready(Some(Ok(this.chunk()))) }
    }
}

impl<A, W> Drop for EventBody<A, W> {
    fn drop(&mut self) {
        for served in &self.choices {
            served.tell_usage(&self.exchange);
        }
    }
}
