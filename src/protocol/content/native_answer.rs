//! The answer of InvokeModel, whose shape belongs to the model: Claude's messages, Nova's (which is Converse's), and the
//! shapes of Llama, Titan, Mistral, Cohere, AI21 and of chat completions.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html>

use super::answer_block::{AnswerBlock, Reasoning, ToolUse};
use super::converse_output::ConverseOutput;
use super::stop_reason::StopReason;
use super::usage::Usage;
use crate::protocol::document::Document;
use crate::protocol::json;
use serde_json::Value;
use std::borrow::Cow;

/// What can be read of a native answer. What a shape does not have, or what is of no known shape, is absent: the
/// document has everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeAnswer {
    pub(super) blocks: Vec<AnswerBlock>,
    pub(super) stop_reason: Option<StopReason>,
    pub(super) usage: Option<Usage>,
}

/// Where one shape has its text, its reason to stop and its counts. The first that fits is taken.
struct Shape {
    text: &'static str,
    stop_reason: &'static str,
    input_tokens: &'static str,
    output_tokens: &'static str,
}

const SHAPES: [Shape; 10] = [
    shape("/generation", "/stop_reason", "/prompt_token_count", "/generation_token_count"),
    shape(
        "/results/0/outputText",
        "/results/0/completionReason",
        "/inputTextTokenCount",
        "/results/0/tokenCount",
    ),
    shape("/outputText", "/completionReason", "/inputTextTokenCount", "/totalOutputTextTokenCount"),
    shape("/outputs/0/text", "/outputs/0/stop_reason", "", ""),
    shape("/generations/0/text", "/generations/0/finish_reason", "", ""),
    shape("/completions/0/data/text", "/completions/0/finishReason/reason", "", ""),
    shape(
        "/choices/0/message/content",
        "/choices/0/finish_reason",
        "/usage/prompt_tokens",
        "/usage/completion_tokens",
    ),
    shape(
        "/choices/0/delta/content",
        "/choices/0/finish_reason",
        "/usage/prompt_tokens",
        "/usage/completion_tokens",
    ),
    shape("/choices/0/text", "/choices/0/finish_reason", "/usage/prompt_tokens", "/usage/completion_tokens"),
    shape("/completion", "/stop_reason", "", ""),
];
/// Cohere's newer one, last: `text` alone says little.
const COHERE: Shape = shape("/text", "/finish_reason", "", "");

const fn shape(
    text: &'static str,
    stop_reason: &'static str,
    input_tokens: &'static str,
    output_tokens: &'static str,
) -> Shape {
    Shape { text, stop_reason, input_tokens, output_tokens }
}

impl NativeAnswer {
    /// Reads an answer of any shape.
    pub fn read(document: &Document) -> Self {
        document.indexed().map(|json| Self::of(json.root())).unwrap_or_default()
    }

    /// The same of an answer that was indexed.
    pub(crate) fn of(answer: json::Value<'_>) -> Self {
        if let Ok(nova) = ConverseOutput::of(answer) {
            return nova.into();
        }
        match answer.get("content").and_then(json::Value::elements) {
            Some(content) => Self {
                blocks: content.map(anthropic_block).collect(),
                stop_reason: answer
                    .get("stop_reason")
                    .and_then(json::Value::str)
                    .map(|name| StopReason::named(&name)),
                usage: answer.get("usage").and_then(Usage::of_value),
            },
            None => serde_json::from_str(answer.text()).map(|json| Self::of_shape(&json)).unwrap_or_default(),
        }
    }

    fn of_shape(json: &Value) -> Self {
        let has_text = |shape: &&Shape| json.pointer(shape.text).is_some_and(Value::is_string);
        let Some(shape) = SHAPES.iter().chain([&COHERE]).find(has_text) else {
            return Self { usage: usage_member(json), ..Self::default() };
        };
        let text = json.pointer(shape.text).and_then(Value::as_str);
        let stop_reason = json.pointer(shape.stop_reason).and_then(Value::as_str);
        let count = |pointer: &str| json.pointer(pointer).and_then(Value::as_u64);
        Self {
            blocks: text.map(|text| AnswerBlock::Text(text.to_owned())).into_iter().collect(),
            stop_reason: stop_reason.map(StopReason::named),
            usage: usage_member(json)
                .or_else(|| Usage::of_counts(count(shape.input_tokens), count(shape.output_tokens))),
        }
    }

    /// All blocks, in order.
    pub fn blocks(&self) -> &[AnswerBlock] {
        &self.blocks
    }

    /// All text of the answer, joined; of several answers, the first.
    pub fn text(&self) -> String {
        AnswerBlock::text_of(&self.blocks)
    }

    /// The tools that the model asks for, in order. Claude and Nova have them.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUse> {
        AnswerBlock::tool_uses_of(&self.blocks)
    }

    /// What the model thought, in order. Claude and Nova have it.
    pub fn reasoning(&self) -> impl Iterator<Item = &Reasoning> {
        AnswerBlock::reasoning_of(&self.blocks)
    }

    /// Why the model stopped, in the model's own word.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.stop_reason.as_ref()
    }

    /// What it took, where the body says so; the headers of InvokeModel say it for every model.
    pub fn usage(&self) -> Option<&Usage> {
        self.usage.as_ref()
    }

    #[cfg(feature = "gateway")]
    pub(crate) fn into_views(self) -> (Vec<AnswerBlock>, Option<StopReason>, Option<Usage>) {
        (self.blocks, self.stop_reason, self.usage)
    }
}

impl From<ConverseOutput> for NativeAnswer {
    fn from(output: ConverseOutput) -> Self {
        let (blocks, stop_reason, usage) = output.into_views();
        Self { blocks, stop_reason, usage }
    }
}

fn usage_member(json: &Value) -> Option<Usage> {
    Usage::read(Document::new(json.get("usage")?.to_string()))
}

/// One block of Claude's `content`.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html>
fn anthropic_block(block: json::Value<'_>) -> AnswerBlock {
    let text = |name: &str| block.get(name)?.str().map(Cow::into_owned);
    let block = match text("type").as_deref() {
        Some("text") => text("text").map(AnswerBlock::Text),
        Some("thinking") => text("thinking").map(|thoughts| {
            AnswerBlock::Reasoning(Reasoning::Text { text: thoughts, signature: text("signature") })
        }),
        Some("redacted_thinking") => {
            text("data").map(|data| AnswerBlock::Reasoning(Reasoning::Redacted(data)))
        }
        Some(kind @ ("tool_use" | "server_tool_use")) => text("id").zip(text("name")).map(|(id, name)| {
            let input = block.get("input").map_or("{}", json::Value::text).to_owned();
            let tool_type = (kind != "tool_use").then(|| kind.to_owned());
            AnswerBlock::ToolUse(ToolUse::new(id, name, Document::new(input), tool_type))
        }),
        _ => None,
    };
    block.unwrap_or(AnswerBlock::Other)
}
