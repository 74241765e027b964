//! Turns any [`Transport`] around and puts it on a socket: the only folder that names hyper.
//!
//! | file | job |
//! |---|---|
//! | `socket`, `preface` | a client's socket, watched; HTTP/1.1 or HTTP/2, by its first bytes |
//! | `http2` | one connection of HTTP/2 |
//! | `arriving`, `target_uri` | the body of a request, and the URL that its client meant |
//! | `flushed_body`, `stream_body` | the body of an answer, and as a stream of HTTP/2 |
//! | `progress`, `timer` | where a connection is, and for how long |
//! | `refusal` | what the server refuses itself |

mod arriving;
mod flushed_body;
#[cfg(feature = "h2c")]
mod http2;
#[cfg(feature = "h2c")]
mod preface;
mod progress;
mod refusal;
mod socket;
#[cfg(feature = "h2c")]
mod stream_body;
mod target_uri;
mod timer;

use super::{Body, Transport, TransportError};
use crate::protocol::operation::bedrock_runtime::MAX_BODY_BYTES;
use crate::protocol::outcome::WireFailure;
use arriving::Arriving;
use flushed_body::{FlushedBody, cut};
use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Request, Response, Uri, Version, header};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use progress::Progress;
pub use refusal::Refused;
use refusal::{Unreadable, refusal, unread_refusal};
use socket::{Patience, Socket};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use target_uri::{head_bytes, own_authority, target_uri};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;

/// How long the accept loop rests after a failure such as too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(50);
/// How long clients have to read the last words of what is cut.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The most bytes that are buffered of one connection, each way.
const MAX_BUFFER: usize = 128 * 1024;

/// The longest body that a connection's only request always has whole.
const HELD: u64 = 64 * 1024;
/// hyper's own bound of headers, for which it needs no memory of its own.
const HYPERS_HEADERS: usize = 100;

/// The bounds of a server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The longest request body that is read, in bytes; a longer one is answered with 413. Default 25,000,000, which
    /// is what InvokeModel takes.
    pub max_body_bytes: usize,
    /// The most headers of a request; more are answered with 431. Default 100.
    pub max_headers: usize,
    /// The most bytes of a request's line and headers; more are answered with 431. Default 65,536.
    pub max_header_bytes: usize,
    /// The most connections; further clients wait until one ends. Default 10,000. One of HTTP/2 has at most 100
    /// requests at a time; and beside one of each connection, there are no more of all of them than there may be
    /// connections: what is over it is answered with 503.
    pub max_connections: usize,
    /// Hands bodies over 64 KiB to the transport while they arrive, so that it can refuse them before they are there;
    /// under HTTP/2, where a connection has many at a time, all of them.
    /// Default: a transport sees whole bodies only.
    pub stream_bodies: bool,
    /// How long a client may take to send its headers, or each further 64 KiB of its body. Default 60 s.
    pub read_timeout: Duration,
    /// How long a connection is kept between two requests. Default 90 s.
    pub idle_timeout: Duration,
    /// How long a client may read nothing of its answer before the connection is cut, or the stream. Default 60 s.
    pub write_timeout: Duration,
    /// How long requests that are under way may go on after the shutdown began. Default 5 s.
    pub shutdown_grace: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            max_body_bytes: MAX_BODY_BYTES,
            max_headers: HYPERS_HEADERS,
            max_header_bytes: 64 * 1024,
            max_connections: 10_000,
            stream_bodies: false,
            read_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_secs(90),
            write_timeout: Duration::from_mins(1),
            shutdown_grace: Duration::from_secs(5),
        }
    }
}

/// What a server goes on with. Connections that stand keep what they began with.
#[derive(Debug)]
pub struct Change {
    /// Its bounds from now on.
    pub server: Server,
    /// Where it listens from now on; `None`: where it does.
    pub listener: Option<TcpListener>,
}

/// How far a shutdown has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shutdown {
    No,
    /// What is under way may end.
    Begun,
    /// It has had its time.
    Cut,
}

/// What the accept loop waits for.
enum Next {
    Connection(std::io::Result<(TcpStream, std::net::SocketAddr)>),
    /// A connection has ended, so that there may be room for another.
    Room,
    Change(Option<Change>),
}

/// Serves `transport` with the default bounds: see [`Server::serve`].
pub async fn serve(listener: TcpListener, transport: Arc<dyn Transport>, shutdown: impl Future<Output = ()>) {
    Server::default().serve(listener, transport, shutdown).await;
}

impl Server {
    /// Answers HTTP/1.1 on `listener` until `shutdown` completes, then lets what is under way end, for a bounded time.
    /// With the feature `h2c` it answers HTTP/2 there, too, to clients that begin with it.
    ///
    /// The transport sees the path and query as they came on the wire, and scheme and authority from the `Host`
    /// header; of a client that speaks HTTP/1.0 and names no host, the address that is listened on. Where it returns an error, the connection is dropped without an answer; where its body errs, the
    /// connection is cut after what came before has been flushed. Under HTTP/2 it is the stream that is reset.
    pub async fn serve(
        &self,
        listener: TcpListener,
        transport: Arc<dyn Transport>,
        shutdown: impl Future<Output = ()>,
    ) {
        self.serve_changing(listener, transport, stream::once(shutdown), stream::pending()).await;
    }

