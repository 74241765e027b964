//! A job of batch inference: its ARN, and what the service says about it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html>

use crate::protocol::document::Document;
use crate::protocol::operation::Undecodable;
use crate::protocol::operation::job_arn::{JobArn, JobKind};
use crate::protocol::operation::s3::S3Uri;
use serde_json::Value;

/// What the service says about one job of batch inference.
#[derive(Clone, Debug)]
pub struct ModelInvocationJob {
    document: Document,
    fields: Value,
    job_arn: ModelInvocationJobArn,
}

impl ModelInvocationJob {
    /// Reads what the service answered. `operation` names it where it cannot be read.
    pub(super) fn read(operation: &'static str, document: Document) -> Result<Self, Undecodable> {
        let refuse = |problem: String| Undecodable::new(operation, problem);
        let fields = document.json().map_err(|e| refuse(format!("it is no JSON ({e})")))?;
        let arn = fields.get("jobArn").and_then(Value::as_str);
        let arn = arn.ok_or_else(|| refuse("it has no jobArn".to_owned()))?;
        let job_arn = ModelInvocationJobArn::new(arn).map_err(|e| refuse(e.to_string()))?;
        Ok(Self { document, fields, job_arn })
    }

    /// The ARN of the job.
    pub fn job_arn(&self) -> &ModelInvocationJobArn {
        &self.job_arn
    }

    /// How far it is: `Submitted`, `Validating`, `Scheduled`, `InProgress`, `Completed`, `PartiallyCompleted`, `Failed`,
    /// `Stopping`, `Stopped`, `Expired`, or what AWS adds. Empty where the service does not say.
    pub fn status(&self) -> &str {
        self.fields.get("status").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it is over, and has output.
    pub fn has_output(&self) -> bool {
        matches!(self.status(), "Completed" | "PartiallyCompleted" | "Stopped" | "Expired")
    }

    /// Whether it is over, without output.
    pub fn has_failed(&self) -> bool {
        self.status() == "Failed"
    }

    /// Why it failed.
    pub fn message(&self) -> Option<&str> {
        self.fields.get("message")?.as_str()
    }

    /// How many records it has read, where the service says.
    pub fn total_record_count(&self) -> Option<u64> {
        self.fields.get("totalRecordCount")?.as_u64()
    }

    /// How many of them are done, where the service says.
    pub fn processed_record_count(&self) -> Option<u64> {
        self.fields.get("processedRecordCount")?.as_u64()
    }

    /// How many of them failed, where the service says.
    pub fn error_record_count(&self) -> Option<u64> {
        self.fields.get("errorRecordCount")?.as_u64()
    }

    /// The file of results: in a folder named like the job's id, the input's name with `.out` behind it.
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html>
    pub fn output_object(&self) -> Option<S3Uri> {
        let uri = |config: &str, inner: &str| self.fields.get(config)?.get(inner)?.get("s3Uri")?.as_str();
        let input = uri("inputDataConfig", "s3InputDataConfig")?;
        let folder = S3Uri::new(uri("outputDataConfig", "s3OutputDataConfig")?).ok()?;
        let name = input.rsplit('/').next().filter(|name| !name.is_empty())?;
        Some(folder.join(self.job_arn.id()).join(&format!("{name}.out")))
    }

    /// All that the service answered about it, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

/// The ARN of a job: `arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghij12`.
pub type ModelInvocationJobArn = JobArn<ModelInvocation>;

/// The kind of job that batch inference is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelInvocation;

impl JobKind for ModelInvocation {
    const RESOURCE: &'static str = "model-invocation-job";
    const FIELD: &'static str = "jobArn";
    const WHAT: &'static str = "a batch job";
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghij12";

    #[test]
    fn the_output_lies_below_the_jobs_id_under_the_inputs_name() {
        let text = format!(
            r#"{{"jobArn":"{ARN}","status":"Completed",
            "inputDataConfig":{{"s3InputDataConfig":{{"s3Uri":"s3://demo/in/a.jsonl"}}}},
            "outputDataConfig":{{"s3OutputDataConfig":{{"s3Uri":"s3://demo/out/"}}}}}}"#
        );
        let job = ModelInvocationJob::read("GetModelInvocationJob", Document::new(text)).unwrap();
        assert_eq!(job.output_object().unwrap().as_str(), "s3://demo/out/abcdefghij12/a.jsonl.out");
        assert!(job.has_output());
        assert_eq!(job.job_arn().region(), "us-west-2");
    }

    #[test]
    fn what_is_no_arn_of_a_job_is_refused() {
        for bad in ["", "abcdefghij12", "arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12"] {
            assert!(ModelInvocationJobArn::new(bad).is_err(), "{bad}");
        }
    }
}
