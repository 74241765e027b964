//! An async invocation: its ARN, and what the service says about it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GetAsyncInvoke.html>

use crate::protocol::document::Document;
use crate::protocol::operation::Undecodable;
use crate::protocol::operation::job_arn::{JobArn, JobKind};
use crate::protocol::operation::s3::S3Uri;
use crate::protocol::timestamp;
use serde_json::Value;
use std::fmt;
use std::time::SystemTime;

/// What the service says about one async invocation, as GetAsyncInvoke and ListAsyncInvokes answer it.
#[derive(Clone, Debug)]
pub struct AsyncInvoke {
    document: Document,
    fields: serde_json::Map<String, Value>,
    invocation_arn: InvocationArn,
    status: AsyncInvokeStatus,
    s3_uri: Option<S3Uri>,
}

impl AsyncInvoke {
    /// Reads what the service answered. `operation` names it where it cannot be read.
    pub(super) fn read(operation: &'static str, document: Document) -> Result<Self, Undecodable> {
        let refuse = |problem: &str| Undecodable::new(operation, problem);
        let Ok(Value::Object(fields)) = document.json() else {
            return Err(refuse("an invocation is no JSON object"));
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let invocation_arn = text("invocationArn").ok_or_else(|| refuse("it has no invocationArn"))?;
        let invocation_arn = InvocationArn::new(invocation_arn).map_err(|e| refuse(&e.to_string()))?;
        let status = text("status").map_or(AsyncInvokeStatus::Other(String::new()), AsyncInvokeStatus::named);
        let s3_uri = fields
            .get("outputDataConfig")
            .and_then(|config| config.get("s3OutputDataConfig")?.get("s3Uri")?.as_str())
            .and_then(|uri| S3Uri::new(uri).ok());
        Ok(Self { document, fields, invocation_arn, status, s3_uri })
    }

    /// The ARN of the invocation.
    pub fn invocation_arn(&self) -> &InvocationArn {
        &self.invocation_arn
    }

    /// How far it is.
    pub fn status(&self) -> &AsyncInvokeStatus {
        &self.status
    }

    /// Why it failed.
    pub fn failure_message(&self) -> Option<&str> {
        self.text("failureMessage")
    }

    /// The ARN of the model.
    pub fn model_arn(&self) -> Option<&str> {
        self.text("modelArn")
    }

    /// The token that it was started with: a lost job is found by it.
    pub fn client_request_token(&self) -> Option<&str> {
        self.text("clientRequestToken")
    }

    /// The folder of the output. It ends with the invocation's id already; a video lies in it as `output.mp4`.
    pub fn s3_uri(&self) -> Option<&S3Uri> {
        self.s3_uri.as_ref()
    }

    /// When it was started.
    pub fn submit_time(&self) -> Option<SystemTime> {
        timestamp::parse_iso_8601(self.submit_time_text()?)
    }

    /// When it was started, as the service wrote it: `2026-01-02T03:04:05Z`.
    pub fn submit_time_text(&self) -> Option<&str> {
        self.text("submitTime")
    }

    /// When it last changed.
    pub fn last_modified_time(&self) -> Option<SystemTime> {
        timestamp::parse_iso_8601(self.last_modified_time_text()?)
    }

    /// When it last changed, as the service wrote it.
    pub fn last_modified_time_text(&self) -> Option<&str> {
        self.text("lastModifiedTime")
    }

    /// When it ended.
    pub fn end_time(&self) -> Option<SystemTime> {
        timestamp::parse_iso_8601(self.end_time_text()?)
    }

    /// When it ended, as the service wrote it.
    pub fn end_time_text(&self) -> Option<&str> {
        self.text("endTime")
    }

    /// All that the service answered about it, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }
}

/// How far an async invocation is. There is no way to cancel one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AsyncInvokeStatus {
    /// It is waiting or running.
    InProgress,
    /// It is done. The output may appear a moment later.
    Completed,
    /// It is over, without output.
    Failed,
    /// A status that this version does not know; empty where a summary has none.
    Other(String),
}

impl AsyncInvokeStatus {
    /// The status of a name.
    pub fn named(name: &str) -> Self {
        match name {
            "InProgress" => Self::InProgress,
            "Completed" => Self::Completed,
            "Failed" => Self::Failed,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The name, as AWS writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Other(name) => name,
        }
    }

    /// Whether it will not change any more. A status that nobody knows may.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

impl fmt::Display for AsyncInvokeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The ARN of an async invocation: `arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12`.
pub type InvocationArn = JobArn<AsyncInvocation>;

/// The kind of job that an async invocation is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AsyncInvocation;

impl JobKind for AsyncInvocation {
    const RESOURCE: &'static str = "async-invoke";
    const FIELD: &'static str = "invocationArn";
    const WHAT: &'static str = "an async invocation";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_a_region_and_an_id() {
        for partition in ["aws", "aws-us-gov", "aws-cn"] {
            let arn = format!("arn:{partition}:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12");
            let arn = InvocationArn::new(arn).unwrap();
            assert_eq!((arn.region(), arn.id()), ("us-west-2", "abcdefghij12"));
        }
    }

    #[test]
    fn what_is_no_arn_of_an_invocation_is_refused() {
        for bad in [
            "",
            "abcdefghij12",
            "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij1",
            "arn:aws:bedrock:us-west-2:123456789012:async-invoke/ABCDEFGHIJ12",
            "arn:aws:bedrock:us-west-2:12345678901:async-invoke/abcdefghij12",
            "arn:aws:bedrock::123456789012:async-invoke/abcdefghij12",
            "arn:aws-:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12",
            "arn:awsx:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12",
            "arn:aws:s3:us-west-2:123456789012:async-invoke/abcdefghij12",
            "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12:x",
        ] {
            assert!(InvocationArn::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_status_that_is_new_is_kept_and_is_not_the_end() {
        let text = r#"{"invocationArn":"arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12",
            "status":"Queued","new":1.50}"#;
        let job = AsyncInvoke::read("GetAsyncInvoke", Document::new(text)).unwrap();
        assert_eq!(job.status(), &AsyncInvokeStatus::Other("Queued".into()));
        assert!(!job.status().is_final());
        assert_eq!(job.document().text(), text);
    }
}
