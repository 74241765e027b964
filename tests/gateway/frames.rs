//! Frames of Bedrock's streams, and answers that are made of them.

use super::support::{Step, framed};
use bedwire::transport::{Body, TransportError};
use bytes::Bytes;
use serde_json::json;

/// An event of ConverseStream: its name, and its JSON as a text or a document.
pub fn frame(name: &str, payload: &(impl ToString + ?Sized)) -> Bytes {
    framed("event", ":event-type", name, &payload.to_string())
}

/// A chunk of InvokeModelWithResponseStream.
pub fn chunk(json: &(impl ToString + ?Sized)) -> Bytes {
    let payload = json!({ "bytes": base64_simd::STANDARD.encode_to_string(json.to_string()), "p": "abc" });
    frame("chunk", &payload)
}

/// An exception in a stream.
pub fn exception(name: &str, message: &str) -> Bytes {
    framed("exception", ":exception-type", name, &json!({ "message": message }).to_string())
}

/// A stream of frames, as Bedrock answers it.
pub fn streamed(
    frames: impl IntoIterator<Item = Result<Bytes, TransportError>, IntoIter: Send + 'static>,
) -> Step {
    streamed_body(Body::stream(futures_util::stream::iter(frames), None))
}

pub fn streamed_body(body: Body) -> Step {
    Step::Answer(
        http::Response::builder()
            .header("content-type", "application/vnd.amazon.eventstream")
            .header("x-amzn-requestid", "of-bedrock")
            .body(body)
            .unwrap(),
    )
}
