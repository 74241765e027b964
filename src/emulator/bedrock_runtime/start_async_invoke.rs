//! StartAsyncInvoke, from the service's side.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html>

use super::async_invocations::{AsyncInvocations, AsyncModel, Order};
use super::member::{Member, malformed};
use super::{luma, nova};
use crate::emulator::arn::model_arn;
use crate::emulator::catalog::UNKNOWN_MODEL;
use crate::emulator::moment::Moment;
use crate::emulator::random::Random;
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::job_patterns::{KMS_KEY, Pattern, TAG};
use http::StatusCode;
use serde_json::Value;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::RangeInclusive;

const MODELS: [(&str, AsyncModel); 3] = [
    ("luma.ray-v2:0", AsyncModel::Luma),
    ("amazon.nova-reel-v1:0", AsyncModel::NovaReel),
    ("amazon.nova-reel-v1:1", AsyncModel::NovaReel),
];

/// Models that the service starts, too.
const NOT_EMULATED: [&str; 3] = [
    "amazon.nova-2-multimodal-embeddings-v1:0",
    "twelvelabs.marengo-embed-2-7-v1:0",
    "twelvelabs.marengo-embed-3-0-v1:0",
];

/// Checks the request and starts a job, or finds the one that its token started before.
pub(in crate::emulator) fn start_async_invoke(
    body: &[u8],
    region: &str,
    jobs: &mut AsyncInvocations,
    now: Moment,
    random: &Random,
) -> Result<Value, Refused> {
    let parameters: Value =
        serde_json::from_slice(body).map_err(|e| malformed(&format!("the body is no JSON ({e})")))?;
    let order = order(&parameters, region)?;
    let arn = jobs.start(order, now, random).map_err(|_| {
        Refused::service(
            StatusCode::BAD_REQUEST,
            "ConflictException",
            "A request with the same clientRequestToken and different parameters was made before.",
        )
    })?;
    Ok(serde_json::json!({ "invocationArn": arn }))
}

fn order(parameters: &Value, region: &str) -> Result<Order, Refused> {
    let request = Member::request(parameters);
    if !parameters.is_object() {
        return Err(malformed("expected type: JSONObject"));
    }
    let model_member = request.required("modelId")?;
    let model_id = model_member.text(1..=256)?;
    if !model_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-/:".contains(&b)) {
        return Err(
            model_member.refuse(r"Member must satisfy regular expression pattern: [a-zA-Z_\.\-/0-9:]+")
        );
    }
    let token = match request.optional("clientRequestToken")? {
        Some(token) => Some(checked_token(&token)?.to_owned()),
        None => None,
    };
    if let Some(tags) = request.optional("tags")? {
        check_tags(&tags)?;
    }
    let (bucket, prefix) = output_location(&request)?;
    let model_input = request.required("modelInput")?;
    model_input.as_model_input().object()?;
    let (model, model_arn) = async_model(model_id, region)?;
    match model {
        AsyncModel::Luma => luma::check(&model_input.as_model_input())?,
        AsyncModel::NovaReel => nova::check(&model_input.as_model_input(), model_id.ends_with("v1:0"))?,
    }
    let fingerprint = fingerprint(parameters);
    Ok(Order { region: region.to_owned(), model, model_arn, token, bucket, prefix, fingerprint })
}

/// The same for the same parameters, in whatever order they stand.
fn fingerprint(parameters: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    parameters.hash(&mut hasher);
    hasher.finish()
}

fn checked_token<'a>(token: &Member<'a>) -> Result<&'a str, Refused> {
    let text = token.text(1..=256)?;
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(text);
    }
    Err(token.refuse("Member must satisfy regular expression pattern: [!-~]*"))
}

fn check_tags(tags: &Member) -> Result<(), Refused> {
    for tag in tags.items(0..=200)? {
        matching(&tag.required("key")?, 1..=128, &TAG)?;
        matching(&tag.required("value")?, 0..=256, &TAG)?;
    }
    Ok(())
}

