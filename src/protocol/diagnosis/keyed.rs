//! HMAC-SHA-256 under one key.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A key that many strings are signed with: its two blocks are hashed once.
#[derive(Clone)]
pub(super) struct Keyed(Option<Hmac<Sha256>>);

impl Keyed {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).ok())
    }

    pub(super) fn mac(&self, data: &[u8]) -> [u8; 32] {
        self.0.clone().map(|mac| mac.chain_update(data).finalize().into_bytes().into()).unwrap_or_default()
    }
}
