//! A guardrail: which one, which version, and whether it says what it did.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html>

use crate::protocol::document::ObjectWriter;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::arn_region;
use crate::protocol::words::words;

const MAX_IDENTIFIER_CHARS: usize = 2048;

/// A guardrail and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    identifier: String,
    version: String,
}

impl Guardrail {
    /// `identifier` is an id (lower-case letters and digits) or an ARN; `version` is a number of 1 to 8 digits, or
    /// `DRAFT`.
    pub fn new(identifier: impl Into<String>, version: impl Into<String>) -> Result<Self, InvalidInput> {
        let (identifier, version) = (identifier.into(), version.into());
        let is_id = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        let is_arn = identifier.starts_with("arn:")
            && arn_region(&identifier).is_some()
            && identifier.split_once(":guardrail/").is_some_and(|(_, id)| is_id(id));
        if !(is_arn || is_id(&identifier)) || identifier.len() > MAX_IDENTIFIER_CHARS {
            return Err(InvalidInput::new(
                "guardrailIdentifier",
                format!(
                    "is {identifier:?}; give an id of lower-case letters and digits, or the guardrail's ARN"
                ),
            ));
        }
        let is_number = (1..=8).contains(&version.len())
            && version.bytes().all(|b| b.is_ascii_digit())
            && !version.starts_with('0');
        if !(is_number || version == "DRAFT") {
            return Err(InvalidInput::new(
                "guardrailVersion",
                format!("is {version:?}; give a number of 1 to 8 digits, or DRAFT"),
            ));
        }
        Ok(Self { identifier, version })
    }

    /// The id or ARN.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// The version: a number, or `DRAFT`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The region that an ARN names.
    pub fn arn_region(&self) -> Option<&str> {
        arn_region(&self.identifier)
    }
}

words! {
    /// Whether the answer says what the guardrail did.
    GuardrailTrace, "trace" {
        /// It does.
        Enabled = "enabled",
        /// It does not.
        Disabled = "disabled",
        /// It does, also about what the guardrail let pass.
        EnabledFull = "enabled_full",
    }
}

words! {
    /// How a guardrail reads a stream.
    StreamProcessingMode, "guardrailConfig.streamProcessingMode" {
        /// Each piece is held back until it was checked.
        Sync = "sync",
        /// Pieces are sent at once and checked beside that; what was sent cannot be taken back.
        Async = "async",
    }
}

/// The guardrail of one Converse call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardrailConfig {
    guardrail: Guardrail,
    trace: Option<GuardrailTrace>,
    stream_processing_mode: Option<StreamProcessingMode>,
}

impl GuardrailConfig {
    /// Checks with this guardrail.
    pub fn new(guardrail: Guardrail) -> Self {
        Self { guardrail, trace: None, stream_processing_mode: None }
    }

    /// Whether the answer says what it did.
    #[must_use]
    pub fn trace(mut self, trace: GuardrailTrace) -> Self {
        self.trace = Some(trace);
        self
    }

    /// How a stream is read. Only ConverseStream takes it.
    #[must_use]
    pub fn stream_processing_mode(mut self, mode: StreamProcessingMode) -> Self {
        self.stream_processing_mode = Some(mode);
        self
    }

    pub(super) fn is_for_streams_only(&self) -> bool {
        self.stream_processing_mode.is_some()
    }

    pub(super) fn write(&self, mut config: ObjectWriter<'_>) {
        config.string("guardrailIdentifier", self.guardrail.identifier());
        config.string("guardrailVersion", self.guardrail.version());
        if let Some(trace) = self.trace {
            config.string("trace", trace.as_str());
        }
        if let Some(mode) = self.stream_processing_mode {
            config.string("streamProcessingMode", mode.as_str());
        }
    }
}
