//! How a client paces its calls.

use crate::protocol::retry::pacing::PacingOptions;
use std::path::PathBuf;

/// How a client paces its calls.
#[derive(Debug, Default)]
pub(in crate::client) struct PacingSettings {
    pub(in crate::client) options: PacingOptions,
    pub(in crate::client) tokens_per_minute: Option<u64>,
    /// Where processes share what they know.
    pub(in crate::client) folder: Option<PathBuf>,
}

impl PacingSettings {
    /// Whether a quota was given, or where to share what is known of it.
    pub(super) fn say_anything(&self) -> bool {
        self.options != PacingOptions::Learn || self.tokens_per_minute.is_some() || self.folder.is_some()
    }
}
