//! Why there is no response, or no end of one.

use crate::protocol::outcome::WireFailure;
use std::error::Error as StdError;
use std::fmt;

/// The exchange did not come to its end: nothing was sent, no response came, or its body was cut.
#[derive(Debug)]
pub struct TransportError {
    failure: WireFailure,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl TransportError {
    /// `message` is one sentence: what failed and where.
    pub fn new(failure: WireFailure, message: impl Into<String>) -> Self {
        Self { failure, message: message.into(), source: None }
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure: the retry policy asks for it.
    pub fn failure(&self) -> WireFailure {
        self.failure
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
