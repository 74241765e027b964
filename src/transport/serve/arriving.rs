//! A request's body on its way: bounded in length and in time.

use super::progress::Progress;
use super::timer::from_now;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Collected, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use hyper::body::{Body as _, Incoming};
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// How much of a body must come in the time that a client has for it: a trickle is no body.
const PACE: usize = 64 * 1024;

/// A request's body on its way.
pub(super) struct Arriving {
    /// `None` behind its end.
    body: Option<Incoming>,
    received: usize,
    at_most: usize,
    patience: Duration,
    /// Until when the body must have `expected` bytes, or have ended.
    until: Instant,
    expected: usize,
    late: Option<Pin<Box<Sleep>>>,
    progress: Arc<Progress>,
}

impl Arriving {
    pub(super) fn new(body: Incoming, at_most: usize, patience: Duration, progress: Arc<Progress>) -> Self {
        Self {
            body: Some(body),
            received: 0,
            at_most,
            patience,
            until: from_now(patience),
            expected: PACE,
            late: None,
            progress,
        }
    }

    /// All of it.
    pub(super) async fn collect(mut self, length: Option<u64>) -> Result<Bytes, TransportError> {
        Collected::all(length, self.at_most, |context| Pin::new(&mut self).poll_next(context)).await
    }

    fn is_late(&mut self, context: &mut Context<'_>) -> bool {
        let until = self.until;
        let late = self.late.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if late.deadline() != until {
            late.as_mut().reset(until);
        }
        late.as_mut().poll(context).is_ready()
    }
}

impl Stream for Arriving {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let failed = |failure, message: String| Poll::Ready(Some(Err(TransportError::new(failure, message))));
        loop {
            let Some(body) = &mut this.body else { return Poll::Ready(None) };
            let data = match Pin::new(body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => data,
                    // Trailers mean nothing here.
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) => {
                    this.body = None;
                    return failed(WireFailure::CutBody, problem_of(&error).to_owned());
                }
                Poll::Ready(None) => {
                    this.body = None;
                    return Poll::Ready(None);
                }
                Poll::Pending if this.is_late(context) => {
                    let message = "the request body did not arrive in time";
                    return failed(WireFailure::Timeout, message.to_owned());
                }
                Poll::Pending => return Poll::Pending,
            };
            this.received += data.len();
            if this.received > this.at_most {
                let message = format!("the request body is longer than {} bytes", this.at_most);
                return failed(WireFailure::TooLarge, message);
            }
            if this.received >= this.expected {
                this.expected = this.received + PACE;
                this.until = from_now(this.patience);
            }
            this.body.take_if(|body| body.is_end_stream());
            return Poll::Ready(Some(Ok(data)));
        }
    }
}

/// Whether a body was cut or is no HTTP: its client looks for one in the network, for the other in its own code.
fn problem_of(error: &hyper::Error) -> &'static str {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause.map(io::Error::kind) {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
            "the chunks of the body are malformed"
        }
        _ => "the body ended early",
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            self.progress.leaves_unread(body);
        }
        self.progress.body_ends();
    }
}
