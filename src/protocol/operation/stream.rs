//! Operations whose answer is an event stream.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html>

use super::{Operation, Undecodable};
use crate::protocol::content::Usage;
use crate::protocol::eventstream::{DecodeError, Decoder, Frame};
use crate::protocol::service_error::ServiceError;
use bytes::Bytes;
use std::fmt;

/// An operation whose answer is an event stream. Its [`Operation::decode`] reads a whole stream from memory and answers
/// what [`StreamOperation::Collector`] makes of the events.
pub trait StreamOperation: Operation {
    /// One event of the stream.
    type Event;

    /// Puts the events together to what [`Operation::decode`] answers.
    type Collector: Collector<Event = Self::Event, Output = Self::Output>;

    /// The event in one frame; `None` for a frame without meaning, such as an empty one that keeps a connection
    /// alive. An exception is an error with its code.
    fn event(&self, frame: Frame) -> Result<Option<Self::Event>, StreamError>;

    /// Whether the stream may end after this event: a stream that ends before one such event is cut.
    fn may_end_after(&self, event: &Self::Event) -> bool;

    /// What the stream lacks when it is cut: `messageStop`.
    fn last_event(&self) -> &'static str;

    /// What the call took, where this event says so.
    fn usage(&self, event: &Self::Event) -> Option<Usage>;

    /// An empty collector.
    fn collector(&self) -> Self::Collector;
}

/// Puts events together to one answer.
pub trait Collector {
    /// What it is given.
    type Event;
    /// What it makes.
    type Output;

    /// Takes the next event.
    fn push(&mut self, event: &Self::Event);

    /// What has arrived up to now, complete or not: after a cut or a failure, this is what can be saved.
    fn output(self) -> Self::Output;
}

/// A stream that did not come to its end, with what arrived of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Incomplete<T> {
    /// What arrived, in the form of a complete answer.
    pub arrived: T,
    /// Why there is no more.
    pub error: StreamError,
}

/// Reads a whole stream from memory.
pub fn collect<S: StreamOperation>(
    operation: &S,
    body: Bytes,
) -> Result<S::Output, Box<Incomplete<S::Output>>> {
    let mut collector = operation.collector();
    match push_all(operation, body, &mut collector) {
        Ok(()) => Ok(collector.output()),
        Err(error) => Err(Box::new(Incomplete { arrived: collector.output(), error })),
    }
}

fn push_all<S: StreamOperation>(
    operation: &S,
    body: Bytes,
    collector: &mut S::Collector,
) -> Result<(), StreamError> {
    let undecodable = |error: DecodeError| Undecodable::new(operation.name(), error.to_string());
    let truncated =
        || StreamError::Truncated { operation: operation.name(), expected: operation.last_event() };
    let mut decoder = Decoder::new();
    decoder.push(body);
    let mut may_end = false;
    while let Some(frame) = decoder.next_frame().map_err(undecodable)? {
        if let Some(event) = operation.event(frame)? {
            may_end |= operation.may_end_after(&event);
            collector.push(&event);
        }
    }
    decoder
        .finish()
        .map_err(|error| if error.is_truncated() { truncated() } else { undecodable(error).into() })?;
    if may_end { Ok(()) } else { Err(truncated()) }
}

/// Why a stream gives no more events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError {
    /// The service refused, or failed, after HTTP 200. [`crate::protocol::outcome::classify`] takes it like any other.
    Service(Box<ServiceError>),
    /// An event that cannot be read.
    Undecodable(Undecodable),
    /// The stream ended before its last event.
    Truncated {
        /// The operation.
        operation: &'static str,
        /// The event that did not come: `messageStop`.
        expected: &'static str,
    },
}

impl StreamError {
    /// The refusal, where it is one.
    pub fn service_error(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            Self::Undecodable(_) | Self::Truncated { .. } => None,
        }
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(error) => write!(f, "the stream was ended by the service: {error}"),
            Self::Undecodable(error) => error.fmt(f),
            Self::Truncated { operation, expected } => {
                write!(
                    f,
                    "the stream of {operation} was cut: it ended before {expected}; what arrived is incomplete"
                )
            }
        }
    }
}

impl std::error::Error for StreamError {}

impl From<ServiceError> for StreamError {
    fn from(error: ServiceError) -> Self {
        Self::Service(Box::new(error))
    }
}

impl From<Undecodable> for StreamError {
    fn from(error: Undecodable) -> Self {
        Self::Undecodable(error)
    }
}

/// The refusal that a frame is, where it is an exception or an error.
pub fn refusal_in(frame: &Frame) -> Option<ServiceError> {
    let header = |name: &str| frame.string_header(name);
    match header(":message-type")? {
        "exception" => {
            let name = header(":exception-type").unwrap_or("UnknownException");
            Some(ServiceError::in_stream(name, None, frame.payload()))
        }
        "error" => {
            let name = header(":error-code").unwrap_or("UnknownError");
            Some(ServiceError::in_stream(name, header(":error-message"), frame.payload()))
        }
        _ => None,
    }
}

/// The type of an event frame; `None` for an empty frame; an error for an exception and an error frame.
pub(super) fn event_type<'a>(
    operation: &'static str,
    frame: &'a Frame,
) -> Result<Option<&'a str>, StreamError> {
    match refusal_in(frame) {
        Some(refusal) => Err(refusal.into()),
        None => match frame.string_header(":event-type") {
            Some(event_type) => Ok(Some(event_type)),
            None if frame.payload().is_empty() => Ok(None),
            None => Err(Undecodable::new(operation, "a frame has a payload and no :event-type").into()),
        },
    }
}
