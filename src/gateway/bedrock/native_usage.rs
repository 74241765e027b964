//! What an answer that is passed through says it took. It is read in passing: the bytes go on as they came, when they came.

use super::member_in_passing::MemberInPassing;
use crate::gateway::exchange::Exchange;
use crate::protocol::content::{ConverseEvent, Usage};
use crate::protocol::document::Document;
use crate::protocol::eventstream::{Decoder, Frame};
use crate::protocol::operation::bedrock_runtime::InvokeModelEvent;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use http::Response;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// Counts an answer of a model: now where that is possible, else while its body goes by.
pub(super) fn counted(answer: Response<Body>, is_streamed: bool, exchange: &Arc<Exchange>) -> Response<Body> {
    if let Some(usage) = Usage::of_headers(answer.headers()) {
        exchange.used(&usage);
        return answer;
    }
    let meter = if is_streamed {
        Meter::Frames(Frames::default())
    } else {
        Meter::Document(MemberInPassing::new("usage"))
    };
    answer.map(|body| {
        let length = body.length();
        let exchange = Arc::clone(exchange);
        Body::stream(Counted { body, meter: Some(meter), is_streamed, exchange }, length)
    })
}

/// A body on its way.
struct Counted {
    body: Body,
    /// Gone when it has told.
    meter: Option<Meter>,
    is_streamed: bool,
    exchange: Arc<Exchange>,
}

impl Counted {
    fn tell(&mut self) {
        let Some(meter) = self.meter.take() else { return };
        match meter.usage() {
            Some(usage) => self.exchange.used(&usage),
            None if meter.is_cut_short() => self.exchange.cut_short(),
            None => {}
        }
    }
}

impl Stream for Counted {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = ready!(self.body.poll_chunk(context));
        match &polled {
            Some(Ok(chunk)) => {
                if self.is_streamed {
                    self.exchange.first_token();
                }
                if let Some(meter) = &mut self.meter {
                    meter.push(chunk);
                }
            }
            Some(Err(_)) | None => self.tell(),
        }
        Poll::Ready(polled)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.tell();
    }
}

enum Meter {
    Document(MemberInPassing),
    Frames(Frames),
}

impl Meter {
    fn push(&mut self, chunk: &Bytes) {
        match self {
            Self::Document(member) => member.push(chunk),
            Self::Frames(frames) => frames.push(chunk),
        }
    }

    fn usage(&self) -> Option<Usage> {
        match self {
            Self::Document(member) => Usage::read(Document::new(member.value()?.to_vec())),
            Self::Frames(frames) => frames.usage(),
        }
    }

    /// Whether a count that is not there would have come. A whole answer may have none; every stream ends with one.
    fn is_cut_short(&self) -> bool {
        match self {
            Self::Document(member) => !member.is_over(),
            Self::Frames(_) => true,
        }
    }
}

/// The frames of a stream, of which the last tells: `metadata` of Converse, the last chunk of a model's own.
#[derive(Default)]
struct Frames {
    decoder: Decoder,
    last: Option<Frame>,
}

impl Frames {
    fn push(&mut self, chunk: &Bytes) {
        self.decoder.push(chunk.clone());
        // Who reads the stream finds out what is wrong with it.
        while let Ok(Some(frame)) = self.decoder.next_frame() {
            let has_counts = |event: &str| matches!(event, METADATA | "chunk");
            if frame.string_header(EVENT_TYPE).is_some_and(has_counts) {
                self.last = Some(frame);
            }
        }
    }

    fn usage(&self) -> Option<Usage> {
        let frame = self.last.as_ref()?;
        if frame.string_header(EVENT_TYPE) == Some(METADATA) {
            return match ConverseEvent::read(METADATA, Document::new(frame.shared_payload())).ok()? {
                ConverseEvent::Metadata { usage, .. } => usage,
                _ => None,
            };
        }
        InvokeModelEvent::read(frame).ok()??.metrics()?.usage()
    }
}

const EVENT_TYPE: &str = ":event-type";
const METADATA: &str = "metadata";
