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

/// An ARN as it is in a region: its partition and region changed, and the account where it has one.
pub(super) fn moved(arn: &str, region: &str) -> Option<String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, service, _, account, resource] = parts[..] else { return None };
    let account = if account.is_empty() { "" } else { ACCOUNT_ID };
    Some(format!("arn:{}:{service}:{region}:{account}:{resource}", partition(region)))
}

fn partition(region: &str) -> &'static str {
    Partition::of_region(region).id()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_moves_to_another_region_and_its_partition() {
        let profile = "arn:aws:bedrock:us-west-2:111122223333:inference-profile/a:b";
        for (arn, region, moved_to) in [
            (
                profile,
                "us-gov-west-1",
                Some("arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/a:b"),
            ),
            (
                "arn:aws:bedrock:us-west-2::foundation-model/a",
                "cn-north-1",
                Some("arn:aws-cn:bedrock:cn-north-1::foundation-model/a"),
            ),
            ("luma.ray-v2:0", "us-west-2", None),
        ] {
            assert_eq!(moved(arn, region).as_deref(), moved_to, "{arn}");
        }
    }
}
