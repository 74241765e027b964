//! Timers around any transport: connect is the transport's own; first byte, idle and total are here, so that paused
//! time tests them.

use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, BodyStream, Collected, Transport, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Longer than anybody waits, and no instant overflows by it.
const FOREVER: Duration = Duration::from_hours(24 * 365 * 30);

/// How long to wait. The defaults let a model think for minutes, but no call waits for its turn as long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the headers of an answer arrive: 15 minutes.
    pub first_byte: Duration,
    /// Between two pieces of a body: 5 minutes.
    pub idle: Duration,
    /// For its turn and between its attempts, one call, in all: 5 minutes. The attempts themselves do not count.
    pub waiting: Duration,
    /// One call with all its attempts and waits: not bounded.
    pub call: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_mins(15),
            idle: Duration::from_mins(5),
            waiting: Duration::from_mins(5),
            call: None,
        }
    }
}

impl Timeouts {
    /// So long for one call, whatever it does meanwhile.
    pub fn of_call(call: Duration) -> Self {
        Self { waiting: call, call: Some(call), ..Self::default() }
    }
}

/// The time of one call, as it passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallTime {
    started: Instant,
    waiting: Duration,
    /// What its attempts took.
    attempted: Duration,
    end: Option<Instant>,
}

impl CallTime {
    /// A call begins, which waits at most so long, and ends at `end` whatever it does.
    pub(super) fn begin(waiting: Duration, end: Option<Instant>) -> Self {
        Self { started: Instant::now(), waiting, attempted: Duration::ZERO, end }
    }

    /// An attempt took so long.
    pub(super) fn attempted(&mut self, took: Duration) {
        self.attempted += took;
    }

    /// Until when the next attempt may begin.
    pub(super) fn last_turn(&self) -> Instant {
        let turn = after(self.started, self.waiting.saturating_add(self.attempted));
        self.end.map_or(turn, |end| turn.min(end))
    }

    /// When it all ends.
    pub(super) fn end(&self) -> Option<Instant> {
        self.end
    }

    pub(super) fn passed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long it may wait.
    pub(super) fn bound(&self) -> Duration {
        let whole = self.end.map(|end| end.saturating_duration_since(self.started));
        whole.map_or(self.waiting, |whole| whole.min(self.waiting))
    }
}

/// An instant later.
pub(super) fn after(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration).unwrap_or_else(|| instant + FOREVER)
}

/// Sends one request, and waits for the answer's first byte no longer than that.
pub(super) async fn send_within(
    transport: &dyn Transport,
    request: http::Request<Body>,
    timeouts: &Timeouts,
) -> Result<http::Response<Body>, TransportError> {
    timeout(timeouts.first_byte, transport.send(request))
        .await
        .map_err(|_| late(format!("no answer within {} s", timeouts.first_byte.as_secs())))?
}

/// A body that ends with an error where it pauses for too long.
pub(super) fn without_pauses(body: Body, timeouts: &Timeouts) -> Body {
    match body {
        Body::Whole(_) => body,
        Body::Stream { stream, length } => Body::stream(WithIdle::new(stream, timeouts.idle), length),
    }
}

/// Reads such a body to its end.
pub(super) async fn collect_within(
    mut body: Body,
    limit: usize,
    timeouts: &Timeouts,
) -> Result<Bytes, TransportError> {
    let mut whole = Collected::new(body.length(), limit)?;
    while let Some(chunk) = chunk_within(&mut body, timeouts.idle).await? {
        whole.push(chunk?)?;
    }
    whole.finish()
}

/// The next chunk, without a timer where it is there already: that of a short answer came with its headers.
async fn chunk_within(
    body: &mut Body,
    idle: Duration,
) -> Result<Option<Result<Bytes, TransportError>>, TransportError> {
    let polled = poll_fn(|context| Poll::Ready(body.poll_chunk(context))).await;
    match polled {
        Poll::Ready(chunk) => Ok(chunk),
        Poll::Pending => timeout(idle, body.chunk()).await.map_err(|_| paused(idle)),
    }
}

/// A stream that ends with an error where it pauses for too long.
struct WithIdle {
    /// Absent once it is over.
    stream: Option<BodyStream>,
    limit: Duration,
    /// Made at the first pause, and set anew at each: that is cheaper than a timer for each chunk.
    timer: Option<Pin<Box<Sleep>>>,
    pauses: bool,
}

impl WithIdle {
    fn new(stream: BodyStream, limit: Duration) -> Self {
        Self { stream: Some(stream), limit, timer: None, pauses: false }
    }
}

impl Stream for WithIdle {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(stream) = &mut this.stream else { return Poll::Ready(None) };
        if let Poll::Ready(next) = stream.as_mut().poll_next(context) {
            this.pauses = false;
            return Poll::Ready(next);
        }
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(this.limit)));
        if !this.pauses {
            this.pauses = true;
            // A limit beyond all time is no limit.
            if let Some(until) = Instant::now().checked_add(this.limit) {
                timer.as_mut().reset(until);
            }
        }
        ready!(timer.as_mut().poll(context));
        this.stream = None;
        Poll::Ready(Some(Err(paused(this.limit))))
    }
}

fn paused(limit: Duration) -> TransportError {
    late(format!("no further byte of the body within {} s", limit.as_secs()))
}

fn late(message: String) -> TransportError {
    TransportError::new(WireFailure::Timeout, message)
}
