//! StartAsyncInvoke: a job whose output goes to S3.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html>

use super::async_invoke::InvocationArn;
use super::client_request_token::ClientRequestToken;
use super::job_patterns::{KMS_KEY, TAG, check_length, is_in_tags};
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::s3::S3Uri;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use crate::protocol::timestamp;
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use std::time::SystemTime;

/// The longest model id here; InvokeModel takes longer ones.
const MAX_MODEL_ID_CHARS: usize = 256;
const MAX_TAGS: usize = 200;
const MAX_TAG_KEY_CHARS: usize = 128;
const MAX_TAG_VALUE_CHARS: usize = 256;
const MAX_KMS_KEY_CHARS: usize = 2048;
/// Room for what stands beside the model's input.
const REST: usize = 1024;

/// Starts a job. It cannot be cancelled, and it is billed: so it always carries a [`ClientRequestToken`], the same
/// on every attempt, and the retry of a lost answer finds the first job instead of starting a second one. The same
/// token with other parameters is refused with a ConflictException.
#[derive(Clone, Debug)]
pub struct StartAsyncInvoke {
    model_id: ModelId,
    model_input: Document,
    output: S3Output,
    tags: Vec<(String, String)>,
    client_request_token: ClientRequestToken,
}

#[derive(Clone, Debug)]
struct S3Output {
    s3_uri: S3Uri,
    kms_key_id: Option<String>,
    bucket_owner: Option<String>,
}

impl StartAsyncInvoke {
    /// `model_input` goes out byte for byte; it is only checked to be a JSON object. The output is put in a folder
    /// below `s3_uri` that is named like the job's id. The model id has at most 256 characters.
    pub fn new(
        model_id: ModelId,
        model_input: impl Into<Document>,
        s3_uri: S3Uri,
        client_request_token: ClientRequestToken,
    ) -> Result<Self, InvalidInput> {
        check_model_id(&model_id)?;
        Ok(Self {
            model_id,
            model_input: Document::object("modelInput", model_input)?,
            output: S3Output { s3_uri, kms_key_id: None, bucket_owner: None },
            tags: Vec::new(),
            client_request_token,
        })
    }

    /// Takes another token. One that is made of the content ([`ClientRequestToken::of_content`]) comes last, after
    /// all that it is made of.
    #[must_use]
    pub fn client_request_token(mut self, token: ClientRequestToken) -> Self {
        self.client_request_token = token;
        self
    }

    /// Adds a tag: at most 200, keys of 1 to 128 and values of 0 to 256 characters, which are letters, digits, white
    /// space and `_.:/=+@-`.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Result<Self, InvalidInput> {
        let (key, value) = (key.into(), value.into());
        let place = self.tags.len();
        if place == MAX_TAGS {
            return Err(InvalidInput::new("tags", format!("are more than {MAX_TAGS}, the most of a job")));
        }
        check_tag(&format!("tags[{place}].key"), &key, 1, MAX_TAG_KEY_CHARS)?;
        check_tag(&format!("tags[{place}].value"), &value, 0, MAX_TAG_VALUE_CHARS)?;
        self.tags.push((key, value));
        Ok(self)
    }

    /// Encrypts the output with a KMS key, given as the ARN of the key or of an alias.
    pub fn kms_key_id(mut self, arn: impl Into<String>) -> Result<Self, InvalidInput> {
        let arn = arn.into();
        check_length("kmsKeyId", &arn, 1, MAX_KMS_KEY_CHARS)?;
        if !KMS_KEY.matches(&arn) {
            return Err(InvalidInput::new(
                "kmsKeyId",
                format!(
                    "{arn:?} is no ARN of a KMS key; give one such as arn:aws:kms:REGION:ACCOUNT:key/ID, where ACCOUNT \
                     has 12 digits and ID 36 characters, or with alias/NAME at its end"
                ),
            ));
        }
        self.output.kms_key_id = Some(arn);
        Ok(self)
    }

    /// The account that owns the bucket, where it is another: 12 digits.
    pub fn bucket_owner(mut self, account: impl Into<String>) -> Result<Self, InvalidInput> {
        let account = account.into();
        if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidInput::new(
                "bucketOwner",
                format!("{account:?} is no account id; give its 12 digits"),
            ));
        }
        self.output.bucket_owner = Some(account);
        Ok(self)
    }

    /// The token that it will carry.
    pub fn token(&self) -> &ClientRequestToken {
        &self.client_request_token
    }

    /// Where the output goes.
    pub fn s3_uri(&self) -> &S3Uri {
        &self.output.s3_uri
    }

    /// The model.
    pub fn model_id(&self) -> &ModelId {
        &self.model_id
    }

    fn body(&self, token: Option<&ClientRequestToken>) -> Bytes {
        let mut body = ObjectWriter::with_capacity(self.model_input.bytes().len() + REST);
        if let Some(token) = token {
            body.string("clientRequestToken", token.as_str());
        }
        body.string("modelId", self.model_id.as_str()).document("modelInput", &self.model_input);
        self.output.write(body.object("outputDataConfig").object("s3OutputDataConfig"));
        if !self.tags.is_empty() {
            let mut tags = body.array("tags");
            for (key, value) in &self.tags {
                tags.object().string("key", key).string("value", value);
            }
        }
        body.finish()
    }
}

