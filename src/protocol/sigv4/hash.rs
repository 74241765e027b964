//! SHA-256, HMAC and the key chain of SigV4.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Hex::of_sha256(bytes).as_str().to_owned()
}

/// The digits of a hash, without memory of their own. `hex::encode` goes from character to character.
pub(super) struct Hex([u8; 64]);

impl Hex {
    pub(super) fn of(hash: [u8; 32]) -> Self {
        let mut digits = [0; 64];
        let _ = hex::encode_to_slice(hash, &mut digits); // it has that length
        Self(digits)
    }

    pub(super) fn of_sha256(bytes: &[u8]) -> Self {
        Self::of(Sha256::digest(bytes).into())
    }

    pub(super) fn as_str(&self) -> &str {
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

/// A key that many strings are signed with: its two blocks are hashed once.
#[derive(Clone)]
pub(crate) struct Keyed(Option<Hmac<Sha256>>);

impl Keyed {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).ok())
    }

    pub(crate) fn mac(&self, data: &[u8]) -> [u8; 32] {
        self.0.clone().map(|mac| mac.chain_update(data).finalize().into_bytes().into()).unwrap_or_default()
    }
}
