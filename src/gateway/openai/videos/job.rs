//! A job: its id, which is the only one that it has, and the object that tells how it stands.

use super::settings::Settings;
use crate::error::Error;
use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::operation::bedrock_runtime::{AsyncInvoke, AsyncInvokeStatus, InvocationArn};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// What an id begins with; the job's ARN follows.
const PREFIX: &str = "video_";

pub(super) fn id_of(arn: &InvocationArn) -> String {
    format!("{PREFIX}{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(arn.as_str()))
}

pub(super) fn arn_of(id: &str) -> Result<InvocationArn, Refusal> {
    let arn = id
        .strip_prefix(PREFIX)
        .and_then(|encoded| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(encoded).ok())
        .and_then(|decoded| InvocationArn::new(String::from_utf8(decoded).ok()?).ok());
    arn.ok_or_else(|| absent(format!("there is no video {id:?}")))
}

/// A video that is not there.
pub(super) fn absent(message: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::NotFound, message).at("video_id").code("video_not_found")
}

/// Why Bedrock or S3 did not answer for a job. What they do not find is the job or its bucket, and no model.
pub(super) fn refused(error: Error) -> Refusal {
    let refusal = Refusal::from(error);
    match refusal.kind() {
        RefusalKind::NotFound => refusal.at("video_id").code("video_not_found"),
        _ => refusal,
    }
}

/// A job that has just been started.
pub(super) fn started(arn: &InvocationArn, settings: &Settings) -> Value {
    object(arn, Some(settings), "queued", seconds(Some(SystemTime::now())))
}

/// How a job stands. Bedrock does not tell how far one is.
pub(super) fn video_object(invocation: &AsyncInvoke) -> Value {
    let status = match invocation.status() {
        AsyncInvokeStatus::Completed => "completed",
        AsyncInvokeStatus::Failed => "failed",
        _ => "in_progress",
    };
    let settings = invocation.client_request_token().and_then(Settings::of_token);
    let created_at = seconds(invocation.submit_time());
    let mut object = object(invocation.invocation_arn(), settings.as_ref(), status, created_at);
    if object["model"].is_null() {
        object["model"] = invocation.model_arn().and_then(|arn| arn.rsplit('/').next()).into();
    }
    if invocation.status().is_final() {
        object["completed_at"] = seconds(invocation.end_time()).into();
    }
    if status == "failed" {
        let message = invocation.failure_message().unwrap_or("Bedrock does not say why");
        object["error"] = json!({ "code": "video_generation_failed", "message": message });
    }
    object
}

fn object(arn: &InvocationArn, settings: Option<&Settings>, status: &str, created_at: Option<u64>) -> Value {
    json!({
        "id": id_of(arn),
        "object": "video",
        "model": settings.and_then(|settings| settings.model.as_deref()),
        "status": status,
        "progress": if status == "completed" { 100 } else { 0 },
        "created_at": created_at.unwrap_or_default(),
        "completed_at": null,
        "expires_at": null,
        // OpenAI's are text.
        "seconds": settings.map(|settings| settings.seconds.to_string()),
        "size": settings.map(|settings| settings.size.as_str()),
        "remixed_from_video_id": null,
        "error": null,
    })
}

fn seconds(time: Option<SystemTime>) -> Option<u64> {
    Some(time?.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_an_arn() {
        let arn =
            InvocationArn::new("arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghijkl").unwrap();
        assert_eq!(arn_of(&id_of(&arn)).unwrap().as_str(), arn.as_str());
        for none in ["", "video_", "video_x", "video_YXJu", "../x", "video_%00"] {
            assert!(arn_of(none).is_err(), "{none}");
        }
    }
}
