//! `GET /v1/models`, in the shape of OpenAI or of Anthropic

use crate::gateway::asked::Asked;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::transport::Body;
use http::Response;

pub(in crate::gateway) fn models(_asked: &Asked) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}

pub(in crate::gateway) fn model(_asked: &Asked, _name: &str) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}
