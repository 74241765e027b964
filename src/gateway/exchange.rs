//! What is kept of one request: who asked which model, what it took and how it ended. Log, metrics and quotas are fed
//! from it when its answer has ended, however that was; no prompt and no answer is in it.

use super::access_log::{AccessEntry, Tokens};
use super::dropped;
use super::keys::Holder;
use super::ledger::Place;
use super::models::Model;
use super::refusal::{Refusal, RefusalKind};
use super::route::{Endpoint, Route};
use super::shape::Shape;
use super::span::Span;
use super::state::InForce;
use crate::client::Client;
use crate::protocol::content::{StopReason, Usage};
use crate::protocol::model::arn_region;
use crate::transport::{Body, TransportError};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderName, HeaderValue, Response};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// What OpenAI's clients show of a request that failed.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The same for Anthropic's.
const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// What was asked and is dropped, by its name.
const DROPPED: HeaderName = HeaderName::from_static("x-bedwire-dropped");
/// The status of whose client went away before there was one, as proxies write it.
const CLIENT_GONE: u16 = 499;

/// One request and its answer. It ends when the last one who holds it lets go: a stream holds it to its end, so does one
/// whose client goes away.
pub(super) struct Exchange {
    in_force: Arc<InForce>,
    id: String,
    endpoint: &'static str,
    shape: Shape,
    came: SystemTime,
    started: Instant,
    span: Span,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    holder: Option<Arc<Holder>>,
    place: Option<Place>,
    model: Option<Arc<str>>,
    operation: Option<&'static str>,
    upstream_model: Option<String>,
    region: Option<Arc<str>>,
    reserved: u64,
    tokens: Option<Tokens>,
    /// More was taken than `tokens` has.
    is_cut_short: bool,
    first_token: Option<Duration>,
    stop_reason: Option<StopReason>,
    status: Option<u16>,
    error: Option<&'static str>,
    dropped: Vec<String>,
}

impl Exchange {
    pub(super) fn begin(in_force: &Arc<InForce>, route: &Route) -> Arc<Self> {
        in_force.ledger.metrics.began();
        let endpoint = route.endpoint.as_ref().ok();
        Arc::new(Self {
            in_force: Arc::clone(in_force),
            id: in_force.ledger.request_id(),
            endpoint: endpoint.map_or("none", Endpoint::name),
            shape: route.shape,
            came: SystemTime::now(),
            started: Instant::now(),
            span: Span::begin(endpoint),
            kept: Mutex::default(),
        })
    }

    /// What is only in this request's id.
    pub(super) fn digits(&self) -> &str {
        self.id.strip_prefix("req_").unwrap_or(&self.id)
    }

    /// What is to be done for the request, in its span.
    pub(super) async fn around<T>(&self, work: Pin<&mut impl Future<Output = T>>) -> T {
        self.span.around(work).await
    }

    /// Whoever asks, and the place among those who are served at once, which is given back when this ends.
    pub(super) fn admitted(&self, holder: Option<Arc<Holder>>, place: Option<Place>) {
        let mut kept = self.kept();
        kept.holder = holder;
        kept.place = place;
    }

    /// Whose key it is, also of a request that is refused.
    pub(super) fn is_of(&self, holder: &Arc<Holder>) {
        self.kept().holder = Some(Arc::clone(holder));
    }

    /// Whether this request's key may ask a model by this name.
    pub(super) fn may_ask(&self, name: &str) -> Result<(), Refusal> {
        let kept = self.kept();
        match &kept.holder {
            Some(holder) if !holder.may_ask(name) => {
                let message = format!("the key {:?} may not ask the model {name:?}", holder.key.name);
                Err(Refusal::new(RefusalKind::Forbidden, message).at("model").code("model_not_allowed"))
            }
            _ => Ok(()),
        }
    }

    /// The model that is asked.
    pub(super) fn asks(&self, model: &Model) {
        self.kept().model = Some(Arc::clone(&model.name));
    }

    /// Whether its key may have so many tokens a minute and no more.
    pub(super) fn has_token_limit(&self) -> bool {
        self.kept().holder.as_ref().is_some_and(|holder| holder.key.tokens_per_minute.is_some())
    }

