//! The ARN of a job of Bedrock's, whichever kind: async invocations and batch jobs differ in one word.

/// Whether it is `arn:PARTITION:bedrock:REGION:ACCOUNT:KIND/ID`, with an account of 12 digits and an id of 12 small
/// letters and digits.
pub(super) fn is_job_arn(arn: &str, kind: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "bedrock", region, account, resource] = parts.as_slice() else {
        return false;
    };
    let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let partition_fits =
        *partition == "aws" || partition.strip_prefix("aws-").is_some_and(|rest| !rest.is_empty());
    let region_fits = (1..=20).contains(&region.len()) && region.bytes().all(|b| lower(b) || b == b'-');
    let account_fits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let id = resource.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/'));
    partition_fits
        && region_fits
        && account_fits
        && id.is_some_and(|id| id.len() == 12 && id.bytes().all(lower))
}
