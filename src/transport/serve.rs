//! Turns any [`Transport`] around and puts it on a socket: the only file that names hyper.

use super::{Body, Transport, TransportError};
use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use http::{HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long the accept loop rests after a failure such as too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// The bounds of a server.
#[derive(Clone, Debug)]
pub struct Server {
    /// The longest request body that is read, in bytes; a longer one is answered with 413. Default 25,000,000, which
    /// is what InvokeModel takes.
    pub max_body_bytes: usize,
    /// How long a client may take to send its headers, or to send the next part of its body. Default 60 s.
    pub read_timeout: Duration,
    /// How long requests that are under way may go on after the shutdown began. Default 5 s.
    pub shutdown_grace: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            max_body_bytes: 25_000_000,
            read_timeout: Duration::from_mins(1),
            shutdown_grace: Duration::from_secs(5),
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
        loop {
            match select(pin!(listener.accept()), shutdown.as_mut()).await {
                Either::Left((Ok((stream, _)), _)) => {
                    let connection = self.clone().converse(stream, Arc::clone(&transport), stopping.clone());
                    connections.spawn(connection);
                }
                // A connection that was gone before it was accepted, or no file descriptor left: neither is a reason
                // to stop serving.
                Either::Left((Err(_), _)) => tokio::time::sleep(ACCEPT_REST).await,
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
        self,
        stream: TcpStream,
        transport: Arc<dyn Transport>,
        mut stopping: watch::Receiver<bool>,
    ) {
        // Answers are small and latency matters more than packets; without it they only come later.
        let _ = stream.set_nodelay(true);
        let read_timeout = self.read_timeout;
        let server = &self;
        let service = service_fn(move |request| server.answer(Arc::clone(&transport), request));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(read_timeout)
                .serve_connection(TokioIo::new(stream), service)
        );
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
        request: Request<Incoming>,
    ) -> Result<Response<FlushedBody>, TransportError> {
        let (mut parts, body) = request.into_parts();
        let answer = match (absolute_uri(&parts), self.collect(body).await) {
            (Err(refusal), _) | (_, Err(refusal)) => refusal.answer(),
            (Ok(uri), Ok(body)) => {
                parts.uri = uri;
                transport.send(Request::from_parts(parts, Body::Whole(body))).await?
            }
        };
        Ok(answer.map(|body| FlushedBody { body, failure: None }))
    }

    /// The whole body, or why not.
    async fn collect(&self, mut body: Incoming) -> Result<Bytes, Unreadable> {
        if body.size_hint().lower() > self.max_body_bytes as u64 {
            self.read_away(&mut body).await;
            return Err(Unreadable::TooLong(self.max_body_bytes));
        }
        let mut whole = BytesMut::new();
        loop {
            let next = tokio::time::timeout(self.read_timeout, body.frame()).await;
            let frame = match next {
                Err(_) => return Err(Unreadable::TooSlow),
                Ok(None) => return Ok(whole.freeze()),
                Ok(Some(Err(_))) => return Err(Unreadable::Malformed("the body ended early")),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            if whole.len() + data.len() > self.max_body_bytes {
                self.read_away(&mut body).await;
                return Err(Unreadable::TooLong(self.max_body_bytes));
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
    fn answer(&self) -> Response<Body> {
        let (status, message) = match self {
            Self::Malformed(what) => (StatusCode::BAD_REQUEST, (*what).to_owned()),
            Self::TooLong(limit) => {
                (StatusCode::PAYLOAD_TOO_LARGE, format!("The request body is longer than {limit} bytes."))
            }
            Self::TooSlow => {
                (StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time.".to_owned())
            }
        };
        let body = serde_json::json!({ "message": message }).to_string();
        let mut answer = Response::new(Body::Whole(Bytes::from(body)));
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        answer
    }
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
