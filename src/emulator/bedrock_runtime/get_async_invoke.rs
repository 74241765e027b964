//! GetAsyncInvoke, from the service's side.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GetAsyncInvoke.html>

use super::async_invocations::AsyncInvocations;
use crate::emulator::moment::Moment;
use crate::emulator::refused::Refused;
use http::StatusCode;
use serde_json::Value;

/// The job of an ARN, after one poll of it.
pub(in crate::emulator) fn get_async_invoke(
    arn: &str,
    region: &str,
    jobs: &mut AsyncInvocations,
    now: Moment,
) -> Result<Value, Refused> {
    let id = invocation_id(arn, region)?;
    match jobs.poll(region, id, now) {
        Some(job) => Ok(job.document()),
        None => Err(Refused::service(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            format!("The async invocation {arn} does not exist."),
        )),
    }
}

/// `arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghij12` → `abcdefghij12`
fn invocation_id<'a>(arn: &'a str, region: &str) -> Result<&'a str, Refused> {
    let malformed = || {
        Refused::validation(
            "1 validation error detected: Value at 'invocationArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:async-invoke/[a-z0-9]{12}",
        )
    };
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", partition, "bedrock", named_region, account, resource] = parts[..] else {
        return Err(malformed());
    };
    let id = resource.strip_prefix("async-invoke/").ok_or_else(malformed)?;
    let is_well_formed = (partition == "aws" || partition.starts_with("aws-"))
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && id.len() == 12
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !is_well_formed {
        return Err(malformed());
    }
    if named_region != region {
        return Err(Refused::validation(format!(
            "The invocationArn is of the region {named_region}, this endpoint is in {region}."
        )));
    }
    Ok(id)
}
