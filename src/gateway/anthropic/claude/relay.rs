//! A stream on its way: events as they come, a ping while the model thinks, an error event where the stream breaks.

use super::chunks::Chunks;
use crate::client::EventStream;
use crate::gateway::admission::Permit;
use crate::gateway::anthropic::events::{PING, push_failure};
use crate::gateway::asked::Asked;
use crate::gateway::exchange::Exchange;
use crate::gateway::refusal::Refusal;
use crate::protocol::content::Usage;
use crate::protocol::operation::bedrock_runtime::InvokeModelWithResponseStream;
use crate::transport::Body;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// One stream. Dropping it closes the connection to Bedrock.
struct Relay {
    events: EventStream<InvokeModelWithResponseStream>,
    chunks: Chunks,
    exchange: Arc<Exchange>,
    heartbeat: Duration,
    /// What it took, as far as it is known.
    usage: Option<Usage>,
    has_begun: bool,
    /// The last event is out.
    is_whole: bool,
    is_over: bool,
    #[allow(dead_code)] // it is its drop that counts
    permit: Permit,
}

/// The body that relays a stream. Of the request it keeps what must outlive it, and lets the rest go.
pub(super) fn relay(events: EventStream<InvokeModelWithResponseStream>, model: &str, asked: Asked) -> Body {
    let heartbeat = asked.in_force.options.heartbeat;
    let Asked { exchange, permit, .. } = asked;
    let relay = Relay {
        events,
        chunks: Chunks::new(model),
        exchange,
        heartbeat,
        usage: None,
        has_begun: false,
        is_whole: false,
        is_over: false,
        permit,
    };
    let pieces = futures_util::stream::unfold(relay, |mut relay| async move {
        let piece = relay.next().await?;
        Some((Ok(piece), relay))
    });
    Body::stream(pieces, None)
}

impl Relay {
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            match tokio::time::timeout(self.heartbeat, self.events.next()).await {
                // After the last event a ping would only be in the way.
                Err(_) if self.is_whole => {}
                Err(_) => return Some(Bytes::from_static(PING.as_bytes())),
                Ok(None) => self.is_over = true,
                Ok(Some(Ok(event))) => {
                    let Some(chunk) = event.chunk() else { continue };
                    let mut out = String::with_capacity(chunk.bytes().len() + 64);
                    let said = self.chunks.push(chunk, &mut out);
                    if said.is_piece && !std::mem::replace(&mut self.has_begun, true) {
                        self.exchange.first_token();
                    }
                    self.usage = said.usage.or(self.usage.take());
                    if let Some(reason) = &said.stop_reason {
                        self.exchange.stopped(reason);
                    }
                    self.is_whole |= said.is_last;
                    if !out.is_empty() {
                        return Some(out.into());
                    }
                }
                Ok(Some(Err(error))) => {
                    self.is_over = true;
                    if !self.is_whole {
                        return Some(self.failure(&error.into()));
                    }
                }
            }
        }
        None
    }

    fn failure(&self, refusal: &Refusal) -> Bytes {
        self.exchange.refused(refusal);
        let mut out = String::new();
        push_failure(&mut out, refusal);
        out.into()
    }
}

impl Drop for Relay {
    /// Also where the client went away: what was written until then counts.
    fn drop(&mut self) {
        if let Some(usage) = &self.usage {
            self.exchange.used(usage);
        }
    }
}
