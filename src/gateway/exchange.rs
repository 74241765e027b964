//! What is kept of one request: who asked which model, what it took and how it ended. Log, metrics and quotas are fed
//! from it when its answer has ended, however that was; no prompt and no answer is in it.

use super::models::Model;
use super::refusal::Refusal;
use super::route::Route;
use super::state::InForce;
use crate::protocol::content::{StopReason, Usage};
use crate::transport::Body;
use http::{Request, Response};
use std::sync::Arc;

/// One request and its answer. It ends when the last one who holds it lets go: a stream holds it to its end, so does one
/// whose client goes away.
#[derive(Debug)]
pub(super) struct Exchange {}

impl Exchange {
    pub(super) fn begin(_in_force: &Arc<InForce>, _route: &Route, _request: &Request<Body>) -> Arc<Self> {
        Arc::new(Self {})
    }

    /// The model that is asked.
    pub(super) fn asks(&self, _model: &Model) {}

    /// What Bedrock is asked: the operation, and the id, profile or ARN.
    pub(super) fn calls(&self, _operation: &'static str, _model_id: &str) {}

    /// What the model cannot honour and was left out: for the header `x-bedwire-dropped`.
    pub(super) fn dropped(&self, _params: &[String]) {}

    /// The first piece of an answer is on its way.
    pub(super) fn first_token(&self) {}

    /// What it took.
    pub(super) fn used(&self, _usage: &Usage) {}

    /// Why the model stopped.
    pub(super) fn stopped(&self, _reason: &StopReason) {}

    /// It was refused, or broke in the middle of its stream.
    pub(super) fn refused(&self, _refusal: &Refusal) {}

    /// The answer's status and headers are known, its body begins.
    pub(super) fn answered(self: &Arc<Self>, _answer: &mut Response<Body>) {}
}
