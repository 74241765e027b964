//! A body of Converse and ConverseStream, put together from typed parts.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax>

use super::cache_point::CachePoint;
use super::content_block::{ContentBlock, check_not_blank};
use super::guardrail::GuardrailConfig;
use super::inference_config::InferenceConfig;
use super::message::Message;
use super::performance::{Latency, ServiceTier};
use super::request_metadata::{MAX_CHARS, MAX_PAIRS, is_taken};
use super::tool_config::ToolConfig;
use crate::protocol::document::{ArrayWriter, Document, ObjectWriter};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use bytes::Bytes;
use serde_json::Value;

const MAX_RESPONSE_FIELD_PATHS: usize = 10;
const MAX_EFFORT_CHARS: usize = 16;
/// Room for what is short: sampling, metadata, tiers.
const REST: usize = 256;

/// A body that is checked when it is put together; a refusal has the path of the field.
#[derive(Clone, Debug, Default)]
pub struct ConverseBody {
    messages: Vec<Message>,
    system: Vec<ContentBlock>,
    inference_config: Option<InferenceConfig>,
    tool_config: Option<Tools>,
    guardrail_config: Option<GuardrailConfig>,
    additional_model_request_fields: Option<Bytes>,
    additional_model_response_field_paths: Vec<String>,
    prompt_variables: Vec<(String, String)>,
    request_metadata: Vec<(String, String)>,
    latency: Option<Latency>,
    service_tier: Option<ServiceTier>,
    json_schema: Option<Bytes>,
    json_schema_name: Option<String>,
    json_schema_description: Option<String>,
    effort: Option<String>,
}

#[derive(Clone, Debug)]
enum Tools {
    Built(ToolConfig),
    Json(Bytes),
}

impl ConverseBody {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Instructions, and what was said.
    #[cfg(feature = "gateway")]
    pub(crate) fn of(system: Vec<ContentBlock>, messages: Vec<Message>) -> Self {
        Self { messages, system, ..Self::default() }
    }

    /// A question: one message of the user, one text.
    pub fn prompt(text: impl Into<String>) -> Self {
        Self::new().message(Message::user().text(text))
    }

