//! `POST /v1/messages/count_tokens`

use crate::gateway::asked::Asked;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::transport::Body;
use http::Response;

pub(in crate::gateway) async fn count_tokens(_asked: Asked) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}
