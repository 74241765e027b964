//! An event stream on its way: frame by frame, each made when its turn comes, with what goes wrong on purpose.

use super::random::Random;
use super::stream_options::{StreamFailure, StreamFaults};
use crate::protocol::eventstream::{Decoder, EncodeError, Frame, HeaderValue, encode};
use crate::protocol::outcome::WireFailure;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use std::time::Duration;

/// What the padding key of an event is cut from.
const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// How a stream is sent.
pub(super) struct Pace {
    /// The pause before each event but the first.
    pub(super) event_gap: Duration,
    /// What goes wrong; the default is nothing.
    pub(super) faults: StreamFaults,
}

/// The body of a stream whose frames are these bytes.
pub(super) fn body(frames: Bytes, pace: Pace, random: Random) -> Body {
    let mut decoder = Decoder::new();
    decoder.push(frames);
    let sending = Sending { decoder, pace, random, made: 0, sent: 0, waiting: Bytes::new(), is_over: false };
    Body::stream(stream::unfold(sending, Sending::next), None)
}

struct Sending {
    decoder: Decoder,
    pace: Pace,
    random: Random,
    /// Frames.
    made: u64,
    /// Bytes.
    sent: u64,
    /// The rest of the frame at hand.
    waiting: Bytes,
    is_over: bool,
}

impl Sending {
    /// The next bytes: a frame, or a byte of it where they trickle.
    async fn next(mut self) -> Option<(Result<Bytes, TransportError>, Self)> {
        if self.waiting.is_empty() {
            if self.made > 0 {
                self.rest().await;
            }
            match self.next_frame() {
                None => return None,
                Some(Ok(frame)) => self.waiting = frame,
                Some(Err(error)) => {
                    self.is_over = true;
                    return Some((Err(error), self));
                }
            }
        }
        let mut length = self.waiting.len();
        if let Some(pause) = self.pace.faults.trickle {
            length = 1;
            tokio::time::sleep(pause).await;
        }
        if let Some(cut_after) = self.pace.faults.cut_after {
            let left = usize::try_from(cut_after.saturating_sub(self.sent)).unwrap_or(usize::MAX);
            if left == 0 {
                self.is_over = true;
                self.waiting = Bytes::new();
                let cut =
                    format!("the emulator cut the stream after {} bytes, as it was asked to", self.sent);
                return Some((Err(TransportError::new(WireFailure::CutBody, cut)), self));
            }
            length = length.min(left);
        }
        let piece = self.waiting.split_to(length);
        self.sent += length as u64;
        Some((Ok(piece), self))
    }

    /// Even where no gap is asked for, the server gets the time to flush one frame before the next is made.
    async fn rest(&self) {
        if self.pace.event_gap.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(self.pace.event_gap).await;
        }
    }

    /// `None` at the end.
    fn next_frame(&mut self) -> Option<Result<Bytes, TransportError>> {
        if self.is_over {
            return None;
        }
        let event = if self.is_failing() {
            None
        } else {
            match self.decoder.next_frame() {
                Ok(event) => event,
                Err(error) => return Some(Err(unmakeable(&error))),
            }
        };
        let made = match (event, self.pace.faults.failure.clone()) {
            (Some(event), _) => padded(&event, &self.random),
            (None, Some(failure)) => {
                self.is_over = true;
                failure_frame(&failure)
            }
            (None, None) => return None,
        };
        self.made += 1;
        let is_flipped = self.pace.faults.flip_crc == Some(self.made);
        Some(made.map(|frame| if is_flipped { flipped(&frame) } else { frame }).map_err(|e| unmakeable(&e)))
    }

    fn is_failing(&self) -> bool {
        self.pace.faults.failure.is_some() && self.made >= self.pace.faults.failure_after
    }
}

/// An event as the service sends it: with `p`, letters of a random number, so that the length of a frame tells nobody
/// on the way how long the text in it is. What has a `p`, as a recording does, keeps it.
fn padded(event: &Frame, random: &Random) -> Result<Bytes, EncodeError> {
    let is_event = event.string_header(":message-type") == Some("event");
    let payload = std::str::from_utf8(event.payload()).unwrap_or_default();
    let members = payload.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).filter(|_| is_event);
    let has_padding = || {
        let object = serde_json::from_str::<serde_json::Value>(payload);
        object.map_or(true, |object| object.get("p").is_some())
    };
    let Some(members) = members.filter(|_| !has_padding()) else {
        return Ok(event.bytes().clone());
    };
    let length = usize::try_from(random.next() % PADDING.len() as u64).unwrap_or_default() + 1;
    let padding = PADDING.get(..length).unwrap_or(PADDING);
    let comma = if members.trim().is_empty() { "" } else { "," };
    encode(event.headers(), format!("{{{members}{comma}\"p\":\"{padding}\"}}").as_bytes())
}

fn failure_frame(failure: &StreamFailure) -> Result<Bytes, EncodeError> {
    match failure {
        StreamFailure::Exception(name) => {
            let mut payload = json!({ "message": message(name) });
            if name == "modelStreamErrorException" {
                payload["originalStatusCode"] = json!(500);
                payload["originalMessage"] = json!("The model stopped.");
            }
            let headers: [(&str, HeaderValue<'_>); 3] = [
                (":exception-type", name.as_str().into()),
                (":content-type", "application/json".into()),
                (":message-type", "exception".into()),
            ];
            encode(headers, payload.to_string().as_bytes())
        }
        StreamFailure::Error(code) => {
            let headers: [(&str, HeaderValue<'_>); 3] = [
                (":error-code", code.as_str().into()),
                (":error-message", "An internal server error occurred.".into()),
                (":message-type", "error".into()),
            ];
            encode(headers, b"")
        }
    }
}

fn message(exception: &str) -> &'static str {
    match exception {
        "throttlingException" => "Too many tokens, please wait before trying again.",
        "validationException" => {
            "The model returned the following errors: Malformed input request, please reformat your input and try again."
        }
        "modelTimeoutException" => "Model request timed out. Try your request again.",
        "serviceUnavailableException" => "Bedrock is unable to process your request.",
        _ => "The system encountered an unexpected error during processing. Try your request again.",
    }
}

/// The frame with one wrong bit in its last checksum.
fn flipped(frame: &Bytes) -> Bytes {
    let mut bytes = frame.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes.into()
}

/// Fixtures were decoded when they were read, so this is a frame that grew too long.
fn unmakeable(error: &dyn std::error::Error) -> TransportError {
    TransportError::new(WireFailure::CutBody, format!("the emulator cannot make a frame: {error}"))
}
