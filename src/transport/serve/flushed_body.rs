//! An answer's body on its way.

use super::progress::Progress;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The most of a body that is handed over at once to one of many streams: with more of it in hand, it could not be told
/// whether the client reads.
const PIECE: usize = 64 * 1024;

/// A body whose error is held back until hyper has flushed what came before, which it does in one poll: else a cut
/// after N bytes would lose those bytes, too.
pub(super) struct FlushedBody {
    body: Body,
    /// What is left of a piece that was too large.
    rest: Bytes,
    failure: Option<TransportError>,
    /// How often had been flushed when it failed.
    flushes: usize,
    progress: Arc<Progress>,
}

impl FlushedBody {
    pub(super) fn new(body: Body, progress: Arc<Progress>) -> Self {
        Self { body, rest: Bytes::new(), failure: None, flushes: 0, progress }
    }

    /// Whether what came before the failure has left: of a connection's only answer, at the second poll.
    fn is_flushed(&self) -> bool {
        !self.progress.is_of_stream() || self.progress.flushes() != self.flushes
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if self.rest.is_empty() {
            match self.body.poll_chunk(context) {
                Poll::Ready(Some(Ok(chunk))) if self.progress.is_of_stream() => self.rest = chunk,
                other => return other,
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

/// What is under way when the server stops, and had no last word of its own.
pub(super) fn cut() -> TransportError {
    TransportError::new(WireFailure::CutBody, "the server stops")
}

impl Drop for FlushedBody {
    fn drop(&mut self) {
        self.progress.ends();
    }
}

impl hyper::body::Body for FlushedBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = &mut *self;
        this.progress.is_asked_on();
        if this.failure.is_some() && this.is_flushed() {
            return Poll::Ready(this.failure.take().map(Err));
        }
        if this.failure.is_none() {
            match this.poll_piece(context) {
                Poll::Ready(Some(Err(failure))) => this.failure = Some(failure),
                Poll::Pending if this.progress.is_cut() => this.failure = Some(cut()),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(piece) => {
                    this.progress.hands_over();
                    return Poll::Ready(piece.map(|piece| piece.map(Frame::data)));
                }
            }
            this.flushes = this.progress.flushes();
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.body)
    }
}