    /// Adds a message. The first is a user's; the roles alternate, and all results of one turn's tools stand in one
    /// message.
    #[must_use]
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Adds an instruction.
    #[must_use]
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.system.push(ContentBlock::Text(text.into()));
        self
    }

    /// Adds any block to the instructions: text, guard content or a cache point.
    #[must_use]
    pub fn system_block(mut self, block: ContentBlock) -> Self {
        self.system.push(block);
        self
    }

    /// Caches the instructions up to here.
    #[must_use]
    pub fn system_cache_point(self, point: CachePoint) -> Self {
        self.system_block(ContentBlock::CachePoint(point))
    }

    /// How the model is sampled.
    #[must_use]
    pub fn inference_config(mut self, config: InferenceConfig) -> Self {
        self.inference_config = Some(config);
        self
    }

    /// The tools that the model may ask for.
    #[must_use]
    pub fn tool_config(mut self, config: ToolConfig) -> Self {
        self.tool_config = Some(Tools::Built(config));
        self
    }

    /// `toolConfig`, given as a JSON object. It goes out byte for byte; each `inputSchema.json` must be an object.
    #[must_use]
    pub fn tool_config_json(mut self, json: impl Into<Bytes>) -> Self {
        self.tool_config = Some(Tools::Json(json.into()));
        self
    }

    /// Checks prompt and answer.
    #[must_use]
    pub fn guardrail_config(mut self, config: GuardrailConfig) -> Self {
        self.guardrail_config = Some(config);
        self
    }

    /// Parameters that only this model has: a JSON object, which goes out byte for byte.
    #[must_use]
    pub fn additional_model_request_fields(mut self, json: impl Into<Bytes>) -> Self {
        self.additional_model_request_fields = Some(json.into());
        self
    }

    /// Asks for a field of the model's own answer, by a JSON pointer such as `/stop_sequence`: at most 10.
    #[must_use]
    pub fn additional_model_response_field_path(mut self, pointer: impl Into<String>) -> Self {
        self.additional_model_response_field_paths.push(pointer.into());
        self
    }

    /// Fills a variable of a prompt, where the model id is the ARN of one.
    #[must_use]
    pub fn prompt_variable(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.prompt_variables.push((name.into(), text.into()));
        self
    }

    /// What the invocation log will have beside this call: at most 16 pairs; keys of 1 to 256 and values of up to 256
    /// letters, digits, spaces and `: _ @ $ # = / + , - .`
    #[must_use]
    pub fn request_metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.request_metadata.push((key.into(), value.into()));
        self
    }

    /// How the model is run.
    #[must_use]
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = Some(latency);
        self
    }

    /// Which capacity answers.
    #[must_use]
    pub fn service_tier(mut self, tier: ServiceTier) -> Self {
        self.service_tier = Some(tier);
        self
    }

    /// Makes the model answer JSON of this schema: a JSON object, for models that have it.
    #[must_use]
    pub fn json_schema(mut self, schema: impl Into<Bytes>) -> Self {
        self.json_schema = Some(schema.into());
        self
    }

    /// What [`ConverseBody::json_schema`] is called, and what it is for.
    #[must_use]
    pub fn json_schema_called(mut self, name: impl Into<String>, description: Option<String>) -> Self {
        self.json_schema_name = Some(name.into());
        self.json_schema_description = description;
        self
    }

    /// How hard the model thinks: `low`, `medium`, `high`, `xhigh`, `max`, as far as the model has it.
    #[must_use]
    pub fn effort(mut self, effort: impl Into<String>) -> Self {
        self.effort = Some(effort.into());
        self
    }

    /// The body for this model as Converse takes it, checked.
    pub fn document(&self, model_id: &ModelId) -> Result<Document, InvalidInput> {
        if self.guardrail_config.as_ref().is_some_and(GuardrailConfig::is_for_streams_only) {
            return Err(InvalidInput::new(
                "guardrailConfig.streamProcessingMode",
                "belongs to ConverseStream; leave it out of Converse",
            ));
        }
        self.stream_document(model_id)
    }

    /// The body for this model as ConverseStream takes it, checked.
    pub fn stream_document(&self, model_id: &ModelId) -> Result<Document, InvalidInput> {
        self.check_for(model_id)?;
        let mut body = ObjectWriter::with_capacity(self.length());
        if !self.messages.is_empty() {
            let mut messages = body.array("messages");
            for (place, message) in self.messages.iter().enumerate() {
                message.write(format_args!("messages[{place}]"), &mut messages)?;
            }
        }
        if !self.system.is_empty() {
            self.write_system(body.array("system"))?;
        }
        if let Some(config) = &self.inference_config {
            config.write(body.object("inferenceConfig"))?;
        }
        match &self.tool_config {
            None => {}
            Some(Tools::Built(config)) => config.write(body.object("toolConfig"))?,
            Some(Tools::Json(json)) => {
                body.document("toolConfig", &checked_tool_config(json.clone())?);
            }
        }
        if let Some(config) = &self.guardrail_config {
            config.write(body.object("guardrailConfig"));
        }
        if let Some(fields) = &self.additional_model_request_fields {
            let name = "additionalModelRequestFields";
            body.document(name, &Document::object(name, fields.clone())?);
        }
        self.write_pairs(&mut body)?;
        if let Some(latency) = self.latency {
            body.object("performanceConfig").string("latency", latency.as_str());
        }
        if let Some(tier) = self.service_tier {
            body.object("serviceTier").string("type", tier.as_str());
        }
        self.write_output_config(&mut body)?;
        Ok(body.finish_document())
    }

    /// About how long it is as JSON: what may be long in it, and some room for the rest.
    fn length(&self) -> usize {
        let of = |json: &Option<Bytes>| json.as_ref().map_or(0, Bytes::len);
        let tools = match &self.tool_config {
            None => 0,
            Some(Tools::Built(config)) => config.length(),
            Some(Tools::Json(json)) => json.len(),
        };
        let messages: usize = self.messages.iter().map(Message::length).sum();
        let system: usize = self.system.iter().map(ContentBlock::length).sum();
        REST + messages + system + tools + of(&self.additional_model_request_fields) + of(&self.json_schema)
    }

    /// A prompt has its own messages, system, tools and sampling; another model has none but these.
    fn check_for(&self, model_id: &ModelId) -> Result<(), InvalidInput> {
        let is_prompt = model_id.as_str().starts_with("arn:") && model_id.as_str().contains(":prompt/");
        if !is_prompt && self.messages.is_empty() {
            return Err(InvalidInput::new("messages", "is empty; give a message"));
        }
        let given = [
            ("system", !self.system.is_empty()),
            ("inferenceConfig", self.inference_config.is_some()),
            ("toolConfig", self.tool_config.is_some()),
            ("additionalModelRequestFields", self.additional_model_request_fields.is_some()),
        ];
        match given.iter().find(|(_, given)| is_prompt && *given) {
            Some((field, _)) => {
                Err(InvalidInput::new(*field, "is part of the prompt that the ARN names; leave it out"))
            }
            None => Ok(()),
        }
    }

    fn write_system(&self, mut blocks: ArrayWriter<'_>) -> Result<(), InvalidInput> {
        for (place, block) in self.system.iter().enumerate() {
            let path = format_args!("system[{place}]");
            let fits = matches!(
                block,
                ContentBlock::Text(_)
                    | ContentBlock::CachePoint(_)
                    | ContentBlock::GuardText { .. }
                    | ContentBlock::GuardImage(_)
                    | ContentBlock::Json(_)
            );
            if !fits {
                return Err(InvalidInput::new(
                    path.to_string(),
                    "is of a kind that system does not take; give a text",
                ));
            }
            block.write(path, &mut blocks)?;
        }
        Ok(())
    }

    fn write_pairs(&self, body: &mut ObjectWriter<'_>) -> Result<(), InvalidInput> {
        let paths = &self.additional_model_response_field_paths;
        if paths.len() > MAX_RESPONSE_FIELD_PATHS {
            let problem = format!("has {} elements; give at most {MAX_RESPONSE_FIELD_PATHS}", paths.len());
            return Err(InvalidInput::new("additionalModelResponseFieldPaths", problem));
        }
        if let Some(place) =
            paths.iter().position(|path| !path.starts_with('/') || path.chars().count() > 256)
        {
            return Err(InvalidInput::new(
                format!("additionalModelResponseFieldPaths[{place}]"),
                "is no JSON pointer of at most 256 characters; give one such as /stop_sequence",
            ));
        }
        if !paths.is_empty() {
            body.strings("additionalModelResponseFieldPaths", paths);
        }
        if !self.prompt_variables.is_empty() {
            let mut variables = body.object("promptVariables");
            for (name, text) in &self.prompt_variables {
                variables.object(name).string("text", text);
            }
        }
        if self.request_metadata.len() > MAX_PAIRS {
            let problem = format!("has {} pairs; give at most {MAX_PAIRS}", self.request_metadata.len());
            return Err(InvalidInput::new("requestMetadata", problem));
        }
        if !self.request_metadata.is_empty() {
            let mut metadata = body.object("requestMetadata");
            for (key, value) in &self.request_metadata {
                check_metadata(&format!("requestMetadata.{key}"), key, 1)?;
                check_metadata(&format!("requestMetadata.{key}"), value, 0)?;
                metadata.string(key, value);
            }
        }
        Ok(())
    }

    fn write_output_config(&self, body: &mut ObjectWriter<'_>) -> Result<(), InvalidInput> {
        if self.json_schema.is_none() && self.effort.is_none() {
            return Ok(());
        }
        let mut config = body.object("outputConfig");
        if let Some(schema) = &self.json_schema {
            let field = "outputConfig.textFormat.structure.jsonSchema.schema";
            let schema = Document::object(field, schema.clone())?;
            let mut format = config.object("textFormat");
            let mut structure = format.string("type", "json_schema").object("structure");
            let mut definition = structure.object("jsonSchema");
            // The service takes the schema as JSON inside a string.
            definition.string("schema", &schema.text());
            let named = [("name", &self.json_schema_name), ("description", &self.json_schema_description)];
            for (member, text) in named {
                if let Some(text) = text {
                    definition.string(member, text);
                }
            }
        }
        if let Some(effort) = &self.effort {
            check_not_blank(format_args!("outputConfig.effort"), effort)?;
            if effort.chars().count() > MAX_EFFORT_CHARS {
                return Err(InvalidInput::new(
                    "outputConfig.effort",
                    format!("is longer than {MAX_EFFORT_CHARS} characters; give a word such as high"),
                ));
            }
            config.string("effort", effort);
        }
        Ok(())
    }
}

/// A `toolConfig` that was given as JSON: an object, and so is each schema in it.
fn checked_tool_config(json: Bytes) -> Result<Document, InvalidInput> {
    let document = Document::object("toolConfig", json)?;
    let view = document.json().unwrap_or_default();
    for (place, tool) in view.get("tools").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(spec) = tool.get("toolSpec") else { continue };
        let is_object =
            spec.get("inputSchema").and_then(|schema| schema.get("json")).is_some_and(Value::is_object);
        if !is_object {
            return Err(InvalidInput::new(
                format!("toolConfig.tools[{place}].toolSpec.inputSchema.json"),
                "is no JSON object; give a JSON schema such as {\"type\":\"object\",\"properties\":{}}",
            ));
        }
    }
    Ok(document)
}

fn check_metadata(field: &str, text: &str, min: usize) -> Result<(), InvalidInput> {
    if text.len() >= min && is_taken(text) {
        return Ok(());
    }
    Err(InvalidInput::new(
        field,
        format!(
            "is {text:?}; give {min} to {MAX_CHARS} letters, digits, spaces and the characters : _ @ $ # = / + , - ."
        ),
    ))
}
