//! Who may ask, and how much at once.

use super::exchange::Exchange;
use super::refusal::Refusal;
use super::route::Route;
use super::state::InForce;
use http::request::Parts;
use std::sync::Arc;

/// A place among the requests that are served at once; it is given back when the answer has ended.
#[derive(Debug)]
pub(super) struct Permit;

/// Lets a request in, or says why not.
pub(super) fn admit(
    _in_force: &Arc<InForce>,
    _route: &Route,
    _parts: &Parts,
    _exchange: &Arc<Exchange>,
) -> Result<Permit, Refusal> {
    Ok(Permit)
}
