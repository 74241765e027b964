//! The four operations that ask a model: InvokeModel, Converse, and their streams.

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::emulator) enum InferenceOperation {
    InvokeModel,
    InvokeModelWithResponseStream,
    Converse,
    ConverseStream,
}

impl InferenceOperation {
    /// As AWS names it.
    pub(in crate::emulator) fn name(self) -> &'static str {
        match self {
            Self::InvokeModel => "InvokeModel",
            Self::InvokeModelWithResponseStream => "InvokeModelWithResponseStream",
            Self::Converse => "Converse",
            Self::ConverseStream => "ConverseStream",
        }
    }

    /// Where its fixtures lie.
    pub(super) fn fixtures(self) -> &'static str {
        match self {
            Self::InvokeModel => "bedrock/invoke-model",
            Self::InvokeModelWithResponseStream => "bedrock/invoke-model-with-response-stream",
            Self::Converse => "bedrock/converse",
            Self::ConverseStream => "bedrock/converse-stream",
        }
    }

    pub(super) fn is_converse(self) -> bool {
        matches!(self, Self::Converse | Self::ConverseStream)
    }
}
