//! Why a model stopped.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#bedrock-runtime_Converse-response-stopReason>

use std::fmt;

/// Why a model stopped. A reason that is new is kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The answer is complete.
    EndTurn,
    /// The model asks for a tool; the answer goes on after its result.
    ToolUse,
    /// The answer has reached `maxTokens`.
    MaxTokens,
    /// One of the stop sequences was written.
    StopSequence,
    /// A guardrail replaced or masked the answer.
    GuardrailIntervened,
    /// The content was filtered.
    ContentFiltered,
    /// The model wrote what is no answer.
    MalformedModelOutput,
    /// The model asked for a tool in a form that cannot be read.
    MalformedToolUse,
    /// Prompt and answer have filled the model's context.
    ModelContextWindowExceeded,
    /// Any other, as it was written.
    Other(String),
}

impl StopReason {
    /// The reason of a name as AWS writes it: `end_turn`.
    pub fn named(name: &str) -> Self {
        match name {
            "end_turn" => Self::EndTurn,
            "tool_use" => Self::ToolUse,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "guardrail_intervened" => Self::GuardrailIntervened,
            "content_filtered" => Self::ContentFiltered,
            "malformed_model_output" => Self::MalformedModelOutput,
            "malformed_tool_use" => Self::MalformedToolUse,
            "model_context_window_exceeded" => Self::ModelContextWindowExceeded,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As AWS writes it: `end_turn`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::ToolUse => "tool_use",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::GuardrailIntervened => "guardrail_intervened",
            Self::ContentFiltered => "content_filtered",
            Self::MalformedModelOutput => "malformed_model_output",
            Self::MalformedToolUse => "malformed_tool_use",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
