//! The ARNs of what is here. All is in the account of AWS's documentation.

use crate::fixture::redaction::ACCOUNT_ID;
use crate::protocol::partition::Partition;

/// The ARN of a job: an `async-invoke`, or a `model-invocation-job`.
pub(super) fn job_arn(region: &str, kind: &str, id: &str) -> String {
    format!("arn:{}:bedrock:{region}:{ACCOUNT_ID}:{kind}/{id}", partition(region))
}

/// The ARN of a foundation model.
pub(super) fn model_arn(region: &str, model_id: &str) -> String {
    format!("arn:{}:bedrock:{region}::foundation-model/{model_id}", partition(region))
}

fn partition(region: &str) -> &'static str {
    Partition::of_region(region).id()
}
