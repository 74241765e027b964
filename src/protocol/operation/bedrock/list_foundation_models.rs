//! ListFoundationModels: the models of a region, all in one answer.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html>

use super::foundation_model::FoundationModel;
use crate::protocol::document::Document;
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::operation::paged::{Paged, path_with_query, read_page};
use crate::protocol::operation::{Operation, Undecodable, request_to};
use bytes::Bytes;
use http::Method;

/// The longest name of a provider, in characters.
const MAX_PROVIDER: usize = 63;

/// Lists foundation models, all of them unless filtered.
#[derive(Clone, Debug, Default)]
pub struct ListFoundationModels {
    provider: Option<String>,
    output_modality: Option<String>,
    inference_type: Option<String>,
    customization_type: Option<String>,
}

impl ListFoundationModels {
    /// All models of the region.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those of a provider: `anthropic`, in any case of letters.
    pub fn by_provider(mut self, provider: impl Into<String>) -> Result<Self, InvalidInput> {
        let provider = provider.into();
        let is_name_char = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ' ';
        if provider.is_empty() || provider.len() > MAX_PROVIDER || !provider.chars().all(is_name_char) {
            return Err(InvalidInput::new(
                "byProvider",
                format!(
                    "{provider:?} is no provider; give 1 to {MAX_PROVIDER} letters, digits, '-' and spaces"
                ),
            ));
        }
        self.provider = Some(provider);
        Ok(self)
    }

    /// Only those that write this: `TEXT`, `IMAGE`, `EMBEDDING`, or a newer word of the service.
    pub fn by_output_modality(mut self, modality: &str) -> Result<Self, InvalidInput> {
        self.output_modality = Some(word("byOutputModality", modality, "TEXT, IMAGE or EMBEDDING")?);
        Ok(self)
    }

    /// Only those invoked like this: `ON_DEMAND`, `PROVISIONED`, or a newer word of the service.
    pub fn by_inference_type(mut self, kind: &str) -> Result<Self, InvalidInput> {
        self.inference_type = Some(word("byInferenceType", kind, "ON_DEMAND or PROVISIONED")?);
        Ok(self)
    }

    /// Only those that can be customized like this: `FINE_TUNING`, `CONTINUED_PRE_TRAINING`, `DISTILLATION`.
    pub fn by_customization_type(mut self, kind: &str) -> Result<Self, InvalidInput> {
        let examples = "FINE_TUNING, CONTINUED_PRE_TRAINING or DISTILLATION";
        self.customization_type = Some(word("byCustomizationType", kind, examples)?);
        Ok(self)
    }
}

impl Operation for ListFoundationModels {
    type Output = FoundationModels;

    fn name(&self) -> &'static str {
        "ListFoundationModels"
    }

    fn service(&self) -> Service {
        Service::Bedrock
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let pairs = [
            ("byCustomizationType", self.customization_type.as_deref()),
            ("byInferenceType", self.inference_type.as_deref()),
            ("byOutputModality", self.output_modality.as_deref()),
            ("byProvider", self.provider.as_deref()),
        ];
        request_to(endpoint, Method::GET, path_with_query("/foundation-models", &pairs), &[], Bytes::new())
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<FoundationModels, Undecodable> {
        let document = Document::new(response.into_body());
        let (summaries, _) = read_page(self.name(), "modelSummaries", &document)?;
        let models = summaries.into_iter().map(|summary| FoundationModel::read(self.name(), summary));
        Ok(FoundationModels { items: models.collect::<Result<_, _>>()?, document })
    }
}

/// One page, and no more: the service answers all of them at once.
impl Paged for ListFoundationModels {
    type Item = FoundationModel;

    fn page(output: FoundationModels) -> (Vec<FoundationModel>, Option<String>) {
        (output.items, None)
    }

    fn with_token(&self, _: String) -> Self {
        self.clone()
    }
}

/// The models of a region.
#[derive(Clone, Debug)]
pub struct FoundationModels {
    items: Vec<FoundationModel>,
    document: Document,
}

impl FoundationModels {
    /// The models, in the service's order.
    pub fn items(&self) -> &[FoundationModel] {
        &self.items
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}

/// A word of the service: capitals, digits and underlines. Small letters are a slip of the hand.
fn word(field: &str, text: &str, examples: &str) -> Result<String, InvalidInput> {
    let word = text.to_ascii_uppercase();
    let is_word =
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if is_word {
        Ok(word)
    } else {
        Err(InvalidInput::new(field, format!("{text:?} is none; give {examples}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_keeps_what_nobody_knows() {
        let text = r#"{"modelSummaries":[{"modelId":"a.b","inferenceTypesSupported":["INFERENCE_PROFILE"],"x":1e2}]}"#;
        let models = ListFoundationModels::new().decode(http::Response::new(Bytes::from(text))).unwrap();
        let model = &models.items()[0];
        assert_eq!(model.inference_types_supported(), ["INFERENCE_PROFILE"]);
        assert!(!model.is_on_demand() && model.document().text().ends_with(r#""x":1e2}"#));
        assert_eq!((model.provider_name(), model.lifecycle_status()), (None, None));
        for bad in ["", "[]", r#"{"modelSummaries":{}}"#, r#"{"modelSummaries":[{}]}"#] {
            let refused = ListFoundationModels::new().decode(http::Response::new(Bytes::from(bad)));
            assert!(refused.unwrap_err().to_string().contains("ListFoundationModels"), "{bad}");
        }
    }

    #[test]
    fn filters_are_words() {
        assert!(ListFoundationModels::new().by_provider("a/b").is_err());
        assert!(ListFoundationModels::new().by_output_modality("").is_err());
        let list = ListFoundationModels::new().by_output_modality("video").unwrap();
        assert_eq!(list.output_modality.as_deref(), Some("VIDEO"));
    }
}
