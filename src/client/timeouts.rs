//! Timers around any transport: connect is the transport's own; first byte, idle and total are here, so that paused
//! time tests them.

use crate::protocol::decimals::fixed;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, BodyStream, BoxFuture, Collected, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep, timeout, timeout_at};

/// Longer than anybody waits, and no instant overflows by it.
const FOREVER: Duration = Duration::from_hours(24 * 365 * 30);

/// What an answer has not done that is late.
pub(super) const NO_WHOLE_ANSWER: &str = "no whole answer came";

/// How long to wait. The defaults let a model think for minutes, but no call waits for its turn as long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the headers of an answer arrive: 15 minutes.
    pub first_byte: Duration,
    /// Between two pieces of a body: 5 minutes.
    pub idle: Duration,
    /// For its turn and between its attempts, one call, in all: 5 minutes. The attempts themselves do not count, nor
    /// does the search for credentials.
    pub waiting: Duration,
    /// One call with all its attempts and waits, the search for its credentials, and a stream to its end: not bounded.
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

/// A call from its begin to its end, in however many pieces it comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct WholeCall {
    pub(super) begun: Instant,
    pub(super) end: Instant,
}

impl WholeCall {
    /// It begins now.
    pub(super) fn lasting(call: Duration) -> Self {
        let begun = Instant::now();
        Self { begun, end: after(begun, call) }
    }

    /// The one of two that ends first.
    pub(super) fn or_earlier(self, other: Self) -> Self {
        if other.end < self.end { other } else { self }
    }

    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.end
    }
}

/// The time of one call, or of a piece of one, as it passes.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallTime {
    started: Instant,
    waiting: Duration,
    /// What its attempts took, and the search for credentials.
    not_waited: Duration,
    whole: Option<WholeCall>,
}

impl CallTime {
    /// A call or a piece of one begins, which waits at most so long, and ends with the whole, whatever it does.
    pub(super) fn begin(waiting: Duration, whole: Option<WholeCall>) -> Self {
        Self { started: Instant::now(), waiting, not_waited: Duration::ZERO, whole }
    }

    /// Something else than waiting took so long.
    pub(super) fn not_waited(&mut self, took: Duration) {
        self.not_waited += took;
    }

    /// Until when the next attempt may begin.
    pub(super) fn last_turn(&self) -> Instant {
        let turn = after(self.started, self.waiting.saturating_add(self.not_waited));
        self.whole.map_or(turn, |whole| turn.min(whole.end))
    }

    /// Waits for a part of the call, to its end. `missing` is what is not there then: `no whole answer came`. What is
    /// waited for is large, and stays where it is.
    pub(super) async fn within<T>(
        &self,
        missing: &str,
        part: Pin<&mut impl Future<Output = T>>,
    ) -> Result<T, TransportError> {
        match self.whole {
            None => Ok(part.await),
            // In a box, since most calls are not bounded, and need no room for it.
            Some(whole) => Box::pin(timeout_at(whole.end, part)).await.map_err(|_| self.up(missing)),
        }
    }

    /// Whether it is over, whatever it does.
    fn is_up(&self) -> bool {
        self.whole.is_some_and(|whole| whole.is_over())
    }

    fn up(&self, missing: &str) -> TransportError {
        let begun = self.whole.map_or(self.started, |whole| whole.begun);
        late(format!("{missing} in the {} s of the call", fixed(begun.elapsed().as_secs_f64(), 1)))
    }

    pub(super) fn passed(&self) -> Duration {
        self.started.elapsed()
    }

    /// How long it may wait.
    pub(super) fn bound(&self) -> Duration {
        let whole = self.whole.map(|whole| whole.end.saturating_duration_since(whole.begun));
        whole.map_or(self.waiting, |whole| whole.min(self.waiting))
    }
}

/// An instant later.
pub(super) fn after(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration).unwrap_or_else(|| instant + FOREVER)
}

/// Waits for an answer's first byte no longer than that.
pub(super) async fn answer_within(
    sending: BoxFuture<'_, Result<http::Response<Body>, TransportError>>,
    timeouts: &Timeouts,
) -> Result<http::Response<Body>, TransportError> {
    timeout(timeouts.first_byte, sending)
        .await
        .map_err(|_| late(format!("no answer within {} s", timeouts.first_byte.as_secs())))?
}

/// A body that ends with an error where it pauses for too long, and at the end of its call: who reads it is no part of
/// the attempt any more.
pub(super) fn in_time(body: Body, timeouts: &Timeouts, call: CallTime) -> Body {
    match body {
        Body::Whole(_) => body,
        Body::Stream { stream, length } => Body::stream(InTime::new(stream, timeouts.idle, call), length),
    }
}

/// Reads a body to its end, and waits for each piece no longer than that.
pub(super) async fn collect_within(
    body: &mut Body,
    limit: usize,
    timeouts: &Timeouts,
) -> Result<Bytes, TransportError> {
    let mut whole = Collected::new(body.length(), limit)?;
    while let Some(chunk) = chunk_within(body, timeouts.idle).await? {
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
        Poll::Pending => Box::pin(timeout(idle, body.chunk())).await.map_err(|_| paused(idle)),
    }
}

/// A stream that ends with an error where it pauses for too long, and at the end of its call.
struct InTime {
    /// Absent once it is over.
    stream: Option<BodyStream>,
    limit: Duration,
    /// Made at the first pause, and set anew at each: that is cheaper than a timer for each chunk.
    timer: Option<Pin<Box<Sleep>>>,
    pauses: bool,
    call: CallTime,
}

impl InTime {
    fn new(stream: BodyStream, limit: Duration, call: CallTime) -> Self {
        Self { stream: Some(stream), limit, timer: None, pauses: false, call }
    }

    fn end_with(&mut self, error: TransportError) -> Poll<Option<Result<Bytes, TransportError>>> {
        self.stream = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl Stream for InTime {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(stream) = &mut this.stream else { return Poll::Ready(None) };
        if let Poll::Ready(next) = stream.as_mut().poll_next(context) {
            this.pauses = false;
            // One that never pauses ends, too.
            return match next {
                Some(Ok(_)) if this.call.is_up() => this.end_with(this.call.up(NO_WHOLE_ANSWER)),
                next => Poll::Ready(next),
            };
        }
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep(this.limit)));
        if !this.pauses {
            this.pauses = true;
            let idle = after(Instant::now(), this.limit);
            timer.as_mut().reset(this.call.whole.map_or(idle, |whole| whole.end.min(idle)));
        }
        ready!(timer.as_mut().poll(context));
        this.end_with(if this.call.is_up() { this.call.up(NO_WHOLE_ANSWER) } else { paused(this.limit) })
    }
}

fn paused(limit: Duration) -> TransportError {
    late(format!("no further byte of the body within {} s", limit.as_secs()))
}

fn late(message: String) -> TransportError {
    TransportError::new(WireFailure::Timeout, message)
}
