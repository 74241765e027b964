//! The events of a streaming operation, as they arrive.

use super::call::{Answer, Begun};
use super::failure::refused_within;
use super::pacing::Charge;
use super::state::Client;
use crate::error::{Error, ErrorKind};
use crate::protocol::eventstream::Decoder;
use crate::protocol::operation::{Collector as _, StreamError, StreamOperation};
use crate::protocol::outcome::WireFailure;
use crate::protocol::request_id::request_id_text;
use crate::protocol::retry::Attempt;
use crate::transport::Body;
use futures_core::Stream;
use http::HeaderMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The events of one answer. Dropping it closes the connection, which ends the work on the other side.
///
/// Nothing is buffered: an event is handed out as soon as its frame is complete. Five minutes without a byte end the
/// stream (see [`super::Timeouts::idle`]); there is no limit to the whole. A stream that fails before its first event
/// is retried like any call; after that it is not, since what was delivered cannot be taken back.
pub struct EventStream<O: StreamOperation> {
    operation: O,
    headers: HeaderMap,
    body: Body,
    decoder: Decoder,
    may_end: bool,
    state: State,
    /// Those of the call that opened it: an error inside it is an error of that call.
    attempts: Vec<Attempt>,
    carried_api_key: bool,
    /// What it uses of the quota of tokens, where that is counted.
    charge: Option<Charge>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The body has ended; frames may still be in the decoder.
    BodyEnded,
    Over,
}

/// A stream that broke: why, and what had arrived.
#[derive(Debug)]
#[non_exhaustive]
pub struct Interrupted<T> {
    /// Why.
    pub error: Error,
    /// What the events up to there make.
    pub arrived: T,
}

impl<T> fmt::Display for Interrupted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T: fmt::Debug> std::error::Error for Interrupted<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl<T> From<Interrupted<T>> for Error {
    fn from(interrupted: Interrupted<T>) -> Self {
        interrupted.error
    }
}

impl Client {
    /// Opens a stream. The answer's first event has arrived when this returns: a refusal that comes as an event is
    /// an error here, after the retries that it allows.
    ///
    /// ```no_run
    /// use bedwire::protocol::content::{BlockDelta, ConverseBody, ConverseEvent};
    /// use bedwire::protocol::{model::ModelId, operation::bedrock_runtime::ConverseStream};
    ///
    /// # async fn example(client: bedwire::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let model = ModelId::new("us.amazon.nova-lite-v1:0")?;
    /// let mut stream = client.stream(ConverseStream::typed(model, &ConverseBody::prompt("Hello"))?).await?;
    /// while let Some(event) = stream.next().await {
    ///     if let ConverseEvent::ContentBlockDelta { delta: BlockDelta::Text(text), .. } = event? {
    ///         print!("{text}");
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn stream<O: StreamOperation>(&self, operation: O) -> Result<EventStream<O>, Error> {
        let (mut parts, body) = self.run_model(&operation, Answer::Events).await?.into_parts();
        let Begun { attempts, mut charge, carried_api_key } = parts.extensions.remove().unwrap_or_default();
        if let Some(charge) = &mut charge {
            charge.begin();
        }
        Ok(EventStream {
            operation,
            headers: parts.headers,
            body,
            decoder: Decoder::new(),
            may_end: false,
            state: State::Open,
            attempts,
            carried_api_key,
            charge,
        })
    }
}

impl<O: StreamOperation> EventStream<O> {
    /// The answer's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What puts this stream's events together.
    pub fn collector(&self) -> O::Collector {
        self.operation.collector()
    }

    /// The next event; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<O::Event, Error>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Reads to the end and puts the events together to what the operation without a stream answers.
    pub async fn collect(mut self) -> Result<O::Output, Interrupted<O::Output>> {
        let mut collector = self.operation.collector();
        while let Some(event) = self.next().await {
            match event {
                Ok(event) => collector.push(&event),
                Err(error) => return Err(Interrupted { error, arrived: collector.output() }),
            }
        }
        Ok(collector.output())
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<O::Event, Error>>> {
        let next = ready!(self.poll_decoded(context));
        Poll::Ready(next.map(|event| {
            event.map_err(|error| {
                self.state = State::Over;
                error.after(std::mem::take(&mut self.attempts))
            })
        }))
    }

    fn poll_decoded(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<O::Event, Error>>> {
        loop {
            if self.state == State::Over {
                return Poll::Ready(None);
            }
            match self.decoded() {
                Ok(Some(event)) => return Poll::Ready(Some(Ok(event))),
                Ok(None) if self.state == State::BodyEnded => {
                    self.state = State::Over;
                    return Poll::Ready(self.end().err().map(Err));
                }
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
            match ready!(self.body.poll_chunk(context)) {
                Some(Ok(chunk)) => {
                    if let Some(charge) = &mut self.charge {
                        charge.received(chunk.len());
                    }
                    self.decoder.push(chunk);
                }
                Some(Err(cut)) => {
                    let message = format!("the stream of {} broke: {cut}", self.operation.name());
                    let kind = match cut.failure() {
                        WireFailure::Timeout => ErrorKind::Timeout,
                        _ => ErrorKind::BrokenStream,
                    };
                    return Poll::Ready(Some(Err(Error::new(kind, message).because(cut))));
                }
                None => self.state = State::BodyEnded,
            }
        }
    }

    /// The next event of the frames that are here.
    fn decoded(&mut self) -> Result<Option<O::Event>, Error> {
        while let Some(frame) = self.decoder.next_frame().map_err(|e| self.broken(&e))? {
            match self.operation.event(frame) {
                Ok(Some(event)) => {
                    self.may_end |= self.operation.may_end_after(&event);
                    self.count(&event);
                    return Ok(Some(event));
                }
                Ok(None) => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(None)
    }

    /// What the service says it took settles what was reserved, without waiting for the stream to be dropped.
    fn count(&mut self, event: &O::Event) {
        let Some(charge) = &mut self.charge else { return };
        if let Some(usage) = self.operation.usage(event) {
            charge.used(&usage);
            self.charge = None;
        }
    }

    /// Whether the stream may end here.
    fn end(&self) -> Result<(), Error> {
        self.decoder.finish().map_err(|e| self.broken(&e))?;
        if self.may_end {
            return Ok(());
        }
        Err(self.failed(StreamError::Truncated {
            operation: self.operation.name(),
            expected: self.operation.last_event(),
        }))
    }

    fn broken(&self, error: &dyn fmt::Display) -> Error {
        Error::new(
            ErrorKind::BrokenStream,
            format!("the stream of {} is broken: {error}", self.operation.name()),
        )
    }

    fn failed(&self, error: StreamError) -> Error {
        match error {
            StreamError::Service(refusal) => {
                let refusal = refusal.with_request_id(request_id_text(&self.headers));
                let key = self.carried_api_key;
                refused_within(self.operation.name(), &self.operation.service(), refusal, key)
            }
            StreamError::Undecodable(undecodable) => undecodable.into(),
            truncated => Error::new(ErrorKind::BrokenStream, truncated.to_string()),
        }
    }
}

impl<O: StreamOperation + Unpin> Stream for EventStream<O> {
    type Item = Result<O::Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl<O: StreamOperation> fmt::Debug for EventStream<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("operation", &self.operation.name()).finish_non_exhaustive()
    }
}
