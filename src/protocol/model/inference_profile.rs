//! What the service says about an inference profile, as ListInferenceProfiles and GetInferenceProfile answer it.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_InferenceProfileSummary.html>

use crate::protocol::document::Document;
use crate::protocol::words::words;
use serde_json::{Map, Value};

/// An inference profile: an id that answers for a model in several regions, or in one, with a name of your own.
#[derive(Clone, Debug)]
pub struct InferenceProfile {
    document: Document,
    fields: Map<String, Value>,
    id: String,
}

impl InferenceProfile {
    /// Reads what the service answered, or says what is wrong with it.
    pub(in crate::protocol) fn read(document: Document) -> Result<Self, &'static str> {
        let Ok(Value::Object(fields)) = document.json() else {
            return Err("a profile is no JSON object");
        };
        let id = fields.get("inferenceProfileId").and_then(Value::as_str).map(str::to_owned);
        let id = id.ok_or("a profile has no inferenceProfileId")?;
        Ok(Self { document, fields, id })
    }

    /// The id: `us.anthropic.claude-sonnet-4-20250514-v1:0`.
    pub fn inference_profile_id(&self) -> &str {
        &self.id
    }

    /// The ARN.
    pub fn inference_profile_arn(&self) -> Option<&str> {
        self.text("inferenceProfileArn")
    }

    /// The name: `US Claude Sonnet 4`.
    pub fn inference_profile_name(&self) -> Option<&str> {
        self.text("inferenceProfileName")
    }

    /// What it is for.
    pub fn description(&self) -> Option<&str> {
        self.text("description")
    }

    /// The ARNs of the model in each region that may answer.
    pub fn model_arns(&self) -> Vec<&str> {
        let models = self.fields.get("models").and_then(Value::as_array);
        models.into_iter().flatten().filter_map(|model| model.get("modelArn")?.as_str()).collect()
    }

    /// The base id of its model: what stands after `foundation-model/` in the first of its ARNs.
    pub fn base_model_id(&self) -> Option<&str> {
        self.model_arns().first().and_then(|arn| Some(arn.rsplit_once("foundation-model/")?.1))
    }

    /// Whether it answers for a model.
    pub fn contains(&self, base_id: &str) -> bool {
        self.model_arns()
            .iter()
            .any(|arn| arn.rsplit_once("foundation-model/").is_some_and(|(_, model)| model == base_id))
    }

    /// `ACTIVE`, so far.
    pub fn status(&self) -> Option<&str> {
        self.text("status")
    }

    /// `SYSTEM_DEFINED` or `APPLICATION`.
    pub fn profile_type(&self) -> Option<&str> {
        self.text("type")
    }

    /// Whether AWS made it. One that does not say is taken for one.
    pub fn is_system_defined(&self) -> bool {
        self.profile_type().is_none_or(|kind| kind == InferenceProfileType::SystemDefined.as_str())
    }

    /// All that the service answered about it, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }
}

words! {
    /// Who made a profile.
    InferenceProfileType, "type" {
        /// AWS: one for each geography of a model.
        SystemDefined = "SYSTEM_DEFINED",
        /// You: to follow the cost of an application.
        Application = "APPLICATION",
    }
}
