//! What a record is told by, in 16 bytes: millions of them fit in memory.

use sha2::{Digest, Sha256};

/// The hash of an id; of the line's number where the line has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn new(id: Option<&str>, line: u64) -> Self {
        let hash = match id {
            Some(id) => Sha256::new_with_prefix(b"id ").chain_update(id).finalize(),
            None => Sha256::new_with_prefix(b"line ").chain_update(line.to_be_bytes()).finalize(),
        };
        let mut key = [0; 16];
        key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        Self(key)
    }
}
