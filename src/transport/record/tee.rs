//! Copies a body while somebody else reads it.

use crate::transport::{Body, BodyStream, TransportError};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The longest body that is kept: 256 MiB, more than a video of two minutes has.
pub(super) const MAX_COPIED: usize = 256 * 1024 * 1024;

/// A body that came to its end.
pub(super) enum Copied {
    /// All of it.
    Whole(Bytes),
    /// More than is kept.
    TooLong,
}

/// The same body. `on_end` gets a copy when it has come to its end, and is never called for a body that fails, is
/// dropped, or ends before `length`.
pub(super) fn tee(body: Body, length: Option<u64>, on_end: impl FnOnce(Copied) + Send + 'static) -> Body {
    match body {
        Body::Whole(bytes) => {
            on_end(Copied::Whole(bytes.clone()));
            Body::Whole(bytes)
        }
        // Nobody asks for a chunk of a body that is known to have none.
        Body::Stream { stream, length: Some(0) } => {
            on_end(Copied::Whole(Bytes::new()));
            Body::Stream { stream, length: Some(0) }
        }
        Body::Stream { stream, length: announced } => {
            let on_end: OnEnd = Box::new(on_end);
            let copying =
                Copying { stream, length, seen: 0, copied: Some(BytesMut::new()), on_end: Some(on_end) };
            Body::Stream { stream: Box::pin(copying), length: announced }
        }
    }
}

type OnEnd = Box<dyn FnOnce(Copied) + Send>;

struct Copying {
    stream: BodyStream,
    length: Option<u64>,
    seen: u64,
    /// `None` when it grew too long.
    copied: Option<BytesMut>,
    /// `None` when it was called, or never will be.
    on_end: Option<OnEnd>,
}

impl Copying {
    fn copy(&mut self, chunk: &Bytes) {
        self.seen += chunk.len() as u64;
        match &mut self.copied {
            Some(copied) if copied.len() + chunk.len() <= MAX_COPIED => copied.extend_from_slice(chunk),
            _ => self.copied = None,
        }
        // A reader that knows the length does not ask for the end.
        if self.length == Some(self.seen) {
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(on_end) = self.on_end.take() {
            on_end(self.copied.take().map_or(Copied::TooLong, |copied| Copied::Whole(copied.freeze())));
        }
    }
}

impl Stream for Copying {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.stream.as_mut().poll_next(context);
        match &next {
            Poll::Ready(Some(Ok(chunk))) => self.copy(chunk),
            Poll::Ready(Some(Err(_))) => self.on_end = None,
            Poll::Ready(None) if self.length.is_some_and(|length| length != self.seen) => self.on_end = None,
            Poll::Ready(None) => self.end(),
            Poll::Pending => {}
        }
        next
    }
}
