//! Turns any [`Transport`] around and puts it on a socket: the only folder that names hyper.

mod socket;

use super::{Body, Transport, TransportError};
use crate::protocol::timestamp::http_date;
use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use socket::{Patience, Progress, Socket};
use std::borrow::Cow;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How long the accept loop rests after a failure such as too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(50);
/// The most bytes that are buffered of one connection, each way.
const MAX_BUFFER: usize = 128 * 1024;

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
    /// The most connections; further clients wait until one ends. Default 10,000.
    pub max_connections: usize,
    /// How long a client may take to send its headers, or to send the next part of its body. Default 60 s.
    pub read_timeout: Duration,
    /// How long a connection is kept between two requests. Default 90 s.
    pub idle_timeout: Duration,
    /// How long a client may read nothing of its answer before the connection is cut. Default 60 s.
    pub write_timeout: Duration,
    /// How long requests that are under way may go on after the shutdown began. Default 5 s.
    pub shutdown_grace: Duration,
    /// What is answered where no transport is asked. Default: `{"message":…}`, as AWS's services have it.
    pub refuse: fn(&Refused<'_>) -> Response<Body>,
}

/// A request that no transport was shown.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// Its path as it came, as far as it came.
    pub path: &'a str,
    /// Its headers, where they could be read.
    pub headers: Option<&'a HeaderMap>,
    /// 400, 408, 413, 414 or 431.
    pub status: StatusCode,
    /// What is wrong, in a sentence.
    pub message: &'a str,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            max_body_bytes: 25_000_000,
            max_headers: HYPERS_HEADERS,
            max_header_bytes: 64 * 1024,
            max_connections: 10_000,
            read_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_secs(90),
            write_timeout: Duration::from_mins(1),
            shutdown_grace: Duration::from_secs(5),
            refuse: plain_refusal,
        }
    }
}

/// Serves `transport` with the default bounds: see [`Server::serve`].
pub async fn serve(listener: TcpListener, transport: Arc<dyn Transport>, shutdown: impl Future<Output = ()>) {
    Server::default().serve(listener, transport, shutdown).await;
}

