//! What the server answers: a message of about 600 bytes, a refusal, or a stream of events.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::Response;
use hyper::body::{Body, Frame};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

pub type Answer = Response<BoxBody<Bytes, Infallible>>;

const MESSAGE: &str = concat!(
    r#"{"id":"msg_bdrk_01","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":""#,
    "A loopback interface is a network that has one machine on it. What is sent there comes back at once, so that ",
    "a client which is measured over it shows what it costs itself, and nothing of the cables, of the switches, or ",
    "of the distance to a data centre. It says nothing of how long an answer takes in the world, where a model ",
    "thinks for seconds, and where no one would notice a microsecond more or less in the client.",
    r#""}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":21,"output_tokens":87}}"#
);

pub fn message() -> Answer {
    let builder = Response::builder()
        .header("content-type", "application/json")
        .header("x-amzn-requestid", "7d4bfa0e-0000-4000-8000-000000000000")
        .header("x-amzn-bedrock-input-token-count", "21")
        .header("x-amzn-bedrock-output-token-count", "87");
    answer(builder, Full::from(MESSAGE))
}

pub fn throttled() -> Answer {
    let builder = Response::builder()
        .status(429)
        .header("content-type", "application/json")
        .header("x-amzn-requestid", "7d4bfa0e-0000-4000-8000-000000000001")
        .header("x-amzn-errortype", "ThrottlingException");
    answer(builder, Full::from(r#"{"message":"Too many requests, please wait before trying again."}"#))
}

pub fn not_found() -> Answer {
    answer(Response::builder().status(404), Full::from("{}"))
}

pub fn text(text: String) -> Answer {
    answer(Response::builder(), Full::from(text))
}

/// A text of this many events, so many of them in each chunk of the answer.
pub fn stream(events: usize, frames: usize) -> Answer {
    let builder = Response::builder().header("content-type", "application/vnd.amazon.eventstream");
    answer(builder, Events::new(events, frames.max(1)))
}

fn answer<B>(builder: hyper::http::response::Builder, body: B) -> Answer
where
    B: Body<Data = Bytes, Error = Infallible> + Send + Sync + 'static,
{
    builder.body(body.boxed()).expect("the headers are valid")
}

/// The same chunk of text again and again, between what begins and what ends a message.
struct Events {
    begin: Option<Bytes>,
    chunk: Bytes,
    chunks: usize,
    end: Option<Bytes>,
}

impl Events {
    fn new(events: usize, frames: usize) -> Self {
        let delta = |i: usize| {
            // The service pads its events, so that their length says nothing of the text.
            let padding = &"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[..i * 7 % 60];
            event(
                "contentBlockDelta",
                &format!(
                    r#"{{"contentBlockIndex":0,"delta":{{"text":"twenty bytes of text"}},"p":"{padding}"}}"#
                ),
            )
        };
        let end = [
            event("contentBlockStop", r#"{"contentBlockIndex":0,"p":"abcd"}"#),
            event("messageStop", r#"{"p":"abcdef","stopReason":"end_turn"}"#),
            event(
                "metadata",
                r#"{"metrics":{"latencyMs":1},"p":"ab","usage":{"inputTokens":9,"outputTokens":9,"totalTokens":18}}"#,
            ),
        ];
        Self {
            begin: Some(event("messageStart", r#"{"p":"abcdefgh","role":"assistant"}"#).into()),
            chunk: (1..=frames).flat_map(delta).collect(),
            chunks: events / frames,
            end: Some(end.concat().into()),
        }
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = if let Some(begin) = self.begin.take() {
            Some(begin)
        } else if self.chunks > 0 {
            self.chunks -= 1;
            Some(self.chunk.clone())
        } else {
            self.end.take()
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }
}

fn event(name: &'static str, payload: &str) -> Vec<u8> {
    let text = |value: &'static str| HeaderValue::String(value.into());
    let message = Message::new(payload.as_bytes().to_vec())
        .add_header(Header::new(":event-type", text(name)))
        .add_header(Header::new(":content-type", text("application/json")))
        .add_header(Header::new(":message-type", text("event")));
    let mut frame = Vec::new();
    write_message_to(&message, &mut frame).expect("the message is short");
    frame
}
