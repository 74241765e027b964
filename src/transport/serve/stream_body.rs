//! An answer's body on its way to one stream of HTTP/2.

use super::flushed_body::FlushedBody;
use crate::transport::TransportError;
use bytes::{Buf, Bytes};
use futures_util::task::AtomicWaker;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use tokio::sync::OwnedSemaphorePermit;

/// How far an answer is out.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// How many pieces were handed over that are not out yet.
    pieces: AtomicUsize,
    /// How often a piece was handed over, or some of one went out.
    moves: AtomicUsize,
    waker: AtomicWaker,
    /// Held as long as there is anything of it.
    _room: Option<OwnedSemaphorePermit>,
}

impl Outgoing {
    pub(super) fn new(room: Option<OwnedSemaphorePermit>) -> Self {
        Self { _room: room, ..Self::default() }
    }

    fn moves(&self) {
        self.moves.fetch_add(1, Ordering::Relaxed);
    }

    fn is_out(&self) -> bool {
        self.pieces.load(Ordering::Relaxed) == 0
    }

    /// Where there is something that the client has to read: a number that is another one when it has read of it.
    pub(super) fn waits(&self) -> Option<usize> {
        (!self.is_out()).then(|| self.moves.load(Ordering::Relaxed))
    }

    fn poll_out(&self, context: &mut Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.is_out() { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Tells when it goes out: the HTTP library takes from it what the client's windows and the socket have room for.
pub(super) struct Piece {
    bytes: Bytes,
    outgoing: Arc<Outgoing>,
}

impl Piece {
    fn new(bytes: Bytes, outgoing: &Arc<Outgoing>) -> Self {
        outgoing.moves();
        outgoing.pieces.fetch_add(1, Ordering::Relaxed);
        Self { bytes, outgoing: Arc::clone(outgoing) }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.len()
    }

    fn chunk(&self) -> &[u8] {
        &self.bytes
    }

    fn advance(&mut self, length: usize) {
        self.bytes.advance(length);
        self.outgoing.moves();
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        self.outgoing.pieces.fetch_sub(1, Ordering::Relaxed);
        self.outgoing.waker.wake();
    }
}

/// A body that ends, well or not, when all that came before is out: what resets a stream takes with it whatever is
/// still waiting there.
pub(super) struct StreamBody {
    body: FlushedBody,
    end: Option<Result<(), TransportError>>,
    outgoing: Arc<Outgoing>,
}

impl StreamBody {
    pub(super) fn new(body: FlushedBody, outgoing: Arc<Outgoing>) -> Self {
        Self { body, end: None, outgoing }
    }

    fn piece(&self, bytes: Bytes) -> Poll<Option<Result<Frame<Piece>, TransportError>>> {
        Poll::Ready(Some(Ok(Frame::data(Piece::new(bytes, &self.outgoing)))))
    }
}

impl hyper::body::Body for StreamBody {
    type Data = Piece;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, TransportError>>> {
        let this = &mut *self;
        if this.end.is_none() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => return this.piece(frame.into_data().unwrap_or_default()),
                Some(Err(failure)) => {
                    this.end = Some(Err(failure));
                    // So that the head, too, is out before it.
                    return this.piece(Bytes::new());
                }
                None => this.end = Some(Ok(())),
            }
        }
        ready!(this.outgoing.poll_out(context));
        Poll::Ready(this.end.take().and_then(Result::err).map(Err))
    }

    /// Before anything was handed over: of an answer without a body, the head is the end.
    fn is_end_stream(&self) -> bool {
        self.end.is_none() && self.outgoing.is_out() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