impl Server {
    /// Answers HTTP/1.1 on `listener` until `shutdown` completes, then lets what is under way end, for a bounded time.
    ///
    /// The transport sees the path and query as they came on the wire, and scheme and authority from the `Host`
    /// header. Where it returns an error, the connection is dropped without an answer; where its body errs, the
    /// connection is cut after what came before has been flushed.
    pub async fn serve(
        &self,
        listener: TcpListener,
        transport: Arc<dyn Transport>,
        shutdown: impl Future<Output = ()>,
    ) {
        let (stop, stopping) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        let places = Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)));
        let server = Arc::new(self.clone());
        loop {
            let next = async {
                // It is never closed.
                let place = Arc::clone(&places).acquire_owned().await.ok();
                (listener.accept().await, place)
            };
            match select(pin!(next), shutdown.as_mut()).await {
                Either::Left(((Ok((stream, _)), place), _)) => {
                    let server = Arc::clone(&server);
                    let connection = server.converse(stream, Arc::clone(&transport), stopping.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                // A connection that was gone before it was accepted, or no file descriptor left: neither is a reason
                // to stop serving.
                Either::Left(((Err(_), _), _)) => tokio::time::sleep(ACCEPT_REST).await,
                Either::Right(_) => break,
            }
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        // Every receiver may be gone, which is fine.
        let _ = stop.send(true);
        let all_ended = async { while connections.join_next().await.is_some() {} };
        // What is not done by then is aborted with the set.
        let _ = tokio::time::timeout(self.shutdown_grace, all_ended).await;
    }

    /// One connection, to its end.
    async fn converse(
        self: Arc<Self>,
        stream: TcpStream,
        transport: Arc<dyn Transport>,
        mut stopping: watch::Receiver<bool>,
    ) {
        // Answers are small and latency matters more than packets; without it they only come later.
        let _ = stream.set_nodelay(true);
        let progress = Arc::new(Progress::default());
        let patience =
            Patience { idle: self.idle_timeout, head: self.read_timeout, write: self.write_timeout };
        let refuse = self.refuse;
        let write_refusal = Box::new(move |line: &[u8], status| unread_refusal(refuse, line, status));
        let socket = Socket::new(stream, patience, Arc::clone(&progress), write_refusal);
        let (server, progress) = (&self, &progress);
        let service = service_fn(move |request| {
            progress.begins();
            server.answer(Arc::clone(&transport), Arc::clone(progress), request)
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
        let stopped = pin!(async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        });
        // An error here is the client's (malformed, gone) or a cut that the transport asked for: nobody to tell.
        if let Either::Right(_) = select(connection.as_mut(), stopped).await {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }

    async fn answer(
        &self,
        transport: Arc<dyn Transport>,
        progress: Arc<Progress>,
        request: Request<Incoming>,
    ) -> Result<Response<FlushedBody>, TransportError> {
        let (mut parts, body) = request.into_parts();
        let answer = match (absolute_uri(&parts), self.collect(body).await) {
            (Err(unreadable), _) | (_, Err(unreadable)) => self.refusal(&parts, &unreadable),
            (Ok(uri), Ok(body)) => {
                parts.uri = uri;
                transport.send(Request::from_parts(parts, Body::Whole(body))).await?
            }
        };
        progress.answers();
        Ok(answer.map(|body| FlushedBody { body, failure: None, progress }))
    }

    fn refusal(&self, parts: &http::request::Parts, unreadable: &Unreadable) -> Response<Body> {
        let (status, message) = unreadable.said();
        let refused =
            Refused { path: parts.uri.path(), headers: Some(&parts.headers), status, message: &message };
        let mut answer = (self.refuse)(&refused);
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        answer
    }

    /// The whole body, or why not.
    async fn collect(&self, mut body: Incoming) -> Result<Bytes, Unreadable> {
        if body.size_hint().lower() > self.max_body_bytes as u64 {
            self.read_away(&mut body).await;
            return Err(Unreadable::TooLong(self.max_body_bytes));
        }
        // Most bodies come in one piece, which is kept as it is.
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        loop {
            let next = tokio::time::timeout(self.read_timeout, body.frame()).await;
            let frame = match next {
                Err(_) => return Err(Unreadable::TooSlow),
                Ok(None) if whole.is_empty() => return Ok(first),
                Ok(None) => return Ok(whole.freeze()),
                Ok(Some(Err(_))) => return Err(Unreadable::Malformed("the body ended early")),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            if first.len().max(whole.len()) + data.len() > self.max_body_bytes {
                self.read_away(&mut body).await;
                return Err(Unreadable::TooLong(self.max_body_bytes));
            }
            if first.is_empty() && whole.is_empty() {
                first = data;
                continue;
            }
            if whole.is_empty() {
                whole.reserve(first.len() + data.len());
                whole.extend_from_slice(&first);
                first = Bytes::new();
            }
            whole.extend_from_slice(&data);
        }
    }

    /// Reads on for a while without keeping anything: a client that is still sending when the connection closes gets
    /// a reset and never sees the 413.
    async fn read_away(&self, body: &mut Incoming) {
        let bound = self.max_body_bytes.saturating_mul(4);
        let mut read = 0;
        let reading = async {
            while let Some(Ok(frame)) = body.frame().await {
                read += frame.data_ref().map_or(0, Bytes::len);
                if read > bound {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(self.shutdown_grace, reading).await;
    }
}

/// A request that no transport can be shown.
enum Unreadable {
    Malformed(&'static str),
    TooLong(usize),
    TooSlow,
}

impl Unreadable {
    fn said(&self) -> (StatusCode, Cow<'static, str>) {
        match self {
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, (*what).into()),
            Self::TooLong(limit) => {
                let message = format!("The request body is longer than {limit} bytes.");
                (StatusCode::PAYLOAD_TOO_LARGE, message.into())
            }
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.".into()),
        }
    }
}

/// `{"message":…}`
fn plain_refusal(refused: &Refused<'_>) -> Response<Body> {
    let body = serde_json::json!({ "message": refused.message }).to_string();
    let mut answer = Response::new(Body::Whole(Bytes::from(body)));
    *answer.status_mut() = refused.status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// A whole answer to a request whose headers could not be read.
fn unread_refusal(refuse: fn(&Refused<'_>) -> Response<Body>, line: &[u8], status: u16) -> Vec<u8> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let line = String::from_utf8_lossy(line);
    let path = line.split([' ', '\r', '\n']).nth(1).unwrap_or_default();
    let message = match status {
        StatusCode::REQUEST_TIMEOUT => "The request's headers did not arrive in time.",
        StatusCode::URI_TOO_LONG => "The request's path is too long.",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "The request has too many headers, or too long ones.",
        _ => "The request is no HTTP/1.1.",
    };
    let path = path.split('?').next().unwrap_or(path);
    let (parts, body) = refuse(&Refused { path, headers: None, status, message }).into_parts();
    let body = match body {
        Body::Whole(body) => body,
        Body::Stream { .. } => Bytes::new(),
    };
    let mut answer = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\ndate: {}\r\n",
        body.len(),
        http_date(SystemTime::now())
    )
    .into_bytes();
    for (name, value) in &parts.headers {
        answer.extend_from_slice(name.as_str().as_bytes());
        answer.extend_from_slice(b": ");
        answer.extend_from_slice(value.as_bytes());
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(&body);
    answer
}

/// The URL that the client meant: a request line has only its path, the host is in a header.
fn absolute_uri(parts: &http::request::Parts) -> Result<Uri, Unreadable> {
    let malformed = Unreadable::Malformed;
    if parts.uri.authority().is_some() && parts.uri.scheme().is_some() {
        return Ok(parts.uri.clone());
    }
    let path_and_query =
        parts.uri.path_and_query().ok_or_else(|| malformed("the request line has no path"))?.clone();
    let host = parts.headers.get(header::HOST).ok_or_else(|| malformed("there is no Host header"))?;
    Uri::builder()
        .scheme("http")
        .authority(host.as_bytes())
        .path_and_query(path_and_query)
        .build()
        .map_err(|_| malformed("the Host header or the path is malformed"))
}

/// A body whose error is held back for one poll, in which hyper flushes what came before: else a cut after N bytes
/// would lose those bytes, too.
struct FlushedBody {
    body: Body,
    failure: Option<TransportError>,
    progress: Arc<Progress>,
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
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Ready(Some(Err(failure))) => {
                self.failure = Some(failure);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.failure.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        hyper::body::Body::size_hint(&self.body)
    }
}
