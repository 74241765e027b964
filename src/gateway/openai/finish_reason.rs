//! Why an answer ended, in OpenAI's words.

use crate::protocol::content::StopReason;

/// The `finish_reason`. An end that OpenAI has no word for is an ordinary one.
pub(super) fn finish_reason(reason: Option<&StopReason>, legacy_functions: bool) -> &'static str {
    match reason {
        Some(StopReason::ToolUse) if legacy_functions => "function_call",
        Some(StopReason::MaxTokens | StopReason::ModelContextWindowExceeded) => "length",
        Some(StopReason::ToolUse) => "tool_calls",
        Some(StopReason::GuardrailIntervened | StopReason::ContentFiltered) => "content_filter",
        Some(StopReason::Other(reason)) if reason == "refusal" => "content_filter",
        _ => "stop",
    }
}
