//! Keys: who asks, and what they may.

use super::limits::Allowance;
use crate::protocol::invalid_input::InvalidInput;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// A key that a gateway takes, and what its holder may. The key itself is nowhere: only its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// What its holder is called in log and metrics.
    pub name: String,
    /// The hash of the key.
    pub hash: KeyHash,
    /// The models that may be asked, by the names that clients use; `claude-*` stands for all that begin so. Empty:
    /// every model.
    pub models: Vec<String>,
    /// How many requests a minute.
    pub requests_per_minute: Option<u32>,
    /// How many tokens a minute, prompts and answers together.
    pub tokens_per_minute: Option<u64>,
}

impl Key {
    /// A key without limits.
    pub fn new(name: impl Into<String>, hash: KeyHash) -> Self {
        Self {
            name: name.into(),
            hash,
            models: Vec::new(),
            requests_per_minute: None,
            tokens_per_minute: None,
        }
    }
}

/// The SHA-256 of a key. A key is long and random, so a slow hash would add nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

/// The shortest key that nobody guesses, in bytes.
const SHORTEST: usize = 16;

impl KeyHash {
    /// The hash of a key that somebody wrote down, without the white space around it.
    ///
    /// # Errors
    /// What can be guessed: less than 16 bytes. `field` says where it stands.
    pub fn of_written(field: &str, key: &[u8]) -> Result<Self, InvalidInput> {
        let key = key.trim_ascii();
        if key.len() < SHORTEST {
            let problem = format!(
                "has {} bytes, which can be guessed; give a key of at least {SHORTEST}, as `openssl rand -hex 24` makes one",
                key.len()
            );
            return Err(InvalidInput::new(field, problem));
        }
        Ok(Self::of(key))
    }

    /// The hash of a key.
    pub fn of(key: &[u8]) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// A hash from its 64 hexadecimal digits.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).ok()?;
        Some(Self(hash))
    }

    /// Its 64 hexadecimal digits.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// The keys in force.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Arc<Holder>>);

/// Whoever has a key, and what is left of what they may.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) key: Key,
    pub(super) allowance: Arc<Allowance>,
}

impl Keys {
    pub(super) fn new(holders: impl IntoIterator<Item = Holder>) -> Self {
        Self(holders.into_iter().map(Arc::new).collect())
    }

    /// Without keys everybody may ask.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose key it is. Every hash is compared to its end, so that the time tells nothing.
    pub(super) fn holder_of(&self, key: &[u8]) -> Option<Arc<Holder>> {
        let hash = KeyHash::of(key);
        let mut found = None;
        for holder in &self.0 {
            if bool::from(holder.key.hash.0.ct_eq(&hash.0)) {
                found = Some(holder);
            }
        }
        found.cloned()
    }
}

impl Holder {
    /// Whether a model may be asked by this name.
    pub(super) fn may_ask(&self, model: &str) -> bool {
        self.key.models.is_empty() || self.key.models.iter().any(|allowed| stands_for(allowed, model))
    }
}

/// Whether a name in [`Key::models`] stands for a model's.
pub(super) fn stands_for(allowed: &str, model: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => model == allowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(key: &str, models: &[&str]) -> Holder {
        let mut options = Key::new(key, KeyHash::of(key.as_bytes()));
        options.models = models.iter().map(|model| (*model).to_owned()).collect();
        Holder { key: options, allowance: Arc::default() }
    }

    #[test]
    fn a_key_is_known_by_its_hash() {
        let keys = Keys::new([holder("a", &[]), holder("b", &[])]);
        assert_eq!(keys.holder_of(b"b").unwrap().key.name, "b");
        assert!(keys.holder_of(b"c").is_none() && keys.holder_of(b"").is_none());
        let hash = KeyHash::of(b"a");
        assert_eq!(KeyHash::from_hex(&hash.to_hex()), Some(hash));
        assert!(KeyHash::from_hex("abc").is_none() && !format!("{hash:?}").contains(&hash.to_hex()));
    }

    #[test]
    fn models_are_allowed_by_name_or_beginning() {
        let some = holder("a", &["claude-*", "nova"]);
        assert!(some.may_ask("claude-sonnet-4") && some.may_ask("nova"));
        assert!(!some.may_ask("nova-lite") && !some.may_ask("llama"));
        assert!(holder("a", &[]).may_ask("anything"));
    }
}
