//! A body of two arms: whole bytes, or a stream with one concrete error type.

use super::failure::TransportError;
use crate::protocol::outcome::WireFailure;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A stream of chunks, cut anywhere.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, TransportError>> + Send>>;

/// The body of a request or a response.
pub enum Body {
    /// All of it, in memory.
    Whole(Bytes),
    /// As it arrives, with its length where that is known.
    Stream {
        /// The chunks.
        stream: BodyStream,
        /// `content-length`, where there is one.
        length: Option<u64>,
    },
}

impl Body {
    /// A body of nothing.
    pub fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    /// A body that arrives in chunks.
    pub fn stream(
        stream: impl Stream<Item = Result<Bytes, TransportError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self::Stream { stream: Box::pin(stream), length }
    }

    /// The length, where it is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Some(bytes.len() as u64),
            Self::Stream { length, .. } => *length,
        }
    }

    /// The next chunk; `None` at the end.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, TransportError>> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    /// The next chunk, polled.
    pub fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Self::Stream { stream, .. } => stream.as_mut().poll_next(context),
        }
    }

    /// All of it, refused where it is longer than `limit` bytes or shorter than its announced length.
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let too_long =
            || TransportError::new(WireFailure::TooLarge, format!("the body is longer than {limit} bytes"));
        let announced = self.length();
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(too_long());
        }
        if let Self::Whole(bytes) = self {
            return Ok(bytes);
        }
        let mut whole = Collected::default();
        while let Some(chunk) = self.chunk().await {
            let chunk = chunk?;
            if whole.len() + chunk.len() > limit {
                return Err(too_long());
            }
            whole.push(chunk);
        }
        match announced {
            Some(length) if (whole.len() as u64) < length => Err(TransportError::new(
                WireFailure::CutBody,
                format!("the body ended after {} of {length} bytes", whole.len()),
            )),
            _ => Ok(whole.into_bytes()),
        }
    }
}

/// Chunks, put together. Most answers are one chunk, which is not copied.
#[derive(Default)]
struct Collected {
    first: Bytes,
    all: BytesMut,
}

impl Collected {
    fn push(&mut self, chunk: Bytes) {
        if self.len() == 0 {
            self.first = chunk;
        } else {
            if self.all.is_empty() {
                self.all.extend_from_slice(&self.first);
            }
            self.all.extend_from_slice(&chunk);
        }
    }

    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "Body({} bytes)", bytes.len()),
            Self::Stream { length: Some(length), .. } => write!(f, "Body(stream of {length} bytes)"),
            Self::Stream { length: None, .. } => f.write_str("Body(stream)"),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        self.poll_chunk(context).map(|next| next.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        self.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