fn matching(member: &Member, chars: RangeInclusive<usize>, pattern: &Pattern) -> Result<(), Refused> {
    if pattern.matches(member.text(chars)?) {
        return Ok(());
    }
    Err(member.refuse(&format!("Member must satisfy regular expression pattern: {}", pattern.text)))
}

/// Bucket and prefix of `s3://bucket/prefix/`.
fn output_location(request: &Member) -> Result<(String, String), Refused> {
    let config = request.required("outputDataConfig")?.required("s3OutputDataConfig")?;
    if let Some(key) = config.optional("kmsKeyId")? {
        matching(&key, 1..=2048, &KMS_KEY)?;
    }
    if let Some(owner) = config.optional("bucketOwner")?
        && !owner.text(12..=12)?.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(owner.refuse("Member must satisfy regular expression pattern: [0-9]{12}"));
    }
    let uri = config.required("s3Uri")?;
    let location = uri.text(1..=1024)?.strip_prefix("s3://").and_then(|rest| {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        is_bucket(bucket).then(|| (bucket.to_owned(), prefix.trim_end_matches('/').to_owned()))
    });
    location.ok_or_else(|| {
        uri.refuse(
            r"Member must satisfy regular expression pattern: s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?",
        )
    })
}

fn is_bucket(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|b| is_plain(b) || b == b'.' || b == b'-')
        && name.bytes().next().is_some_and(is_plain)
        && name.bytes().last().is_some_and(is_plain)
}

/// The model and its ARN, where it can be invoked asynchronously in this region. Only the model itself can, by its id
/// or its ARN: no inference profile of it.
fn async_model(model_id: &str, region: &str) -> Result<(AsyncModel, String), Refused> {
    let unknown = || Refused::validation(UNKNOWN_MODEL);
    let id = ModelId::new(model_id).map_err(|_| unknown())?;
    if id.arn_region().is_some_and(|named| named != region) {
        return Err(unknown());
    }
    let named = match model_id.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":foundation-model/").ok_or_else(unknown)?.1,
        None => model_id,
    };
    let model = match MODELS.iter().find(|(known, _)| *known == named) {
        Some((_, model)) => *model,
        None if NOT_EMULATED.contains(&named) => {
            return Err(Refused::validation(format!(
                "The emulator does not have {named}. What it starts are videos of {}.",
                MODELS.map(|(known, _)| known).join(", ")
            )));
        }
        None => return Err(unknown()),
    };
    let arn = if named == model_id { model_arn(region, model_id) } else { model_id.to_owned() };
    Ok((model, arn))
}

/// Whether a model is invoked asynchronously only.
pub(super) fn is_async_only(id: &ModelId) -> bool {
    matches!(id.family(), "luma.ray" | "amazon.nova-reel")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::options::{JobDuration, Lateness};
    use std::time::SystemTime;
    use tokio::time::Instant;

    /// The memory of this process in KiB, where the system tells.
    fn memory() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    }

    #[test]
    fn a_job_does_not_keep_the_images_that_it_was_given() {
        let mut jobs = AsyncInvocations::new(JobDuration::Polls(3), None, Lateness::Polls(0));
        let random = Random::new(Some(1));
        let image = "x".repeat(2_000_000);
        let mut before = None;
        for number in 0..40 {
            let body = format!(
                r#"{{"modelId":"luma.ray-v2:0","modelInput":{{"prompt":"a cat"}},"clientRequestToken":"{number}","outputDataConfig":{{"s3OutputDataConfig":{{"s3Uri":"s3://demo/out"}}}},"image":"{image}"}}"#
            );
            let now = Moment { wall: SystemTime::UNIX_EPOCH, instant: Instant::now() };
            start_async_invoke(body.as_bytes(), "us-west-2", &mut jobs, now, &random).unwrap();
            if number == 4 {
                before = memory();
            }
        }
        if let (Some(before), Some(after)) = (before, memory()) {
            assert!(after < before + 35_000, "{before} KiB, then {after} KiB: 35 images have 70,000");
        }
    }
}
