//! The first event of a stream, which belongs to the attempt.

use super::failure::Failure;
use crate::protocol::eventstream::Decoder;
use crate::protocol::operation::refusal_in;
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, TransportError};
use futures_util::StreamExt as _;

/// Waits for the first frame. Nothing has been delivered yet, so an exception in it is a refusal like any other.
pub(super) async fn after_first_event(mut body: Body) -> Result<Body, Failure> {
    let mut decoder = Decoder::new();
    let mut read = Vec::new();
    loop {
        match decoder.next_frame() {
            Ok(Some(frame)) => match refusal_in(&frame) {
                Some(refusal) => return Err(Failure::Refused(refusal)),
                None => break,
            },
            Ok(None) => {}
            // The stream itself will say what is wrong with it, and where.
            Err(_) => break,
        }
        match body.chunk().await {
            Some(chunk) => {
                let chunk = chunk.map_err(Failure::Wire)?;
                decoder.push(chunk.clone());
                read.push(Ok(chunk));
            }
            None if read.is_empty() => {
                return Err(Failure::Wire(TransportError::new(
                    WireFailure::CutBody,
                    "the stream ended before its first event",
                )));
            }
            None => break,
        }
    }
    let length = body.length();
    let rest = futures_util::stream::poll_fn(move |context| body.poll_chunk(context));
    Ok(Body::stream(futures_util::stream::iter(read).chain(rest), length))
}
