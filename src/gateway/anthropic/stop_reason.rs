//! Why a model stopped, in the words that Anthropic's clients know.
//! <https://docs.anthropic.com/en/api/handling-stop-reasons>

use crate::protocol::content::StopReason;

/// The word for a reason. What has none is an ordinary end: the clients' types have no other word for it.
pub(super) fn word(reason: &StopReason) -> &'static str {
    match reason {
        StopReason::ToolUse => "tool_use",
        StopReason::MaxTokens => "max_tokens",
        StopReason::StopSequence => "stop_sequence",
        StopReason::GuardrailIntervened | StopReason::ContentFiltered => "refusal",
        StopReason::ModelContextWindowExceeded => "model_context_window_exceeded",
        StopReason::Other(other) if other == "refusal" => "refusal",
        StopReason::Other(other) if other == "pause_turn" => "pause_turn",
        _ => "end_turn",
    }
}
