//! ApplyGuardrail: checks texts and images with a guardrail, without asking a model.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html>

use crate::protocol::content::{Guardrail, Image};
use crate::protocol::document::{Document, ObjectWriter, string_length};
use crate::protocol::endpoint::{Endpoint, Service};
use crate::protocol::invalid_input::{FieldPath, InvalidInput};
use crate::protocol::json::Value;
use crate::protocol::model::path_segment;
use crate::protocol::operation::{Operation, Undecodable, request_to};
use crate::protocol::words::words;
use bytes::Bytes;
use http::Method;

words! {
    /// Whose content is checked.
    GuardrailContentSource, "source" {
        /// What a user wrote.
        Input = "INPUT",
        /// What a model answered.
        Output = "OUTPUT",
    }
}

words! {
    /// What a text is to the guardrail. A text without any is `guard_content`.
    ContentQualifier, "content.text.qualifiers" {
        /// What the answer must be grounded in.
        GroundingSource = "grounding_source",
        /// The question that the answer must be relevant to.
        Query = "query",
        /// What is checked.
        GuardContent = "guard_content",
    }
}

words! {
    /// What is in the answer.
    OutputScope, "outputScope" {
        /// What the guardrail did.
        Interventions = "INTERVENTIONS",
        /// Also what it let pass.
        Full = "FULL",
    }
}

/// Checks contents with a guardrail.
#[derive(Clone, Debug)]
pub struct ApplyGuardrail {
    guardrail: Guardrail,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Given(Document),
    Built { source: GuardrailContentSource, content: Vec<Content>, output_scope: Option<OutputScope> },
}

#[derive(Clone, Debug)]
enum Content {
    Text(String, Vec<ContentQualifier>),
    Image(Image),
}

impl ApplyGuardrail {
    /// `body` goes out byte for byte; it is only checked to be a JSON object.
    pub fn new(guardrail: Guardrail, body: impl Into<Document>) -> Result<Self, InvalidInput> {
        Ok(Self { guardrail, body: Body::Given(Document::object("body", body)?) })
    }

    /// A body that is put together and checked here.
    pub fn typed(guardrail: Guardrail, source: GuardrailContentSource) -> Self {
        Self { guardrail, body: Body::Built { source, content: Vec::new(), output_scope: None } }
    }

    /// Adds a text to a body that is put together; changes nothing where the body was given.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.qualified_text(text, [])
    }

    /// Adds a text, and says what it is; changes nothing where the body was given.
    #[must_use]
    pub fn qualified_text(
        self,
        text: impl Into<String>,
        qualifiers: impl IntoIterator<Item = ContentQualifier>,
    ) -> Self {
        self.push(Content::Text(text.into(), qualifiers.into_iter().collect()))
    }

    /// Adds an image: PNG or JPEG; changes nothing where the body was given.
    #[must_use]
    pub fn image(self, image: impl Into<Image>) -> Self {
        self.push(Content::Image(image.into()))
    }

    /// What is in the answer; changes nothing where the body was given.
    #[must_use]
    pub fn output_scope(mut self, scope: OutputScope) -> Self {
        if let Body::Built { output_scope, .. } = &mut self.body {
            *output_scope = Some(scope);
        }
        self
    }

    fn push(mut self, one: Content) -> Self {
        if let Body::Built { content, .. } = &mut self.body {
            content.push(one);
        }
        self
    }
}

impl Body {
    fn bytes(&self) -> Result<Bytes, InvalidInput> {
        match self {
            Self::Given(document) => Ok(document.bytes().clone()),
            Self::Built { content, .. } if content.is_empty() => {
                Err(InvalidInput::new("content", "is empty; give a text or an image to check"))
            }
            Self::Built { source, content, output_scope } => {
                let length = content.iter().map(Content::length).sum();
                let mut body = ObjectWriter::with_capacity(length);
                let mut blocks = body.string("source", source.as_str()).array("content");
                for (place, one) in content.iter().enumerate() {
                    one.write(format_args!("content[{place}]"), blocks.object())?;
                }
                drop(blocks);
                if let Some(scope) = output_scope {
                    body.string("outputScope", scope.as_str());
                }
                Ok(body.finish())
            }
        }
    }
}

