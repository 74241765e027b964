//! CountTokens: how many tokens a prompt has, without asking the model. It costs nothing.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html>

use super::invoke_model::native_body;
use crate::protocol::document::{Document, ObjectWriter};
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::{ModelId, is_application_profile};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// The longest model id here; Converse takes longer ones.
const MAX_MODEL_ID_CHARS: usize = 256;
/// The length of what stands around a body.
const NAMES: usize = 64;
/// What CountTokens takes of a body of Converse; the rest does not count.
const COUNTED: [&str; 4] = ["messages", "system", "toolConfig", "additionalModelRequestFields"];

/// Counts the tokens of a prompt. The service refuses the ids of inference profiles here, so the model is asked by its
/// base id: `us.anthropic.claude-…` becomes `anthropic.claude-…`.
#[derive(Clone, Debug)]
pub struct CountTokens {
    model_id: ModelId,
    region: Option<String>,
    body: Document,
}

impl CountTokens {
    /// `body` is the whole body, `{"input":{"converse":…}}` or `{"input":{"invokeModel":…}}`. It goes out byte for
    /// byte; it is only checked to be a JSON object.
    pub fn new(model_id: &ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Self::of_body(model_id, Document::object("body", body)?)
    }

    /// Counts a body of Converse. Of it, `messages`, `system`, `toolConfig` and `additionalModelRequestFields` are sent:
    /// the rest does not count, and would be refused.
    pub fn converse(model_id: &ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        let body = Document::object("body", body)?;
        let members = body.members().unwrap_or_default();
        let mut counted = ObjectWriter::with_capacity(body.bytes().len() + NAMES);
        let mut input = counted.object("input");
        let mut converse = input.object("converse");
        for name in COUNTED {
            if let Some(value) = members.get(name) {
                converse.raw(name, value.get());
            }
        }
        drop(converse);
        drop(input);
        Self::of_body(model_id, counted.finish_document())
    }

    /// Counts a body of InvokeModel, in the model's own shape. It is sent as base64.
    pub fn invoke_model(model_id: &ModelId, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        let body = native_body("body", body)?;
        let length = base64_simd::STANDARD.encoded_length(body.bytes().len());
        let mut counted = ObjectWriter::with_capacity(length + NAMES);
        counted.object("input").object("invokeModel").base64("body", body.bytes());
        Self::of_body(model_id, counted.finish_document())
    }

    fn of_body(model_id: &ModelId, body: Document) -> Result<Self, InvalidInput> {
        let region = model_id.arn_region().map(str::to_owned);
        Ok(Self { model_id: base_model_id(model_id)?, region, body })
    }

    /// The base id that is asked.
    pub fn model_id(&self) -> &ModelId {
        &self.model_id
    }
}

/// The id without the geography of an inference profile; of a profile's ARN, the id in it.
fn base_model_id(model_id: &ModelId) -> Result<ModelId, InvalidInput> {
    let id = model_id.as_str();
    if is_application_profile(id) {
        return Err(InvalidInput::new(
            "modelId",
            format!(
                "{id} does not tell its model, and CountTokens takes no profile; give the id of the model"
            ),
        ));
    }
    let base = match id.split_once(":inference-profile/") {
        Some((_, profile)) => ModelId::new(profile)?.without_geography().to_owned(),
        None => model_id.without_geography().to_owned(),
    };
    if base.chars().count() > MAX_MODEL_ID_CHARS {
        return Err(InvalidInput::new("modelId", format!("is longer than {MAX_MODEL_ID_CHARS} characters")));
    }
    ModelId::new(base)
}

impl Operation for CountTokens {
    type Output = CountTokensOutput;

    fn name(&self) -> &'static str {
        "CountTokens"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn region(&self) -> Option<&str> {
        // That of the ARN that was given: the base id has none.
        self.region.as_deref()
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
        let path = self.model_id.path_to("count-tokens");
        request_to(endpoint, Method::POST, path, &headers, self.body.bytes().clone())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<CountTokensOutput, Undecodable> {
        let document = Document::new(response.into_body());
        let count = document.indexed().and_then(|json| json.root().get("inputTokens")?.unsigned());
        let input_tokens = count.ok_or_else(|| Undecodable::new(self.name(), "it has no inputTokens"))?;
        Ok(CountTokensOutput { input_tokens, document })
    }
}

/// How many tokens the prompt has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountTokensOutput {
    input_tokens: u64,
    document: Document,
}

impl CountTokensOutput {
    /// Tokens of the prompt.
    pub fn input_tokens(&self) -> u64 {
        self.input_tokens
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_id_is_asked() {
        for (given, asked) in [
            ("us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"),
            ("anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"),
            (
                "arn:aws:bedrock:us-west-2:123456789012:inference-profile/global.amazon.nova-2-lite-v1:0",
                "amazon.nova-2-lite-v1:0",
            ),
        ] {
            let request = CountTokens::new(&ModelId::new(given).unwrap(), "{}").unwrap();
            assert_eq!(request.model_id().as_str(), asked);
        }
        let opaque = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc123def456";
        assert!(CountTokens::new(&ModelId::new(opaque).unwrap(), "{}").is_err());
    }

    #[test]
    fn both_inputs() {
        let id = ModelId::new("anthropic.claude-3-haiku-20240307-v1:0").unwrap();
        let body = r#"{"inferenceConfig":{},"messages":[ 1.0 ],"system":[]}"#;
        assert_eq!(
            CountTokens::converse(&id, body).unwrap().body.text(),
            r#"{"input":{"converse":{"messages":[ 1.0 ],"system":[]}}}"#
        );
        assert_eq!(
            CountTokens::invoke_model(&id, "{ }").unwrap().body.text(),
            r#"{"input":{"invokeModel":{"body":"eyB9"}}}"#
        );
    }
}
