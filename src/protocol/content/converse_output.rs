//! The answer of Converse, and of a stream of ConverseStream that was collected.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax>

use super::answer_block::{AnswerBlock, Reasoning, ToolUse};
use super::stop_reason::StopReason;
use super::usage::Usage;
use crate::protocol::document::{Document, elements, string};
use serde_json::value::RawValue;

/// What a model answered: views over the document, which stays as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConverseOutput {
    document: Document,
    message: Document,
    blocks: Vec<AnswerBlock>,
    stop_reason: Option<StopReason>,
    usage: Option<Usage>,
    latency_ms: Option<u64>,
    trace: Option<Document>,
}

impl ConverseOutput {
    /// Reads an answer of Converse, or a native answer of a Nova model, which has the same form. The refusal says what
    /// is missing; a service has been seen to answer HTTP 200 without `output`.
    pub fn read(document: Document) -> Result<Self, String> {
        let members = document.members().ok_or_else(|| "it is no JSON object".to_owned())?;
        let part = |raw: &RawValue| Document::new(raw.get().to_owned());
        let output = members.get("output").ok_or_else(|| "it has no output".to_owned())?;
        let output = part(output);
        let message = output.members().and_then(|output| output.get("message").map(|message| part(message)));
        let message = message.ok_or_else(|| "it has no output.message".to_owned())?;
        let blocks = message.members().and_then(|message| {
            let content = elements(message.get("content")?.get())?;
            Some(content.into_iter().map(AnswerBlock::read).collect())
        });
        let blocks = blocks.ok_or_else(|| "it has no output.message.content".to_owned())?;
        let latency_ms = members.get("metrics").and_then(|metrics| {
            serde_json::from_str::<serde_json::Value>(metrics.get()).ok()?.get("latencyMs")?.as_u64()
        });
        let stop_reason = members.get("stopReason").and_then(|reason| string(reason));
        let usage = members.get("usage").and_then(|usage| Usage::read(part(usage)));
        let trace = members.get("trace").map(|trace| part(trace));
        Ok(Self {
            message,
            blocks,
            stop_reason: stop_reason.as_deref().map(StopReason::named),
            usage,
            latency_ms,
            trace,
            document,
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