impl S3Output {
    fn write(&self, mut config: ObjectWriter<'_>) {
        if let Some(account) = &self.bucket_owner {
            config.string("bucketOwner", account);
        }
        if let Some(arn) = &self.kms_key_id {
            config.string("kmsKeyId", arn);
        }
        config.string("s3Uri", self.s3_uri.as_str());
    }
}

impl Operation for StartAsyncInvoke {
    type Output = StartAsyncInvokeOutput;

    fn name(&self) -> &'static str {
        "StartAsyncInvoke"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
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

    fn takes_profiles(&self) -> bool {
        false
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let headers = [("content-type", "application/json")];
        let body = self.body(Some(&self.client_request_token));
        request_to(endpoint, Method::POST, "/async-invoke", &headers, body)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<StartAsyncInvokeOutput, Undecodable> {
        let date = response.headers().get(http::header::DATE).and_then(|value| value.to_str().ok());
        let server_date = date.and_then(timestamp::parse_http_date);
        let document = Document::new(response.into_body());
        let refuse = |problem: String| Undecodable::new(self.name(), problem);
        let answer = document.json().map_err(|e| refuse(format!("it is no JSON ({e})")))?;
        let arn = answer
            .get("invocationArn")
            .and_then(Value::as_str)
            .ok_or_else(|| refuse("it has no invocationArn".to_owned()))?;
        let invocation_arn = InvocationArn::new(arn).map_err(|e| refuse(e.to_string()))?;
        Ok(StartAsyncInvokeOutput { invocation_arn, server_date, document })
    }
}

/// The job that was started, or that the token found.
#[derive(Clone, Debug)]
pub struct StartAsyncInvokeOutput {
    invocation_arn: InvocationArn,
    server_date: Option<SystemTime>,
    document: Document,
}

impl StartAsyncInvokeOutput {
    /// The ARN of the job.
    pub fn invocation_arn(&self) -> &InvocationArn {
        &self.invocation_arn
    }

