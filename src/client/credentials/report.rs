//! What each source said, for whoever asks why.

use crate::error::Error;
use crate::protocol::auth::Auth;

/// What came of asking the sources.
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// What each of them said, in order.
    pub reports: Vec<SourceReport>,
    /// What calls to Bedrock are signed with now, or their error.
    pub found: Result<Auth, Error>,
}

/// A source, and what came of asking it.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourceReport {
    /// `environment`, `role`, `web identity`, `SSO`, …
    pub source: &'static str,
    /// What came of it.
    pub outcome: SourceOutcome,
}

/// What came of asking a source.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceOutcome {
    /// It has credentials, and they are used.
    Used(Auth),
    /// It has none, and what was looked at.
    Empty(String),
    /// It should have some, and failed. No source after it is asked.
    Failed(Error),
    /// It was not asked: a profile was named by hand, or a source before it was used or failed.
    NotAsked,
}
