//! What the service says about a foundation model, as ListFoundationModels and GetFoundationModel answer it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_FoundationModelSummary.html>

use crate::protocol::document::Document;
use crate::protocol::operation::Undecodable;
use serde_json::{Map, Value};

/// A foundation model. Words of the service stay words: `inferenceTypesSupported` has had values that its own
/// documentation does not know.
#[derive(Clone, Debug)]
pub struct FoundationModel {
    document: Document,
    fields: Map<String, Value>,
    model_id: String,
}

impl FoundationModel {
    /// Reads what the service answered. `operation` names it where it cannot be read.
    pub(super) fn read(operation: &'static str, document: Document) -> Result<Self, Undecodable> {
        let refuse = |problem: &str| Undecodable::new(operation, problem);
        let Ok(Value::Object(fields)) = document.json() else {
            return Err(refuse("a model is no JSON object"));
        };
        let model_id = fields.get("modelId").and_then(Value::as_str).map(str::to_owned);
        let model_id = model_id.ok_or_else(|| refuse("a model has no modelId"))?;
        Ok(Self { document, fields, model_id })
    }

    /// The id: `anthropic.claude-sonnet-4-20250514-v1:0`.
    pub fn model_id(&self) -> &str {
        &self.model_id
    }

    /// The ARN.
    pub fn model_arn(&self) -> Option<&str> {
        self.text("modelArn")
    }

    /// What people call it: `Claude Sonnet 4`.
    pub fn model_name(&self) -> Option<&str> {
        self.text("modelName")
    }

    /// Who makes it: `Anthropic`.
    pub fn provider_name(&self) -> Option<&str> {
        self.text("providerName")
    }

    /// What it reads: `TEXT`, `IMAGE`, …
    pub fn input_modalities(&self) -> Vec<&str> {
        self.words("inputModalities")
    }

    /// What it writes: `TEXT`, `IMAGE`, `EMBEDDING`, …
    pub fn output_modalities(&self) -> Vec<&str> {
        self.words("outputModalities")
    }

    /// How it is invoked in this region: `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`, …
    pub fn inference_types_supported(&self) -> Vec<&str> {
        self.words("inferenceTypesSupported")
    }

    /// How it can be customized: `FINE_TUNING`, …
    pub fn customizations_supported(&self) -> Vec<&str> {
        self.words("customizationsSupported")
    }

    /// Whether it answers InvokeModelWithResponseStream.
    pub fn response_streaming_supported(&self) -> Option<bool> {
        self.fields.get("responseStreamingSupported")?.as_bool()
    }

    /// `ACTIVE`, `LEGACY`, …
    pub fn lifecycle_status(&self) -> Option<&str> {
        self.lifecycle("status")
    }

    /// When it ends, as the service wrote it: `2026-10-14T00:00:00Z`.
    pub fn end_of_life_time_text(&self) -> Option<&str> {
        self.lifecycle("endOfLifeTime")
    }

    /// Whether its base id answers in this region, without an inference profile.
    pub fn is_on_demand(&self) -> bool {
        self.inference_types_supported().contains(&"ON_DEMAND")
    }

    /// All that the service answered about it, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    fn words(&self, name: &str) -> Vec<&str> {
        let list = self.fields.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn lifecycle(&self, name: &str) -> Option<&str> {
        self.fields.get("modelLifecycle")?.get(name)?.as_str()
    }
}
