//! One connection of HTTP/2, to its end. Its streams are polled here and not in tasks of their own: so what ends the
//! connection ends them, too.

use super::flushed_body::FlushedBody;
use super::preface::Begun;
use super::progress::Progress;
use super::refusal::{Unreadable, refusal};
use super::socket::{LINGER, LINGER_BYTES};
use super::stream_body::{Outgoing, StreamBody};
use super::timer::Timer;
use super::{LAST_WORDS, MAX_BUFFER, Server, Shutdown, reached};
use crate::transport::{Body as AnswerBody, Transport, TransportError};
use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, header};
use hyper::body::{Body as _, Incoming};
use hyper::rt::Executor;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Semaphore, watch};

/// The most requests of one connection at a time; further ones are refused, and their clients wait.
const MAX_STREAMS: u32 = 100;
/// How much of one body, and of all of a connection, may come before it is read.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 512 * 1024;

/// Answers until the client leaves, is idle for too long, or the server stops. `streams` is the room for requests of all
/// connections.
pub(super) async fn converse(
    server: &Server,
    transport: &Arc<dyn Transport>,
    own: Option<&Authority>,
    socket: Begun,
    progress: &Arc<Progress>,
    stopping: watch::Receiver<Shutdown>,
    streams: &Arc<Semaphore>,
) {
    // The socket's clocks of silence are those of HTTP/1.1.
    progress.begins();
    progress.body_ends();
    let new = New { begin: Arc::default(), write_timeout: server.write_timeout };
    let announcing = new.clone();
    let (leave_unread, unread) = unbounded_channel();
    // Whoever has the others, no client is shut out.
    let first = Arc::new(Semaphore::new(1));
    let service = service_fn(|request: Request<Incoming>| {
        let room = [&first, streams].into_iter().find_map(|room| Arc::clone(room).try_acquire_owned().ok());
        let has_room = room.is_some();
        let outgoing = Arc::new(Outgoing::new(room));
        announcing.announce(&outgoing);
        let stream = Arc::new(Progress::of_stream(progress, leave_unread.clone()));
        stream.begins();
        let transport = Arc::clone(transport);
        let is_head = request.method() == Method::HEAD;
        async move {
            let mut answer = if has_room {
                server.answer_unless_cut(transport, own, &stream, request).await?
            } else {
                refuse(&*transport, Arc::clone(&stream), request)
            };
            // Under HTTP/1.1, hyper sees to it.
            if is_head {
                if let Some(length) = answer.body().size_hint().exact() {
                    answer.headers_mut().entry(header::CONTENT_LENGTH).or_insert(length.into());
                }
                answer = answer.map(|_| FlushedBody::new(AnswerBody::empty(), stream));
            }
            Ok::<_, TransportError>(answer.map(|body| StreamBody::new(body, outgoing)))
        }
    });
    let connection = Builder::new(new.clone())
        .max_concurrent_streams(MAX_STREAMS)
        // What is over this is refused without a word; so what is over the half is let in, and refused in words.
        .max_header_list_size(u32::try_from(server.max_header_bytes.saturating_mul(2)).unwrap_or(u32::MAX))
        .max_send_buf_size(MAX_BUFFER)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .serve_connection(TokioIo::new(socket), service);
    let mut streams = Streams {
        new,
        unread,
        running: FuturesUnordered::new(),
        idle: None,
        idle_timeout: server.idle_timeout,
    };
    let mut connection = pin!(connection);
    let turning = pin!(poll_fn(|context| streams.poll(connection.as_mut(), context)));
    let begun = pin!(reached(stopping.clone(), Shutdown::Begun));
    if let Either::Left((End::Closed, _)) = select(turning, begun).await {
        return;
    }
    // The client is told that no further request is answered here, and what it sent before is answered. It need not
    // say that it has heard, as one does not that reads only while it asks.
    connection.as_mut().graceful_shutdown();
    streams.idle_timeout = LAST_WORDS;
    streams.idle = None;
    let leaving = pin!(poll_fn(|context| streams.poll(connection.as_mut(), context)));
    if let Either::Right(_) = select(leaving, pin!(reached(stopping, Shutdown::Cut))).await {
        progress.cuts();
        streams.wake();
        poll_fn(|context| streams.poll(connection.as_mut(), context)).await;
    }
}

