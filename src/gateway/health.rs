//! What those ask who run a gateway: whether it is there, whether it can answer, and what it has done.

use super::refusal::{Refusal, RefusalKind};
use super::response;
use super::state::InForce;
use crate::protocol::endpoint::Service;
use crate::transport::Body;
use http::Response;

const NOT_READY: &str = "there are no credentials; the log says why, and so does this path to who has a key";

pub(super) fn live() -> Response<Body> {
    response::text("text/plain; charset=utf-8", "ok\n")
}

/// Whether there are credentials: without them no call can be made. What was found is kept for some seconds, so that
/// nobody who asks often asks AWS. Why there are none is told to who may ask, and to the log.
pub(super) async fn ready(in_force: &InForce, may_ask: bool) -> Result<Response<Body>, Refusal> {
    let result = if let Some(known) = in_force.ledger.readiness() {
        known
    } else {
        let found = in_force.client.signs_with(&Service::BedrockRuntime).await;
        let found = found.map(drop).map_err(|e| Refusal::new(RefusalKind::Unavailable, e.to_string()));
        let is_news = in_force.ledger.keep_readiness(&found);
        if let (true, Err(refusal), Some(log)) = (is_news, &found, &in_force.options.access_log) {
            log.not_ready(refusal.message());
        }
        found
    };
    let told = |refusal| if may_ask { refusal } else { Refusal::new(RefusalKind::Unavailable, NOT_READY) };
    result.map(|()| response::text("text/plain; charset=utf-8", "ready\n")).map_err(told)
}

pub(super) fn metrics(in_force: &InForce) -> Response<Body> {
    response::text("text/plain; version=0.0.4; charset=utf-8", in_force.ledger.metrics.text())
}
