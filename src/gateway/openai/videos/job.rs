//! A job: its id, which carries what a client wants to know, and the object that tells how it stands.

use crate::gateway::refusal::{Refusal, RefusalKind};
use crate::protocol::operation::bedrock_runtime::{AsyncInvoke, AsyncInvokeStatus, InvocationArn};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// What an id begins with.
const PREFIX: &str = "video_";

/// A job, as far as its id tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) arn: String,
    /// As the client named it.
    pub(super) model: Option<String>,
    pub(super) seconds: Option<String>,
    pub(super) size: Option<String>,
}

impl Job {
    /// What a job's id says; the ARN alone for jobs that were started elsewhere.
    pub(super) fn read(id: &str) -> Result<Self, Refusal> {
        let unknown = || {
            Refusal::new(RefusalKind::NotFound, format!("there is no video {id:?}"))
                .at("video_id")
                .code("video_not_found")
        };
        let encoded = id.strip_prefix(PREFIX).ok_or_else(unknown)?;
        let decoded = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(encoded).map_err(|_| unknown())?;
        let text = String::from_utf8(decoded).map_err(|_| unknown())?;
        let mut parts = text.split('\n').map(|part| Some(part.to_owned()).filter(|part| !part.is_empty()));
        let arn = parts.next().flatten().ok_or_else(unknown)?;
        InvocationArn::new(arn.as_str()).map_err(|_| unknown())?;
        let mut next = || parts.next().flatten();
        Ok(Self { arn, model: next(), seconds: next(), size: next() })
    }

    pub(super) fn id(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let text = [self.arn.clone(), part(&self.model), part(&self.seconds), part(&self.size)].join("\n");
        format!("{PREFIX}{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(text.trim_end_matches('\n')))
    }

    pub(super) fn object(&self, status: &str, created_at: u64) -> Value {
        json!({
            "id": self.id(),
            "object": "video",
            "model": self.model,
            "status": status,
            "progress": if status == "completed" { 100 } else { 0 },
            "created_at": created_at,
            "completed_at": null,
            "expires_at": null,
            "seconds": self.seconds,
            "size": self.size,
            "remixed_from_video_id": null,
            "error": null,
        })
    }
}

/// How a job stands. Bedrock does not tell how far one is.
pub(super) fn video_object(job: &Job, invocation: &AsyncInvoke) -> Value {
    let status = match invocation.status() {
        AsyncInvokeStatus::Completed => "completed",
        AsyncInvokeStatus::Failed => "failed",
        _ => "in_progress",
    };
    let mut object = job.object(status, seconds(invocation.submit_time()).unwrap_or_default());
    if job.model.is_none() {
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

fn seconds(time: Option<SystemTime>) -> Option<u64> {
    Some(time?.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghijkl";

    #[test]
    fn an_id_says_what_was_asked_for() {
        let whole = Job {
            arn: ARN.to_owned(),
            model: Some("ray".to_owned()),
            seconds: Some("9".to_owned()),
            size: None,
        };
        let bare = Job { arn: ARN.to_owned(), model: None, seconds: None, size: None };
        for job in [whole, bare] {
            assert_eq!(Job::read(&job.id()).ok(), Some(job));
        }
        for none in ["", "video_", "video_x", "video_YXJu", "../x", "video_%00"] {
            assert!(Job::read(none).is_err(), "{none}");
        }
    }
}
