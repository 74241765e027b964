//! `/v1/videos`

use crate::gateway::asked::Asked;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::transport::Body;
use http::Response;

pub(in crate::gateway) async fn create_video(_asked: Asked) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}

pub(in crate::gateway) async fn videos(_asked: Asked) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}

pub(in crate::gateway) async fn video(_asked: Asked, _id: &str) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}

pub(in crate::gateway) async fn video_content(_asked: Asked, _id: &str) -> Result<Response<Body>, Refusal> {
    Err(Refusal::new(RefusalKind::Internal, "this is not served yet"))
}