/// Before anything of it is held.
fn refuse(
    transport: &dyn Transport,
    progress: Arc<Progress>,
    request: Request<Incoming>,
) -> Response<FlushedBody> {
    let (parts, body) = request.into_parts();
    progress.leaves_unread(body);
    let mut answer = refusal(transport, &parts, &Unreadable::TooManyRequests);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    answer.map(|body| FlushedBody::new(body, progress))
}

/// Why nothing more is expected of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It has ended by itself.
    Closed,
    /// Nothing was asked for too long.
    Idle,
}

/// The streams that are being answered.
struct Streams<'a> {
    new: New<'a>,
    unread: UnboundedReceiver<Incoming>,
    running: FuturesUnordered<Stream<'a>>,
    idle: Option<Timer>,
    idle_timeout: Duration,
}

impl Streams<'_> {
    /// The connection first, since it brings streams; what they say leaves with its next turn.
    fn poll<C>(&mut self, connection: Pin<&mut C>, context: &mut Context<'_>) -> Poll<End>
    where
        C: Future<Output = hyper::Result<()>>,
    {
        // An error here is the client's (malformed, gone): nobody to tell.
        let is_closed = connection.poll(context).is_ready();
        self.running.extend(self.new.take());
        while let Poll::Ready(Some(body)) = self.unread.poll_recv(context) {
            self.running.push(Stream::new(read_away(body), Arc::default(), self.new.write_timeout));
        }
        if is_closed {
            return Poll::Ready(End::Closed);
        }
        while let Poll::Ready(Some(())) = self.running.poll_next_unpin(context) {}
        if !self.running.is_empty() {
            Timer::forget(&mut self.idle);
            return Poll::Pending;
        }
        Timer::poll(&mut self.idle, 0, self.idle_timeout, context).map(|()| End::Idle)
    }

    /// Lets each of them see that it is cut.
    fn wake(&mut self) {
        self.running = std::mem::take(&mut self.running).into_iter().collect();
    }
}

/// One request and its answer.
struct Stream<'a> {
    exchange: Pin<Box<dyn Future<Output = ()> + Send + 'a>>,
    outgoing: Arc<Outgoing>,
    write_timeout: Duration,
    stall: Option<Timer>,
}

impl<'a> Stream<'a> {
    fn new(
        exchange: impl Future<Output = ()> + Send + 'a,
        outgoing: Arc<Outgoing>,
        write_timeout: Duration,
    ) -> Self {
        Self { exchange: Box::pin(exchange), outgoing, write_timeout, stall: None }
    }
}

impl Future for Stream<'_> {
    type Output = ();

    /// Ends, too, where the client reads nothing for too long: what it was sent is dropped, which resets the stream.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.exchange.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        match this.outgoing.waits() {
            Some(moves) => Timer::poll(&mut this.stall, moves, this.write_timeout, context),
            None => Poll::Pending,
        }
    }
}

/// Reads on for a while, and throws it away: many clients take a reset that comes while they send for a failure of the
/// network, and would never see the answer before it.
async fn read_away(mut body: Incoming) {
    let reading = async {
        let mut read = 0;
        while read < LINGER_BYTES
            && let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
        {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    let _ = tokio::time::timeout(LINGER, reading).await;
}

/// The streams that hyper has just begun. What is out of each was announced before.
#[derive(Clone)]
struct New<'a> {
    begin: Arc<Mutex<Begin<'a>>>,
    write_timeout: Duration,
}

#[derive(Default)]
struct Begin<'a> {
    announced: Option<Arc<Outgoing>>,
    streams: Vec<Stream<'a>>,
}

impl<'a> New<'a> {
    fn lock(&self) -> MutexGuard<'_, Begin<'a>> {
        self.begin.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self, outgoing: &Arc<Outgoing>) {
        self.lock().announced = Some(Arc::clone(outgoing));
    }

    fn take(&self) -> Vec<Stream<'a>> {
        std::mem::take(&mut self.lock().streams)
    }
}

impl<'a, F> Executor<F> for New<'a>
where
    F: Future<Output = ()> + Send + 'a,
{
    fn execute(&self, exchange: F) {
        let mut begin = self.lock();
        let outgoing = begin.announced.take().unwrap_or_default();
        begin.streams.push(Stream::new(exchange, outgoing, self.write_timeout));
    }
}
