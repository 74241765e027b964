//! A client's socket, watched: how long it may be silent, how long it may not read, and what it is told when the HTTP
//! of it is not understood.

use super::progress::{ANSWER, HEAD, IDLE, Progress};
use super::timer::Timer;
use futures_util::FutureExt as _;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// The longest beginning of a request that is kept to tell whose API it was.
const LONGEST_LINE: usize = 200;
/// How long and how much is read of a client that was refused while it was still sending: closing at once would reset
/// the connection, and the client would never see why.
pub(super) const LINGER: Duration = Duration::from_secs(5);
pub(super) const LINGER_BYTES: usize = 100_000_000;
/// How often it is looked whether a client is gone that has sent on behind its request.
const LOOK: Duration = Duration::from_secs(1);

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Between two requests.
    pub(super) idle: Duration,
    /// From the first byte of a request to the end of its headers.
    pub(super) head: Duration,
    /// For reading anything of an answer.
    pub(super) write: Duration,
}

/// Writes the whole answer to a request line, of which only the beginning may have come, and a status.
pub(super) type WriteRefusal = Box<dyn Fn(&[u8], u16) -> Vec<u8> + Send + Sync>;

/// The socket.
pub(super) struct Socket {
    /// `None` only while it is dropped.
    stream: Option<TcpStream>,
    patience: Patience,
    progress: Arc<Progress>,
    write_refusal: WriteRefusal,
    /// The beginning of the request that is being read.
    line: Vec<u8>,
    silence: Option<Timer>,
    stall: Option<Timer>,
    /// Whether what comes next wakes whoever reads.
    listens: bool,
    look: Option<Timer>,
    /// Answers whose heads were seen.
    heads: usize,
    /// What is written in the place of what the HTTP library would say.
    instead: Option<Vec<u8>>,
    is_refused: bool,
    /// Dropped when the client is let go, be it after the socket.
    held: Option<oneshot::Sender<()>>,
}

