//! SHA-256, HMAC and the key chain of SigV4.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::ops::Deref;

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    HexDigest::of(bytes).to_owned()
}

/// A SHA-256 in hexadecimal: text that needs no memory of its own.
pub(super) struct HexDigest([u8; 64]);

impl HexDigest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self::written(&Sha256::digest(bytes).into())
    }

    /// The HMAC of a text.
    pub(super) fn of_hmac(key: &[u8], text: &str) -> Self {
        Self::written(&hmac_sha256(key, text.as_bytes()))
    }

    fn written(digest: &[u8; 32]) -> Self {
        // `hex::encode` goes from character to character.
        let mut text = [0; 64];
        let _ = hex::encode_to_slice(digest, &mut text); // it has that length
        Self(text)
    }
}

impl Deref for HexDigest {
    type Target = str;

    fn deref(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// AWS4 + secret → date → region → service → `aws4_request`, then the string to sign.
pub(super) fn signature(
    secret: &str,
    date: &str,
    region: &str,
    service: &str,
    string_to_sign: &str,
) -> String {
    let key = hmac_sha256(format!("AWS4{secret}").as_bytes(), date.as_bytes());
    let key = [region, service, "aws4_request"]
        .into_iter()
        .fold(key, |key, part| hmac_sha256(&key, part.as_bytes()));
    HexDigest::of_hmac(&key, string_to_sign).to_owned()
}

fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length, so there is no error to handle: a MAC of zeros would match nothing.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(data).finalize().into_bytes().into())
        .unwrap_or_default()
}
