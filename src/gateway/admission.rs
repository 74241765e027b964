//! Who may ask, and how much at once.

use super::exchange::{Exchange, too_many};
use super::keys::Holder;
use super::options::GatewayOptions;
use super::origins::{allowed, not_allowed};
use super::refusal::{Refusal, RefusalKind};
use super::route::{Endpoint, Route};
use super::state::InForce;
use crate::transport::caller;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use std::sync::Arc;
use std::time::Duration;

/// Where Anthropic's clients put the key.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Lets a request in, or says why not. Its place among those that are served at once is held by the exchange, to the
/// end of its answer.
pub(super) fn admit(
    in_force: &Arc<InForce>,
    route: &Route,
    parts: &Parts,
    exchange: &Arc<Exchange>,
) -> Result<(), Refusal> {
    let endpoint = route.endpoint.as_ref().ok();
    // It is answered by who asks, and spends nothing.
    if endpoint == Some(&Endpoint::Preflight) {
        return Ok(());
    }
    if in_force.keys.is_empty() && !matches!(endpoint, Some(Endpoint::Health | Endpoint::Ready)) {
        refuse_strangers(parts, &in_force.options)?;
    }
    if endpoint.is_some_and(Endpoint::is_open) {
        // They have the names of keys and models.
        let is_private = endpoint == Some(&Endpoint::Metrics) && !in_force.keys.is_empty();
        if is_private && may_be_page(parts, &in_force.options) {
            exchange.is_of(&holder(in_force, &parts.headers)?);
        }
        return Ok(());
    }
    let holder = if in_force.keys.is_empty() { None } else { Some(holder(in_force, &parts.headers)?) };
    if let Some(holder) = &holder {
        exchange.is_of(holder);
        refuse_other_models(holder, exchange, endpoint, parts)?;
    }
    let at_most = in_force.options.max_concurrent;
    let place = in_force.ledger.place(at_most).ok_or_else(|| {
        Refusal::new(
            RefusalKind::Throttled,
            format!("{at_most} requests are served already, as many as may be at once"),
        )
        .code("too_many_at_once")
        .retry_after(Duration::from_secs(1))
    })?;
    if let Some(holder) = &holder {
        take_request(holder)?;
    }
    exchange.admitted(holder, Some(place));
    Ok(())
}

/// Whether a request that needs no key could ask a model, too.
pub(super) fn may_ask(in_force: &InForce, parts: &Parts) -> bool {
    if in_force.keys.is_empty() {
        refuse_strangers(parts, &in_force.options).is_ok()
    } else {
        holder(in_force, &parts.headers).is_ok()
    }
}

/// Without keys, whoever reaches the socket spends the owner's money: programs of this machine may, web pages in its
/// browser may not, but for those that he allows.
fn refuse_strangers(parts: &Parts, options: &GatewayOptions) -> Result<(), Refusal> {
    if is_unknown_page(parts, options) {
        return Err(not_allowed(&parts.headers));
    }
    if !options.allow_remote && !caller::asks_loopback(&parts.headers, &parts.uri) {
        let message = "the Host header names no loopback address; reach the gateway as 127.0.0.1 or localhost, give it \
                       keys, or start it with --allow-remote";
        return Err(Refusal::new(RefusalKind::Forbidden, message));
    }
    Ok(())
}

fn is_unknown_page(parts: &Parts, options: &GatewayOptions) -> bool {
    caller::is_web_page(&parts.headers) && allowed(&options.allowed_origins, &parts.headers).is_none()
}

/// Whether a page may be asking that is not known: by what its browser says, or by a name of its own for a socket that
/// programs of this machine alone reach.
fn may_be_page(parts: &Parts, options: &GatewayOptions) -> bool {
    is_unknown_page(parts, options)
        || options.listens_at.is_some_and(|address| address.is_loopback())
            && !caller::asks_loopback(&parts.headers, &parts.uri)
}

fn holder(in_force: &InForce, headers: &HeaderMap) -> Result<Arc<Holder>, Refusal> {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(key)
    });
    let given = bearer.into_iter().chain(headers.get(API_KEY).map(http::HeaderValue::as_bytes));
    let given: Vec<&[u8]> = given.map(<[u8]>::trim_ascii).filter(|key| !key.is_empty()).collect();
    // A client of Anthropic's that was given a token as well sends both.
    given.iter().find_map(|key| in_force.keys.holder_of(key)).ok_or_else(|| {
        let message = if given.is_empty() {
            "there is no key; send one as `Authorization: Bearer …` or as `x-api-key`"
        } else {
            "the key is none of this gateway's"
        };
        Refusal::new(RefusalKind::Unauthenticated, message).code("invalid_api_key")
    })
}

/// A native path has the model in it. The body of a job that is started has it, and is looked at when it is there; who
/// knows the ARN of a job may ask for it, as by its id in OpenAI's shape: so no list may tell either of other models' jobs.
fn refuse_other_models(
    holder: &Holder,
    exchange: &Exchange,
    endpoint: Option<&Endpoint>,
    parts: &Parts,
) -> Result<(), Refusal> {
    if holder.key.models.is_empty() {
        return Ok(());
    }
    match endpoint {
        Some(Endpoint::Videos) => Err(lists_all(holder)),
        Some(Endpoint::Native) => {
            let segments: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
            match (parts.method.as_str(), segments.as_slice()) {
                (_, ["model", model, ..]) => exchange.may_ask(&percent_decode_str(model).decode_utf8_lossy()),
                ("GET", ["async-invoke"] | ["async-invoke", ""]) => Err(lists_all(holder)),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn lists_all(holder: &Holder) -> Refusal {
    let message =
        format!("the key {:?} is for some models only, and a list of jobs has those of all", holder.key.name);
    Refusal::new(RefusalKind::Forbidden, message)
}

fn take_request(holder: &Holder) -> Result<(), Refusal> {
    if let Some(per_minute) = holder.key.tokens_per_minute {
        let left = holder.allowance.has_tokens(per_minute);
        left.map_err(|wait| too_many(holder, &format!("{per_minute} tokens a minute"), wait))?;
    }
    if let Some(per_minute) = holder.key.requests_per_minute {
        let taken = holder.allowance.take_request(per_minute);
        taken.map_err(|wait| too_many(holder, &format!("{per_minute} requests a minute"), wait))?;
    }
    Ok(())
}