impl Socket {
    pub(super) fn new(
        stream: TcpStream,
        patience: Patience,
        progress: Arc<Progress>,
        write_refusal: WriteRefusal,
        held: oneshot::Sender<()>,
    ) -> Self {
        Self {
            stream: Some(stream),
            patience,
            progress,
            write_refusal,
            line: Vec::new(),
            silence: None,
            stall: None,
            listens: false,
            look: None,
            heads: 0,
            instead: None,
            is_refused: false,
            held: Some(held),
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Bytes came, or the end.
    fn heard(&mut self, bytes: &[u8]) {
        match self.progress.phase() {
            IDLE if !bytes.is_empty() => {
                self.progress.hears();
                self.line.clear();
                self.line.extend(bytes.iter().take(LONGEST_LINE));
            }
            HEAD if self.line.len() < LONGEST_LINE => {
                let room = LONGEST_LINE - self.line.len();
                self.line.extend(bytes.iter().take(room));
            }
            _ => {}
        }
    }

    /// Whether nothing came for too long.
    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let phase = self.progress.phase();
        let patience = match phase {
            IDLE => self.patience.idle,
            HEAD => self.patience.head,
            _ => {
                Timer::forget(&mut self.silence);
                return Poll::Pending;
            }
        };
        if Timer::poll(&mut self.silence, phase.into(), patience, context).is_pending() {
            return Poll::Pending;
        }
        if phase == HEAD && !self.is_refused {
            // The socket has room for so little, where nothing was written for a while.
            self.refuse(408);
            let _ = self.poll_instead(context);
        }
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }

    /// Whether the client is gone that sent on behind its request, be it an empty line or the next request: the HTTP
    /// library reads no further before it has answered, so it would not see the end.
    fn poll_gone(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        if self.listens || self.progress.phase() != ANSWER {
            return Poll::Pending;
        }
        let Some(stream) = &self.stream else { return Poll::Pending };
        loop {
            if let Err(error) = ready!(stream.poll_read_ready(context)) {
                return Poll::Ready(error);
            }
            // It is known already, without a look at the socket.
            if let Some(Ok(state)) = stream.ready(Interest::READABLE).now_or_never()
                && state.is_read_closed()
            {
                return Poll::Ready(io::ErrorKind::ConnectionAborted.into());
            }
            // What came stays where it is, and the end behind it wakes nobody.
            ready!(Timer::poll(&mut self.look, ANSWER.into(), LOOK, context));
            self.look = None;
        }
    }

    /// The status, where a head that is about to be written is the HTTP library's own word. It only ever says that a
    /// request cannot be read, with an empty body, and then closes.
    fn own_word(&mut self, head: &[u8]) -> Option<u16> {
        if !head.starts_with(b"HTTP/1.1 ") {
            return None;
        }
        let answers = self.progress.answered();
        let is_own = answers == self.heads
            && matches!(self.progress.phase(), IDLE | HEAD)
            && head.starts_with(b"HTTP/1.1 4")
            && head.ends_with(b"\r\n\r\n");
        self.heads = answers;
        let status = std::str::from_utf8(head.get(9..12)?).ok()?;
        if is_own { status.parse().ok() } else { None }
    }

    fn refuse(&mut self, status: u16) {
        self.instead = Some((self.write_refusal)(&self.line, status));
        self.is_refused = true;
    }

    fn poll_instead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(mut rest) = self.instead.take() {
            match self.stream()?.poll_write(context, &rest) {
                Poll::Ready(written) => {
                    rest.drain(..written?.min(rest.len()));
                    self.instead = (!rest.is_empty()).then_some(rest);
                }
                Poll::Pending => {
                    self.instead = Some(rest);
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    /// An answer of the socket to a write, with the clock of a client that does not read.
    fn watched(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            Timer::forget(&mut self.stall);
            return written;
        }
        match Timer::poll(&mut self.stall, ANSWER.into(), self.patience.write, context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        let before = buffer.filled().len();
        let read = socket.stream()?.poll_read(context, buffer);
        socket.listens = read.is_pending();
        match read {
            Poll::Ready(read) => {
                socket.heard(buffer.filled().get(before..).unwrap_or_default());
                Poll::Ready(read)
            }
            Poll::Pending => socket.poll_silence(context).map(Err),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        if let Some(status) = socket.own_word(bytes) {
            socket.refuse(status);
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = socket.stream()?.poll_write(context, bytes);
        socket.watched(written, context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = self.get_mut();
        if let Some(head) = pieces.first()
            && let Some(status) = socket.own_word(head)
            && pieces.len() == 1
        {
            socket.refuse(status);
            return Poll::Ready(Ok(head.len()));
        }
        let written = socket.stream()?.poll_write_vectored(context, pieces);
        socket.watched(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        if socket.poll_instead(context)?.is_pending() {
            return Poll::Pending;
        }
        // The answer that is flushed here may have been the last to be heard of: what came before it was read while the
        // clock of silence stood still.
        let _ = socket.poll_silence(context);
        if let Poll::Ready(gone) = socket.poll_gone(context) {
            return Poll::Ready(Err(gone));
        }
        socket.stream()?.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        match socket.poll_instead(context)? {
            Poll::Ready(()) => socket.stream()?.poll_shutdown(context),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let lingers = self.is_refused || self.progress.is_unread();
        if let (true, Some(stream)) = (lingers, self.stream.take())
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(linger(stream, self.held.take()));
        }
    }
}

/// Reads on for a while, and throws it away.
async fn linger(mut stream: TcpStream, _held: Option<oneshot::Sender<()>>) {
    let reading = async {
        let _ = poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await;
        let mut scratch = [0; 4096];
        let mut read = 0;
        while read < LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut scratch);
            match poll_fn(|context| Pin::new(&mut stream).poll_read(context, &mut buffer)).await {
                Ok(()) if !buffer.filled().is_empty() => read += buffer.filled().len(),
                _ => break,
            }
        }
    };
    let _ = tokio::time::timeout(LINGER, reading).await;
}
