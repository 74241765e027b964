//! Timers around any transport: connect is the transport's own; first byte, idle and total are here, so that paused
//! time tests them.

use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, Transport, TransportError};
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::timeout;

/// How long to wait. The defaults let a model think for minutes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the headers of an answer arrive: 15 minutes.
    pub first_byte: Duration,
    /// Between two pieces of a body: 5 minutes.
    pub idle: Duration,
    /// One call with all its attempts and waits: 30 minutes.
    pub call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_mins(15),
            idle: Duration::from_mins(5),
            call: Duration::from_mins(30),
        }
    }
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