    /// Holds tokens of the key's quota until it is known how many it took: what the answer may have at most.
    pub(super) fn reserves(&self, max_tokens: u64) -> Result<(), Refusal> {
        let mut kept = self.kept();
        let Some(holder) = kept.holder.clone() else { return Ok(()) };
        let Some(per_minute) = holder.key.tokens_per_minute else { return Ok(()) };
        let reserved = holder.allowance.reserve(max_tokens, per_minute);
        reserved.map_err(|wait| too_many(&holder, &format!("{per_minute} tokens a minute"), wait))?;
        kept.reserved = kept.reserved.saturating_add(max_tokens);
        Ok(())
    }

    /// What Bedrock is asked, and where: the operation, and the id, profile or ARN. Of several calls, one after the
    /// other, the last counts.
    pub(super) fn calls(&self, operation: &'static str, client: &Client, model_id: &str) {
        let region = match arn_region(model_id) {
            Some(other) if other != client.region() => other.into(),
            _ => client.shared_region(),
        };
        let mut kept = self.kept();
        kept.operation = Some(operation);
        kept.upstream_model = Some(model_id.to_owned());
        kept.region = Some(region);
    }

    /// The same of what is not of one model.
    pub(super) fn calls_none(&self, operation: &'static str, client: &Client) {
        let mut kept = self.kept();
        kept.operation = Some(operation);
        kept.region = Some(client.shared_region());
    }

    /// Whether what cannot be honoured is dropped, and not refused.
    pub(super) fn drops_unsupported(&self) -> bool {
        self.in_force.options.drop_unsupported
    }

    /// What the model cannot honour and was dropped: for the header `x-bedwire-dropped`.
    pub(super) fn dropped(&self, params: &[String]) {
        if params.is_empty() {
            return;
        }
        let mut kept = self.kept();
        for param in params {
            dropped::name(&mut kept.dropped, param);
        }
    }

    /// The first piece of an answer is on its way.
    pub(super) fn first_token(&self) {
        let elapsed = self.started.elapsed();
        self.kept().first_token.get_or_insert(elapsed);
    }

    /// What it took. Several answers to one request add up.
    pub(super) fn used(&self, usage: &Usage) {
        self.kept().tokens.get_or_insert_default().add(Tokens {
            input: usage.input_tokens(),
            output: usage.output_tokens(),
            cache_read: usage.cache_read_input_tokens(),
            cache_write: usage.cache_write_input_tokens(),
        });
    }

    /// An answer broke off before Bedrock said what all of it took: what is known of it is of its beginning.
    pub(super) fn cut_short(&self) {
        self.kept().is_cut_short = true;
    }

    /// Why the model stopped.
    pub(super) fn stopped(&self, reason: &StopReason) {
        self.kept().stop_reason = Some(reason.clone());
    }

    /// A whole answer was heard.
    pub(super) fn heard(&self, usage: Option<&Usage>, reason: Option<&StopReason>) {
        if let Some(usage) = usage {
            self.used(usage);
        }
        if let Some(reason) = reason {
            self.stopped(reason);
        }
    }

    /// It was refused, or broke in the middle of its stream. Returns what its client is told, with this request's id.
    pub(super) fn refused(&self, refusal: Refusal) -> Refusal {
        self.kept().error = Some(refusal.kind().name());
        refusal.of_request(&self.id)
    }

    /// Whether what is under way ends now, since the gateway stops.
    pub(super) fn is_cut(&self) -> bool {
        self.in_force.ledger.is_cut()
    }

