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
