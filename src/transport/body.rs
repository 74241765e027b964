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
    pub async fn collect(self, limit: usize) -> Result<Bytes, TransportError> {
        match self {
            Self::Whole(bytes) if bytes.len() <= limit => Ok(bytes),
            // In a box: what is there already needs no room for it.
            mut body => {
                Box::pin(Collected::all(body.length(), limit, |context| body.poll_chunk(context))).await
            }
        }
    }
}

/// The chunks of a body, put together. Most answers are one chunk, which is not copied.
pub(crate) struct Collected {
    announced: Option<u64>,
    limit: usize,
    first: Bytes,
    all: BytesMut,
}

impl Collected {
    /// Every chunk that `poll` gives, of a body of this length, if it is known.
    pub(crate) async fn all(
        announced: Option<u64>,
        limit: usize,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>>,
    ) -> Result<Bytes, TransportError> {
        let mut whole = Self::new(announced, limit)?;
        while let Some(chunk) = poll_fn(&mut poll).await {
            whole.push(chunk?)?;
        }
        whole.finish()
    }

    /// For a body of this length, if it is known, of which nothing has been read.
    pub(crate) fn new(announced: Option<u64>, limit: usize) -> Result<Self, TransportError> {
        let whole = Self { announced, limit, first: Bytes::new(), all: BytesMut::new() };
        match whole.announced {
            Some(length) if length > limit as u64 => Err(whole.too_long()),
            _ => Ok(whole),
        }
    }

    /// The next chunk.
    pub(crate) fn push(&mut self, chunk: Bytes) -> Result<(), TransportError> {
        if self.len() + chunk.len() > self.limit {
            return Err(self.too_long());
        }
        if self.len() == 0 {
            self.first = chunk;
            return Ok(());
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&chunk);
        Ok(())
    }

    /// All of them, at the end of the body.
    pub(crate) fn finish(self) -> Result<Bytes, TransportError> {
        match self.announced {
            Some(length) if (self.len() as u64) < length => Err(TransportError::new(
                WireFailure::CutBody,
                format!("the body ended after {} of {length} bytes", self.len()),
            )),
            _ if self.all.is_empty() => Ok(self.first),
            _ => Ok(self.all.freeze()),
        }
    }

    fn len(&self) -> usize {
        self.first.len().max(self.all.len())
    }

    fn too_long(&self) -> TransportError {
        TransportError::new(WireFailure::TooLarge, format!("the body is longer than {} bytes", self.limit))
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
