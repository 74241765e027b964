//! What makes a start repeatable.

use super::job_patterns::check_length;
use crate::protocol::invalid_input::InvalidInput;
use sha2::{Digest, Sha256};
use std::fmt;

const MAX_TOKEN_CHARS: usize = 256;

/// What makes StartAsyncInvoke idempotent: the service starts one job for a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientRequestToken(String);

impl ClientRequestToken {
    /// A token of one's own: 1 to 256 visible ASCII characters (`!` to `~`).
    pub fn new(token: impl Into<String>) -> Result<Self, InvalidInput> {
        let token = token.into();
        check_length("clientRequestToken", &token, 1, MAX_TOKEN_CHARS)?;
        if let Some(bad) = token.chars().find(|c| !c.is_ascii_graphic()) {
            return Err(InvalidInput::new(
                "clientRequestToken",
                format!("contains {bad:?}; it may have visible ASCII characters only, no spaces"),
            ));
        }
        Ok(Self(token))
    }

    /// A token for one call, from 16 random bytes: a UUID of version 4.
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let hex = hex::encode(bytes);
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
        Self(groups.map(|group| hex.get(group).unwrap_or_default()).join("-"))
    }

    /// The token that belongs to a content: the same for the same.
    pub(super) fn of_bytes(content: &[u8]) -> Self {
        Self(format!("bedwire-{}", hex::encode(Sha256::digest(content))))
    }

    /// The token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientRequestToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
