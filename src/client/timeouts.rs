//! Timers around any transport: connect is the transport's own; first byte, idle and total are here, so that paused
//! time tests them.

use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, Transport, TransportError};
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout};

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

/// Sends one request, within the timers.
pub(super) async fn send_within(
    transport: &dyn Transport,
    request: http::Request<Body>,
    timeouts: &Timeouts,
) -> Result<http::Response<Body>, TransportError> {
    let response = timeout(timeouts.first_byte, transport.send(request))
        .await
        .map_err(|_| late(format!("no answer within {} s", timeouts.first_byte.as_secs())))??;
    let idle = timeouts.idle;
    Ok(response.map(|body| match body {
        Body::Whole(_) => body,
        Body::Stream { stream, length } => Body::stream(
            futures_util::stream::unfold(Some(stream), move |stream| async move {
                let mut stream = stream?;
                match timeout(idle, stream.next()).await {
                    Ok(Some(chunk)) => Some((chunk, Some(stream))),
                    Ok(None) => None,
                    Err(_) => Some((
                        Err(late(format!("no further byte of the body within {} s", idle.as_secs()))),
                        None,
                    )),
                }
            }),
            length,
        ),
    }))
}

fn late(message: String) -> TransportError {
    TransportError::new(WireFailure::Timeout, message)
}