impl Content {
    fn write(&self, path: FieldPath<'_>, mut block: ObjectWriter<'_>) -> Result<(), InvalidInput> {
        match self {
            Self::Text(text, qualifiers) => {
                let mut member = block.object("text");
                member.string("text", text);
                if !qualifiers.is_empty() {
                    member.strings("qualifiers", qualifiers.iter().map(|qualifier| qualifier.as_str()));
                }
            }
            Self::Image(image) => {
                image.write_for_guardrail(format_args!("{path}.image"), block.object("image"))?;
            }
        }
        Ok(())
    }

    /// About how long it is as JSON.
    fn length(&self) -> usize {
        const NAMES: usize = 64;
        NAMES
            + match self {
                Self::Text(text, _) => string_length(text),
                Self::Image(image) => image.length(),
            }
    }
}

impl Operation for ApplyGuardrail {
    type Output = ApplyGuardrailOutput;

    fn name(&self) -> &'static str {
        "ApplyGuardrail"
    }

    fn service(&self) -> Service {
        Service::BedrockRuntime
    }

    fn region(&self) -> Option<&str> {
        self.guardrail.arn_region()
    }

    fn request(&self, endpoint: &Endpoint) -> Result<http::Request<Bytes>, InvalidInput> {
        let identifier = path_segment("guardrailIdentifier", self.guardrail.identifier())?;
        let version = path_segment("guardrailVersion", self.guardrail.version())?;
        let path = format!("/guardrail/{identifier}/version/{version}/apply");
        let headers = [("content-type", "application/json")];
        request_to(endpoint, Method::POST, &path, &headers, self.body.bytes()?)
    }

    fn decode(&self, response: http::Response<Bytes>) -> Result<ApplyGuardrailOutput, Undecodable> {
        let document = Document::new(response.into_body());
        let json = document.indexed().filter(|json| json.root().is_object());
        let json = json.ok_or_else(|| Undecodable::new(self.name(), "it is no JSON object"))?;
        let [action, reason, outputs, assessments, usage] =
            json.root().named(["action", "actionReason", "outputs", "assessments", "usage"]);
        let text = |value: Option<Value<'_>>| Some(value?.str()?.into_owned());
        let part = |value: Option<Value<'_>>| Some(Document::new(value?.text().to_owned()));
        let action = text(action).ok_or_else(|| Undecodable::new(self.name(), "it has no action"))?;
        let outputs = outputs.and_then(Value::elements).into_iter().flatten();
        Ok(ApplyGuardrailOutput {
            action: GuardrailAction::named(&action),
            action_reason: text(reason),
            outputs: outputs.filter_map(|output| text(output.get("text"))).collect(),
            assessments: part(assessments),
            usage: part(usage),
            document: document.clone(),
        })
    }
}

/// What a guardrail did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardrailAction {
    /// Nothing: the content may pass.
    None,
    /// It blocked or masked the content; [`ApplyGuardrailOutput::outputs`] has what to show instead.
    Intervened,
    /// Any other, as it was written.
    Other(String),
}

impl GuardrailAction {
    /// The action of a name as AWS writes it: `GUARDRAIL_INTERVENED`.
    pub fn named(name: &str) -> Self {
        match name {
            "NONE" => Self::None,
            "GUARDRAIL_INTERVENED" => Self::Intervened,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As AWS writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "NONE",
            Self::Intervened => "GUARDRAIL_INTERVENED",
            Self::Other(name) => name,
        }
    }
}

/// What the guardrail answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyGuardrailOutput {
    action: GuardrailAction,
    action_reason: Option<String>,
    outputs: Vec<String>,
    assessments: Option<Document>,
    usage: Option<Document>,
    document: Document,
}

impl ApplyGuardrailOutput {
    /// What it did.
    pub fn action(&self) -> &GuardrailAction {
        &self.action
    }

    /// Why.
    pub fn action_reason(&self) -> Option<&str> {
        self.action_reason.as_deref()
    }

    /// The texts to show: masked, or the guardrail's own message. Empty where it let everything pass.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// What each policy found, as the service wrote it: a JSON array.
    pub fn assessments(&self) -> Option<&Document> {
        self.assessments.as_ref()
    }

    /// The units of each policy, as the service wrote it.
    pub fn usage(&self) -> Option<&Document> {
        self.usage.as_ref()
    }

    /// The answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }
}
