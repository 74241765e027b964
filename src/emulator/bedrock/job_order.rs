//! What CreateModelInvocationJob is asked for, checked by the service's model.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html>

use crate::emulator::bedrock_runtime::InferenceOperation;
use crate::emulator::query::invalid;
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use crate::protocol::operation::s3::S3Uri;
use serde_json::Value;

const MAX_NAME: usize = 63;
const HOURS: std::ops::RangeInclusive<i64> = 24..=168;

/// What was asked for, once it is checked.
pub(super) struct Order {
    /// The whole body: what "the same parameters" means.
    pub(super) parameters: Value,
    pub(super) model_id: String,
    pub(super) operation: InferenceOperation,
    pub(super) input: S3Uri,
    pub(super) output: S3Uri,
}

impl Order {
    /// Reads a body. `knows` says whether there is such a model.
    pub(super) fn read(body: &[u8], knows: &dyn Fn(&ModelId) -> bool) -> Result<Self, Refused> {
        let parameters: Value = serde_json::from_slice(body)
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| Refused::validation("The request body is no JSON object."))?;
        let text = |pointer: &str, name: &str| {
            let value = parameters.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
            value.map(str::to_owned).ok_or_else(|| invalid(name, "null", "Member must not be null"))
        };
        check_name(&text("/jobName", "jobName")?)?;
        let role = text("/roleArn", "roleArn")?;
        if !role.contains(":role/") {
            let pattern =
                "Member must satisfy regular expression pattern: arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+";
            return Err(invalid("roleArn", &role, pattern));
        }
        check_hours(&parameters["timeoutDurationInHours"])?;
        let model_id = text("/modelId", "modelId")?;
        if !ModelId::new(&*model_id).is_ok_and(|model| knows(&model)) {
            return Err(Refused::validation("The provided model identifier is invalid."));
        }
        let uri = |pointer: &str, name: &str| {
            let text = text(pointer, name)?;
            S3Uri::new(&*text).map_err(|_| invalid(name, &text, "Member must be an S3 URI"))
        };
        let input =
            uri("/inputDataConfig/s3InputDataConfig/s3Uri", "inputDataConfig.s3InputDataConfig.s3Uri")?;
        let output =
            uri("/outputDataConfig/s3OutputDataConfig/s3Uri", "outputDataConfig.s3OutputDataConfig.s3Uri")?;
        let operation = match parameters.get("modelInvocationType").and_then(Value::as_str) {
            None | Some("InvokeModel") => InferenceOperation::InvokeModel,
            Some("Converse") => InferenceOperation::Converse,
            Some(other) => {
                let set = "Member must satisfy enum value set: [InvokeModel, Converse]";
                return Err(invalid("modelInvocationType", other, set));
            }
        };
        Ok(Self { parameters, model_id, operation, input, output })
    }
}

fn check_name(name: &str) -> Result<(), Refused> {
    if name.len() > MAX_NAME {
        return Err(invalid("jobName", name, "Member must have length less than or equal to 63"));
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_plain) {
        return Ok(());
    }
    let pattern =
        r"Member must satisfy regular expression pattern: [a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}";
    Err(invalid("jobName", name, pattern))
}

fn check_hours(hours: &Value) -> Result<(), Refused> {
    if hours.is_null() || hours.as_i64().is_some_and(|hours| HOURS.contains(&hours)) {
        return Ok(());
    }
    let bound = match hours.as_i64() {
        Some(few) if few < *HOURS.start() => "greater than or equal to 24",
        _ => "less than or equal to 168",
    };
    Err(invalid("timeoutDurationInHours", &hours.to_string(), &format!("Member must have value {bound}")))
}
