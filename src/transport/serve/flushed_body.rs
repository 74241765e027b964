//! An answer's body on its way.

use super::progress::Progress;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A body whose error is held back until hyper has flushed what came before, which it does in one poll: else a cut
/// after N bytes would lose those bytes, too.
pub(super) struct FlushedBody {
    body: Body,
    failure: Option<TransportError>,
    progress: Arc<Progress>,
}

impl FlushedBody {
    pub(super) fn new(body: Body, progress: Arc<Progress>) -> Self {
        Self { body, failure: None, progress }
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
        if let Some(failure) = this.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        match this.body.poll_chunk(context) {
            Poll::Ready(Some(Err(failure))) => this.failure = Some(failure),
            Poll::Pending if this.progress.is_cut() => this.failure = Some(cut()),
            Poll::Pending => return Poll::Pending,
            Poll::Ready(chunk) => return Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data))),
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.body)
    }
}
