//! An answer that is looked at while it streams: every chunk goes on at once, and its frames are timed.

use super::exchanges::Exchanges;
use crate::fixture::events;
use crate::protocol::eventstream::Decoder;
use crate::transport::{Body, BodyStream, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The same body, whose chunks and frames are written down as they pass.
pub(super) fn watched(body: Body, headers: &HeaderMap, mut watch: Watch) -> Body {
    watch.decoder = events::is_stream(headers).then(Decoder::new);
    match body {
        Body::Whole(bytes) => {
            watch.received(&bytes);
            watch.ended(None);
            Body::Whole(bytes)
        }
        Body::Stream { stream, length } => {
            // Nobody asks for a chunk of a body that is known to have none.
            if length == Some(0) {
                watch.ended(None);
            }
            let watched = Watched { stream, watch, left: length };
            Body::Stream { stream: Box::pin(watched), length }
        }
    }
}

/// Watches over one exchange: it has an end, and be it that its client goes away, before the answer begins or after.
pub(super) struct Watch {
    exchanges: Arc<Exchanges>,
    id: u64,
    decoder: Option<Decoder>,
    is_over: bool,
}

impl Watch {
    pub(super) fn begin(exchanges: Arc<Exchanges>, id: u64) -> Self {
        Self { exchanges, id, decoder: None, is_over: false }
    }

    fn received(&mut self, chunk: &Bytes) {
        let decoder = &mut self.decoder;
        self.exchanges.update(self.id, |exchange| {
            exchange.received(chunk, decoder.is_none());
            let Some(reading) = decoder else { return };
            reading.push(chunk.clone());
            loop {
                match reading.next_frame() {
                    Ok(Some(frame)) => exchange.frame(&frame),
                    Ok(None) => return,
                    Err(damage) => {
                        exchange.damaged(damage.to_string());
                        *decoder = None;
                        return;
                    }
                }
            }
        });
    }

    fn ended(&mut self, cut: Option<String>) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let inside_a_frame = match (&cut, &mut self.decoder) {
            (None, Some(decoder)) => decoder.finish().err().map(|damage| damage.to_string()),
            _ => None,
        };
        self.exchanges.update(self.id, |exchange| {
            if let Some(damage) = inside_a_frame {
                exchange.damaged(damage);
            }
            exchange.ended(cut);
        });
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended(Some("the client went away before the end".to_owned()));
    }
}

struct Watched {
    stream: BodyStream,
    watch: Watch,
    /// What is yet to come, where it is known: a reader that knows the length does not ask for the end.
    left: Option<u64>,
}

impl Stream for Watched {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.stream.as_mut().poll_next(context);
        match &next {
            Poll::Ready(Some(Ok(chunk))) => {
                self.watch.received(chunk);
                self.left = self.left.map(|left| left.saturating_sub(chunk.len() as u64));
                if self.left == Some(0) {
                    self.watch.ended(None);
                }
            }
            Poll::Ready(Some(Err(error))) => self.watch.ended(Some(error.to_string())),
            Poll::Ready(None) => self.watch.ended(None),
            Poll::Pending => {}
        }
        next
    }
}
