//! Whose API a path belongs to, and with it in which shape it is answered.

use crate::protocol::operation::paths::half_of_bedrock;
use http::{HeaderMap, HeaderName};

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// Whose API a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// OpenAI's.
    OpenAi,
    /// Anthropic's.
    Anthropic,
    /// Bedrock's.
    Bedrock,
}

impl Shape {
    /// `path` is as it came on the wire. Anthropic's clients say so in a header, which tells the two `/v1/models` apart.
    pub(super) fn of(path: &str, headers: &HeaderMap) -> Self {
        if half_of_bedrock(path).is_some() {
            Self::Bedrock
        } else if path.starts_with("/v1/messages") || headers.contains_key(ANTHROPIC_VERSION) {
            Self::Anthropic
        } else {
            Self::OpenAi
        }
    }
}
