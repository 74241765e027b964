//! The answer of Converse, and of a stream of ConverseStream that was collected.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax>

use super::answer_block::{AnswerBlock, Reasoning, ToolUse};
use super::stop_reason::StopReason;
use super::usage::Usage;
use crate::protocol::document::Document;
use crate::protocol::json::Value;
use std::borrow::Cow;

/// What a model answered: views over the document, which stays as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConverseOutput {
    document: Document,
    message: Document,
    blocks: Vec<AnswerBlock>,
    stop_reason: Option<StopReason>,
    usage: Option<Usage>,
    latency_ms: Option<u64>,
    service_tier: Option<String>,
    additional_model_response_fields: Option<Document>,
    trace: Option<Document>,
}

impl ConverseOutput {
    /// Reads an answer of Converse, or a native answer of a Nova model, which has the same form. The refusal says what
    /// is missing; a service has been seen to answer HTTP 200 without `output`.
    pub fn read(document: Document) -> Result<Self, String> {
        let read = {
            let json = document.indexed().ok_or_else(|| "it is no JSON object".to_owned())?;
            Self::of(json.root())?
        };
        Ok(Self { document, ..read })
    }

    /// The views of an answer, without its document.
    pub(super) fn of(answer: Value<'_>) -> Result<Self, String> {
        if !answer.is_object() {
            return Err("it is no JSON object".to_owned());
        }
        let [output, stop_reason, usage, metrics, tier, fields, trace] = answer.named([
            "output",
            "stopReason",
            "usage",
            "metrics",
            "serviceTier",
            "additionalModelResponseFields",
            "trace",
        ]);
        let output = output.ok_or_else(|| "it has no output".to_owned())?;
        let message = output.get("message").ok_or_else(|| "it has no output.message".to_owned())?;
        let blocks = message.get("content").and_then(Value::elements);
        let blocks = blocks.ok_or_else(|| "it has no output.message.content".to_owned())?;
        let part = |value: Value<'_>| Document::new(value.text().to_owned());
        Ok(Self {
            document: Document::default(),
            message: part(message),
            blocks: blocks.map(AnswerBlock::read).collect(),
            stop_reason: stop_reason.and_then(Value::str).map(|reason| StopReason::named(&reason)),
            usage: usage.and_then(Usage::of_value),
            latency_ms: metrics.and_then(|metrics| metrics.get("latencyMs")?.unsigned()),
            service_tier: tier.and_then(|tier| tier.get("type")?.str()).map(Cow::into_owned),
            additional_model_response_fields: fields.map(part),
            trace: trace.map(part),
        })
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> &[AnswerBlock] {
        &self.blocks
    }

    /// All text of the answer, joined.
    pub fn text(&self) -> String {
        AnswerBlock::text_of(&self.blocks)
    }

    /// The tools that the model asks for, in order.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUse> {
        AnswerBlock::tool_uses_of(&self.blocks)
    }

    /// What the model thought, in order.
    pub fn reasoning(&self) -> impl Iterator<Item = &Reasoning> {
        AnswerBlock::reasoning_of(&self.blocks)
    }

    /// Why the model stopped.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.stop_reason.as_ref()
    }

    /// What it took.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    /// How long the model took, in milliseconds.
    pub fn latency_ms(&self) -> Option<u64> {
        self.latency_ms
    }

    /// Which capacity answered, where the service says so.
    pub fn service_tier(&self) -> Option<&str> {
        self.service_tier.as_deref()
    }

    /// The members of the model's own answer that `additionalModelResponseFieldPaths` asked for.
    pub fn additional_model_response_fields(&self) -> Option<&Document> {
        self.additional_model_response_fields.as_ref()
    }

    /// What guardrail and prompt router did, as the service wrote it.
    pub fn trace(&self) -> Option<&Document> {
        self.trace.as_ref()
    }

    /// `output.message`, as the service wrote it: the next call's history takes it unchanged.
    pub fn message(&self) -> &Document {
        &self.message
    }

    /// The whole answer, as it came.
    pub fn document(&self) -> &Document {
        &self.document
    }

    pub(super) fn into_views(self) -> (Vec<AnswerBlock>, Option<StopReason>, Option<Usage>) {
        (self.blocks, self.stop_reason, self.usage)
    }
}
