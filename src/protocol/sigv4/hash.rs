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
        // `hex::encode` goes from character to character.
        let mut text = [0; 64];
        let _ = hex::encode_to_slice(Sha256::digest(bytes), &mut text); // it has that length
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
    let key = [date, region, service, "aws4_request"]
        .into_iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac_sha256(&key, part.as_bytes()));
    hex::encode(hmac_sha256(&key, string_to_sign.as_bytes()))
}

fn hmac_sha256(key: &[u8], data: &[u8]) -> Vec<u8> {
    // HMAC takes a key of any length, so there is no error to handle: an empty MAC would match nothing.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|mac| mac.chain_update(data).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}
