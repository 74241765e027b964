//! Models that use tools, but not in a stream.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html>

use super::inference_operation::InferenceOperation;
use crate::emulator::refused::Refused;
use crate::protocol::model::ModelId;
use serde_json::Value;

const NO_STREAMED_TOOLS: [&str; 5] =
    ["meta.", "mistral.mistral-large-24", "mistral.mistral-small-24", "writer.palmyra", "deepseek.r1"];

/// Refuses a stream with tools where the model has none.
pub(super) fn check(operation: InferenceOperation, model: &ModelId, body: &Value) -> Result<(), Refused> {
    let has_tools = operation == InferenceOperation::ConverseStream && !body["toolConfig"].is_null();
    if has_tools && NO_STREAMED_TOOLS.iter().any(|prefix| model.family().starts_with(prefix)) {
        return Err(Refused::validation("This model doesn't support tool use in streaming mode."));
    }
    Ok(())
}