    /// The same, with other bounds or at another address when a change comes. The first item of `shutdown` begins the
    /// shutdown; a second one cuts what is under way before its time is over.
    pub async fn serve_changing(
        &self,
        mut listener: TcpListener,
        transport: Arc<dyn Transport>,
        shutdown: impl Stream<Item = ()>,
        changes: impl Stream<Item = Change>,
    ) {
        let (stop, stopping) = watch::channel(Shutdown::No);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown.chain(stream::pending()));
        // Where no further change comes, none is waited for.
        let mut changes = pin!(changes.map(Some).chain(stream::pending()));
        let mut server = Arc::new(self.clone());
        let mut own = own_authority(&listener);
        let mut streams = self.streams();
        loop {
            while connections.try_join_next().is_some() {}
            let next = async {
                if connections.len() < server.max_connections {
                    return Next::Connection(listener.accept().await);
                }
                if connections.join_next().await.is_none() {
                    std::future::pending::<()>().await; // none is let in at all
                }
                Next::Room
            };
            let change = async { Next::Change(changes.next().await.flatten()) };
            let next = match select(select(pin!(next), pin!(change)), shutdown.next()).await {
                Either::Left((Either::Left((next, _)) | Either::Right((next, _)), _)) => next,
                Either::Right(_) => break,
            };
            match next {
                Next::Connection(Ok((stream, _))) => {
                    let server = Arc::clone(&server);
                    let (transport, stopping) = (Arc::clone(&transport), stopping.clone());
                    let streams = Arc::clone(&streams);
                    let (held, let_go) = oneshot::channel();
                    let (stopped, own) = (reached(stopping.clone(), Shutdown::Begun), own.clone());
                    connections.spawn(async move {
                        server.converse(stream, transport, own, stopping, streams, held).await;
                        // Who was refused may be read for a while, and is a connection for so long.
                        select(let_go, pin!(stopped)).await;
                    });
                }
                // A connection that was gone before it was accepted, or no file descriptor left: neither is a reason
                // to stop serving.
                Next::Connection(Err(_)) => tokio::time::sleep(ACCEPT_REST).await,
                Next::Change(Some(change)) => {
                    server = Arc::new(change.server);
                    streams = server.streams();
                    listener = change.listener.unwrap_or(listener);
                    own = own_authority(&listener);
                }
                Next::Room | Next::Change(None) => {}
            }
        }
        drop(listener);
        // Every receiver may be gone, which is fine.
        let _ = stop.send(Shutdown::Begun);
        let in_time = tokio::time::timeout(server.shutdown_grace, all_of(&mut connections));
        select(pin!(in_time), shutdown.next()).await;
        if !connections.is_empty() {
            transport.cut();
            let _ = stop.send(Shutdown::Cut);
            let _ = tokio::time::timeout(LAST_WORDS, all_of(&mut connections)).await;
            // Until the last of them is gone: what a transport tells of its requests is told then.
            connections.shutdown().await;
        }
    }

    /// Whether another one has the same bounds.
    pub fn has_bounds_of(&self, other: &Self) -> bool {
        let bounds = |server: &Self| {
            let sizes =
                [server.max_body_bytes, server.max_headers, server.max_header_bytes, server.max_connections];
            let times =
                [server.read_timeout, server.idle_timeout, server.write_timeout, server.shutdown_grace];
            (sizes, times, server.stream_bodies)
        };
        bounds(self) == bounds(other)
    }

    /// Room for requests of HTTP/2: each costs what a connection of HTTP/1.1 does.
    fn streams(&self) -> Arc<Semaphore> {
        Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)))
    }

    /// One connection, to its end.
    async fn converse(
        self: Arc<Self>,
        stream: TcpStream,
        transport: Arc<dyn Transport>,
        own: Option<Authority>,
        stopping: watch::Receiver<Shutdown>,
        #[cfg_attr(not(feature = "h2c"), expect(unused_variables))] streams: Arc<Semaphore>,
        held: oneshot::Sender<()>,
    ) {
        // Answers are small and latency matters more than packets; without it they only come later.
        let _ = stream.set_nodelay(true);
        let progress = Arc::new(Progress::default());
        let patience =
            Patience { idle: self.idle_timeout, head: self.read_timeout, write: self.write_timeout };
        let refusing = Arc::clone(&transport);
        let write_refusal = Box::new(move |line: &[u8], status| unread_refusal(&*refusing, line, status));
        let socket = Socket::new(stream, patience, Arc::clone(&progress), write_refusal, held);
        let (server, progress, own) = (&self, &progress, own.as_ref());
        #[cfg(feature = "h2c")]
        let socket = {
            let mut begun = preface::Begun::new(socket);
            match begun.is_http2(stopping.clone()).await {
                Ok(true) => {
                    return http2::converse(server, &transport, own, begun, progress, stopping, &streams)
                        .await;
                }
                Ok(false) => begun,
                Err(_) => return,
            }
        };
        let service = service_fn(move |request| {
            progress.begins();
            server.answer_unless_cut(Arc::clone(&transport), own, progress, request)
        });
        let mut builder = http1::Builder::new();
        builder
            // The socket has clocks of its own.
            .header_read_timeout(None)
            .max_header_size(self.max_header_bytes)
            .max_buf_size(MAX_BUFFER.max(self.max_header_bytes));
        if self.max_headers != HYPERS_HEADERS {
            builder.max_headers(self.max_headers);
        }
        let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
        // An error here is the client's (malformed, gone) or a cut that the transport asked for: nobody to tell.
        let begun = pin!(reached(stopping.clone(), Shutdown::Begun));
        if let Either::Left(_) = select(connection.as_mut(), begun).await {
            return;
        }
        connection.as_mut().graceful_shutdown();
        let cut = pin!(reached(stopping, Shutdown::Cut));
        if let Either::Right(_) = select(connection.as_mut(), cut).await {
            progress.cuts();
            let _ = connection.await;
        }
    }

    /// The answer; an error where there is none yet when what is under way is cut.
    async fn answer_unless_cut(
        &self,
        transport: Arc<dyn Transport>,
        own: Option<&Authority>,
        progress: &Arc<Progress>,
        request: Request<Incoming>,
    ) -> Result<Response<FlushedBody>, TransportError> {
        let mut answering = pin!(self.answer(transport, own, Arc::clone(progress), request));
        poll_fn(|context| match answering.as_mut().poll(context) {
            Poll::Pending if progress.is_cut() => Poll::Ready(Err(cut())),
            polled => polled,
        })
        .await
    }

    async fn answer(
        &self,
        transport: Arc<dyn Transport>,
        own: Option<&Authority>,
        progress: Arc<Progress>,
        request: Request<Incoming>,
    ) -> Result<Response<FlushedBody>, TransportError> {
        let (mut parts, body) = request.into_parts();
        let target = self.target(&mut parts, own);
        let mut answer = match (target, self.body(body, &progress).await) {
            (Err(unreadable), _) | (_, Err(unreadable)) => refusal(&*transport, &parts, &unreadable),
            (Ok(uri), Ok(body)) => {
                parts.uri = uri;
                transport.send(Request::from_parts(parts, body)).await?
            }
        };
        if progress.is_unread() {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        progress.answers();
        Ok(answer.map(|body| FlushedBody::new(body, progress)))
    }

    /// What is asked for. A request of HTTP/2 becomes what it would have been in HTTP/1.1, for a signature and for who
    /// passes it on.
    fn target(&self, parts: &mut Parts, own: Option<&Authority>) -> Result<Uri, Unreadable> {
        let target = target_uri(parts, own)?;
        if parts.version == Version::HTTP_2 {
            if parts.headers.len() > self.max_headers || head_bytes(parts) > self.max_header_bytes {
                return Err(Unreadable::TooManyHeaders);
            }
            parts.version = Version::HTTP_11;
            let host = target.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
            if let (None, Some(host)) = (parts.headers.get(header::HOST), host) {
                parts.headers.insert(header::HOST, host);
            }
        }
        Ok(target)
    }

    /// The body as the transport shall see it, or why it cannot.
    async fn body(&self, body: Incoming, progress: &Arc<Progress>) -> Result<Body, Unreadable> {
        let length = body.size_hint();
        if length.lower() > self.max_body_bytes as u64 {
            progress.leaves_unread(body);
            return Err(Unreadable::TooLong(self.max_body_bytes));
        }
        if body.is_end_stream() {
            progress.body_ends();
            return Ok(Body::empty());
        }
        let length = length.exact();
        let arriving = Arriving::new(body, self.max_body_bytes, self.read_timeout, Arc::clone(progress));
        let is_held = length.is_some_and(|length| length <= HELD) && !progress.is_of_stream();
        if self.stream_bodies && !is_held {
            return Ok(Body::stream(arriving, length));
        }
        arriving.collect(length).await.map(Body::Whole).map_err(|e| match e.failure() {
            WireFailure::TooLarge => Unreadable::TooLong(self.max_body_bytes),
            WireFailure::Timeout => Unreadable::TooSlow,
            _ => Unreadable::Malformed(e.to_string().into()),
        })
    }
}

async fn reached(mut shutdown: watch::Receiver<Shutdown>, stage: Shutdown) {
    let _ = shutdown.wait_for(|reached| *reached >= stage).await;
}

async fn all_of(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}
