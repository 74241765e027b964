//! CreateModelInvocationJob: hands a file of records on S3 to Bedrock's batch inference.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html>

use super::model_invocation_job::ModelInvocationJobArn;
use super::model_invocation_type::ModelInvocationType;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::s3::S3Uri;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};

const MAX_NAME_CHARS: usize = 63;
const MAX_ROLE_CHARS: usize = 2048;
const HOURS: std::ops::RangeInclusive<u32> = 24..=168;

/// Starts a job. It always carries a token that is made of all the rest, so that the retry of a lost answer, or the
/// same command once more, finds the job instead of starting a second one. A job by another name is another job.
#[derive(Clone, Debug)]
pub struct CreateModelInvocationJob {
    job_name: String,
    role_arn: String,
    model_id: ModelId,
    invocation_type: ModelInvocationType,
    input: S3Uri,
    output: S3Uri,
    timeout_hours: Option<u32>,
}

impl CreateModelInvocationJob {
    /// `job_name` has 1 to 63 letters, digits and `+ - .`, and begins with a letter or digit; `role_arn` is the IAM role
    /// that lets Bedrock read `input`, a JSONL file of `{"recordId","modelInput"}`, and write below `output`.
    pub fn new(
        job_name: impl Into<String>,
        role_arn: impl Into<String>,
        model_id: ModelId,
        invocation_type: ModelInvocationType,
        input: S3Uri,
        output: S3Uri,
    ) -> Result<Self, InvalidInput> {
        let (job_name, role_arn) = (job_name.into(), role_arn.into());
        check_name(&job_name)?;
        check_role(&role_arn)?;
        Ok(Self { job_name, role_arn, model_id, invocation_type, input, output, timeout_hours: None })
    }

    /// Gives the job up after so many hours: 24 to 168.
    pub fn timeout_duration_in_hours(mut self, hours: u32) -> Result<Self, InvalidInput> {
        if !HOURS.contains(&hours) {
            return Err(InvalidInput::new(
                "timeoutDurationInHours",
                format!("is {hours}; give {} to {}", HOURS.start(), HOURS.end()),
            ));
        }
        self.timeout_hours = Some(hours);
        Ok(self)
    }

    fn body(&self, token: Option<&str>) -> Bytes {
        let mut body = ObjectWriter::default();
        if let Some(token) = token {
            body.string("clientRequestToken", token);
        }
        body.string("jobName", &self.job_name)
            .string("roleArn", &self.role_arn)
            .string("modelId", self.model_id.as_str())
            .string("modelInvocationType", self.invocation_type.as_str());
        body.object("inputDataConfig")
            .object("s3InputDataConfig")
            .string("s3InputFormat", "JSONL")
            .string("s3Uri", self.input.as_str());
        body.object("outputDataConfig").object("s3OutputDataConfig").string("s3Uri", self.output.as_str());
        if let Some(hours) = self.timeout_hours {
            body.value("timeoutDurationInHours", &Value::from(hours));
        }
        body.finish()
    }
}

impl Operation for CreateModelInvocationJob {
    type Output = CreateModelInvocationJobOutput;

    fn name(&self) -> &'static str {
        "CreateModelInvocationJob"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn region(&self) -> Option<&str> {
        self.model_id.arn_region()
    }

    fn model_id(&self) -> Option<&ModelId> {
        Some(&self.model_id)
    }

    fn with_model_id(&self, model_id: ModelId) -> Option<Self> {
        Some(Self { model_id, ..self.clone() })
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let token = format!("bedwire-{}", hex::encode(Sha256::digest(self.body(None))));
        let headers = [("content-type", "application/json")];
        request_to(endpoint, Method::POST, "/model-invocation-job", &headers, self.body(Some(&token)))
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<CreateModelInvocationJobOutput, Undecodable> {
        let document = Document::new(response.into_body());
        let refuse = |problem: String| Undecodable::new(self.name(), problem);
        let answer = document.json().map_err(|e| refuse(format!("it is no JSON ({e})")))?;
        let arn = answer.get("jobArn").and_then(Value::as_str);
        let arn = arn.ok_or_else(|| refuse("it has no jobArn".to_owned()))?;
        let job_arn = ModelInvocationJobArn::new(arn).map_err(|e| refuse(e.to_string()))?;
        Ok(CreateModelInvocationJobOutput { job_arn, document })
    }
}

/// The job that was started, or that the token found.
#[derive(Clone, Debug)]
pub struct CreateModelInvocationJobOutput {
    job_arn: ModelInvocationJobArn,
    document: Document,
}

impl CreateModelInvocationJobOutput {
    /// The ARN of the job.
    pub fn job_arn(&self) -> &ModelInvocationJobArn {
        &self.job_arn
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

fn check_name(name: &str) -> Result<(), InvalidInput> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
    let begins = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if begins && name.len() <= MAX_NAME_CHARS && name.bytes().all(fits) && !name.ends_with('-') {
        return Ok(());
    }
    Err(InvalidInput::new(
        "jobName",
        format!(
            "{name:?} is no name of a job; give 1 to {MAX_NAME_CHARS} letters, digits and the characters + - ., with a letter or digit first and no - last"
        ),
    ))
}

fn check_role(arn: &str) -> Result<(), InvalidInput> {
    let is_role = arn.starts_with("arn:aws") && arn.contains(":iam::") && arn.contains(":role/");
    if is_role && arn.len() <= MAX_ROLE_CHARS {
        return Ok(());
    }
    Err(InvalidInput::new(
        "roleArn",
        format!("{arn:?} is no ARN of a role; give one such as arn:aws:iam::123456789012:role/batch"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::EndpointOptions;

    fn create(name: &str, role: &str) -> Result<CreateModelInvocationJob, InvalidInput> {
        CreateModelInvocationJob::new(
            name,
            role,
            ModelId::new("amazon.nova-lite-v1:0")?,
            ModelInvocationType::Converse,
            S3Uri::new("s3://demo/in.jsonl")?,
            S3Uri::new("s3://demo/out/")?,
        )
    }

    #[test]
    fn the_token_is_the_contents() {
        let endpoint = Endpoint::resolve(Service::Bedrock, "us-west-2", &EndpointOptions::default()).unwrap();
        let body = |name: &str| {
            let request = create(name, "arn:aws:iam::123456789012:role/batch").unwrap();
            let request = request.request(&endpoint).unwrap();
            assert_eq!(request.uri(), "https://bedrock.us-west-2.amazonaws.com/model-invocation-job");
            serde_json::from_slice::<Value>(request.body()).unwrap()
        };
        let first = body("a");
        assert_eq!(first, body("a"));
        assert_ne!(first["clientRequestToken"], body("b")["clientRequestToken"]);
        assert_eq!(first["modelInvocationType"], "Converse");
        assert_eq!(first["inputDataConfig"]["s3InputDataConfig"]["s3Uri"], "s3://demo/in.jsonl");
    }

    #[test]
    fn names_and_roles_are_checked() {
        let role = "arn:aws:iam::123456789012:role/batch";
        for bad in ["", "-a", "a b", "a-", &"x".repeat(64)] {
            assert_eq!(create(bad, role).unwrap_err().field(), "jobName", "{bad}");
        }
        assert_eq!(create("a", "batch").unwrap_err().field(), "roleArn");
        assert!(create("a", role).unwrap().timeout_duration_in_hours(12).is_err());
    }
}