    /// The server's clock when it answered, in whole seconds. A job that was submitted well before it is one that the
    /// token found.
    pub fn server_date(&self) -> Option<SystemTime> {
        self.server_date
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

impl ClientRequestToken {
    /// The token that belongs to a request: made of everything in it but its token (model, input, output and tags,
    /// byte for byte). The same request, made again after a crash, finds its job by it.
    pub fn of_content(request: &StartAsyncInvoke) -> Self {
        Self::of_bytes(&request.body(None))
    }
}

fn check_model_id(model_id: &ModelId) -> Result<(), InvalidInput> {
    check_length("modelId", model_id.as_str(), 1, MAX_MODEL_ID_CHARS)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-/:".contains(c);
    match model_id.as_str().chars().find(|c| !fits(*c)) {
        Some(bad) => Err(InvalidInput::new(
            "modelId",
            format!(
                "{model_id} contains {bad:?}; an id here has letters, digits and the characters _ . - / : only"
            ),
        )),
        None => Ok(()),
    }
}

fn check_tag(field: &str, text: &str, min: usize, max: usize) -> Result<(), InvalidInput> {
    check_length(field, text, min, max)?;
    match text.chars().find(|c| !is_in_tags(*c)) {
        Some(bad) => {
            let problem = format!("contains {bad:?}; the service takes {} only", TAG.text);
            Err(InvalidInput::new(field, problem))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::endpoint::EndpointOptions;

    fn start(model_input: &'static str) -> Result<StartAsyncInvoke, InvalidInput> {
        StartAsyncInvoke::new(
            ModelId::new("luma.ray-v2:0")?,
            model_input,
            S3Uri::new("s3://demo/out")?,
            ClientRequestToken::from_random([0; 16]),
        )
    }

    fn body(request: &StartAsyncInvoke) -> String {
        let endpoint =
            Endpoint::resolve(Service::BedrockRuntime, "us-west-2", &EndpointOptions::default()).unwrap();
        String::from_utf8(request.request(&endpoint).unwrap().into_body().to_vec()).unwrap()
    }

    #[test]
    fn the_input_is_sent_byte_for_byte_and_the_token_always() {
        let request = start("{ \"b\":1.0, \"a\" : 12345678901234567890123 }").unwrap();
        assert_eq!(
            body(&request),
            concat!(
                r#"{"clientRequestToken":"00000000-0000-4000-8000-000000000000","modelId":"luma.ray-v2:0","#,
                r#""modelInput":{ "b":1.0, "a" : 12345678901234567890123 },"#,
                r#""outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://demo/out"}}}"#
            )
        );
    }

    #[test]
    fn an_input_written_inside_a_string_is_called_that() {
        let refused = start(r#""{\"prompt\":\"x\"}""#).unwrap_err().to_string();
        assert!(refused.starts_with("modelInput: is a JSON string"), "{refused}");
    }

    #[test]
    fn the_token_of_the_content_changes_with_anything_in_it_but_with_no_token() {
        let token = |request: &StartAsyncInvoke| ClientRequestToken::of_content(request);
        let plain = start("{}").unwrap();
        let other_token = plain.clone().client_request_token(ClientRequestToken::new("mine").unwrap());
        assert_eq!(token(&plain), token(&other_token));
        assert_eq!(token(&plain), token(&start("{}").unwrap()));
        assert!(ClientRequestToken::new(token(&plain).as_str()).is_ok());
        let others = [
            start("{ }").unwrap(),
            plain.clone().tag("a", "b").unwrap(),
            plain.clone().bucket_owner("123456789012").unwrap(),
            plain.clone().kms_key_id("arn:aws:kms:us-west-2:123456789012:alias/x").unwrap(),
        ];
        for other in &others {
            assert_ne!(token(&plain), token(other), "{other:?}");
        }
    }

    #[test]
    fn limits_are_named() {
        let plain = start("{}").unwrap();
        let refused = |result: Result<StartAsyncInvoke, InvalidInput>| result.unwrap_err().to_string();
        assert_eq!(refused(plain.clone().tag("", "v")), "tags[0].key: has 0 characters; give 1 to 128");
        assert!(refused(plain.clone().tag("k", "é".repeat(257))).contains("257 characters"));
        assert!(refused(plain.clone().tag("naïve", "v")).starts_with("tags[0].key: contains 'ï'"));
        assert!(refused(plain.clone().tag("k", "*")).starts_with("tags[0].value: contains '*'"));
        assert!(refused(plain.clone().bucket_owner("12")).contains("12 digits"));
        assert!(refused(plain.clone().kms_key_id("alias/x")).contains("no ARN"));
        let full = (0..200).fold(plain, |request, n| request.tag(n.to_string(), "x".repeat(256)).unwrap());
        assert!(refused(full.tag("k", "v")).contains("more than 200"));
        for bad in ["", "a b", "é", &"x".repeat(257)] {
            assert!(ClientRequestToken::new(bad).is_err(), "{bad}");
        }
        for bad in ["x".repeat(257), "a,b".to_owned()] {
            let refused = StartAsyncInvoke::new(
                ModelId::new(bad).unwrap(),
                "{}",
                S3Uri::new("s3://demo").unwrap(),
                ClientRequestToken::from_random([1; 16]),
            );
            assert_eq!(refused.unwrap_err().field(), "modelId");
        }
    }

    #[test]
    fn an_answer_without_an_arn_is_refused() {
        for bad in ["", "{}", r#"{"invocationArn":"x"}"#] {
            let refused = start("{}").unwrap().decode(http::Response::new(Bytes::from(bad)));
            assert!(refused.is_err(), "{bad}");
        }
    }
}
