//! What a client speaks, by its first bytes: HTTP/2 begins with a line that no request of HTTP/1.1 has.
//! <https://www.rfc-editor.org/rfc/rfc9113#section-3.4>

use super::socket::Socket;
use super::{Shutdown, reached};
use futures_util::future::{Either, select};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

/// As much of `PRI * HTTP/2.0` as no method begins with.
const PREFACE: &[u8; 4] = b"PRI ";

/// A socket of which the beginning has been read.
pub(super) struct Begun {
    socket: Socket,
    first: [u8; PREFACE.len()],
    /// How much of the beginning there is, and how much of that was read again.
    length: usize,
    again: usize,
}

impl Begun {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, first: [0; PREFACE.len()], length: 0, again: 0 }
    }

    /// Whether the client begins with the preface. It does not where the server stops before it is there.
    pub(super) async fn is_http2(&mut self, stopping: watch::Receiver<Shutdown>) -> io::Result<bool> {
        match select(pin!(self.reads_preface()), pin!(reached(stopping, Shutdown::Begun))).await {
            Either::Left((is_http2, _)) => is_http2,
            Either::Right(_) => Ok(false),
        }
    }

    async fn reads_preface(&mut self) -> io::Result<bool> {
        loop {
            let (read, room) = self.first.split_at_mut(self.length);
            if room.is_empty() || !PREFACE.starts_with(read) {
                return Ok(read == PREFACE);
            }
            let mut buffer = ReadBuf::new(room);
            let socket = &mut self.socket;
            poll_fn(|context| Pin::new(&mut *socket).poll_read(context, &mut buffer)).await?;
            match buffer.filled().len() {
                0 => return Ok(false),
                more => self.length += more,
            }
        }
    }
}

impl AsyncRead for Begun {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let first = this.first.get(this.again..this.length).unwrap_or_default();
        if first.is_empty() {
            return Pin::new(&mut this.socket).poll_read(context, buffer);
        }
        let before = buffer.filled().len();
        buffer.put_slice(first.get(..buffer.remaining()).unwrap_or(first));
        this.again += buffer.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Begun {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