    /// Why an answer ended that nobody heard to its end.
    fn end_unheard(&self) -> &'static str {
        if self.is_cut() { RefusalKind::Shutdown.name() } else { GONE }
    }

    /// The answer's status and headers are known, its body begins.
    pub(super) fn answered(self: &Arc<Self>, answer: &mut Response<Body>) {
        let dropped = {
            let mut kept = self.kept();
            kept.status = Some(answer.status().as_u16());
            std::mem::take(&mut kept.dropped).join(", ")
        };
        if !dropped.is_empty()
            && let Ok(dropped) = HeaderValue::from_str(&dropped)
        {
            answer.headers_mut().insert(DROPPED, dropped);
        }
        if let Ok(id) = HeaderValue::from_str(&self.id) {
            if self.shape == Shape::Anthropic {
                answer.headers_mut().insert(ANTHROPIC_REQUEST_ID, id.clone());
            }
            answer.headers_mut().insert(REQUEST_ID, id);
        }
        if let Body::Stream { length, .. } = answer.body() {
            let length = *length;
            let body = std::mem::replace(answer.body_mut(), Body::empty());
            let watched =
                Watched { body, exchange: Arc::clone(self), left: length, has_ended: length == Some(0) };
            *answer.body_mut() = Body::stream(watched, length);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key has used up what it may.
pub(super) fn too_many(holder: &Holder, limit: &str, wait: Duration) -> Refusal {
    let message = format!(
        "the key {:?} has used its {limit}; there will be room in {:.1} s",
        holder.key.name,
        wait.as_secs_f64()
    );
    Refusal::new(RefusalKind::Throttled, message).code("rate_limit_exceeded").retry_after(wait)
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let kept = std::mem::take(self.kept.get_mut().unwrap_or_else(PoisonError::into_inner));
        let status = kept.status.unwrap_or(CLIENT_GONE);
        settle(&kept, status);
        let entry = AccessEntry {
            time: self.came,
            request_id: &self.id,
            endpoint: self.endpoint,
            status,
            key: kept.holder.as_ref().map(|holder| holder.key.name.as_str()),
            model: kept.model.as_deref(),
            operation: kept.operation,
            upstream_model: kept.upstream_model.as_deref(),
            region: kept.region.as_deref(),
            tokens: kept.tokens,
            first_token: kept.first_token,
            took: self.started.elapsed(),
            stop_reason: kept.stop_reason.as_ref().map(StopReason::as_str),
            error: kept.error.or((status == CLIENT_GONE).then(|| self.end_unheard())),
        };
        self.in_force.ledger.metrics.ended(&entry);
        self.span.end(&entry);
        if let Some(log) = &self.in_force.options.access_log {
            log.ended(&entry);
        }
    }
}

/// The kind of failure of a client that went away.
const GONE: &str = "client_gone";

/// Puts what it took in the place of what was reserved. Who goes away before the count comes, or the last of several,
/// whether Bedrock has begun to answer or not, has taken the reserve: else nobody would stay to the end.
fn settle(kept: &Kept, status: u16) {
    let Some(holder) = &kept.holder else { return };
    let Some(per_minute) = holder.key.tokens_per_minute else { return };
    let left_it_asked = status == CLIENT_GONE && kept.operation.is_some();
    let counted = kept.tokens.map_or(0, Tokens::total);
    let held = kept.reserved.min(per_minute);
    let used = if kept.is_cut_short || left_it_asked { counted.max(held) } else { counted };
    holder.allowance.settle(kept.reserved, used, per_minute);
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// An answer's body, seen to its end.
struct Watched {
    body: Body,
    exchange: Arc<Exchange>,
    /// Bytes to come, where that is known: nobody asks for more then.
    left: Option<u64>,
    has_ended: bool,
}

impl Stream for Watched {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let polled = this.exchange.span.within(|| this.body.poll_chunk(context));
        match &polled {
            Poll::Ready(Some(Ok(chunk))) => {
                let left = self.left.map(|left| left.saturating_sub(chunk.len() as u64));
                self.left = left;
                self.has_ended = left == Some(0);
            }
            Poll::Ready(None) => self.has_ended = true,
            Poll::Ready(Some(Err(_))) => {
                self.has_ended = true;
                self.exchange.kept().error.get_or_insert(RefusalKind::Upstream.name());
            }
            _ => {}
        }
        polled
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.has_ended {
            self.exchange.kept().error.get_or_insert(self.exchange.end_unheard());
        }
    }
}

#[cfg(test)]
mod tests;
