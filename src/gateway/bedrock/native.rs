//! Bedrock's own paths: re-signed, and passed through.

use crate::gateway::asked::Asked;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::transport::Body;
use http::Response;

pub(in crate::gateway) async fn native(_asked: Asked) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "native paths are not served yet"))
}
