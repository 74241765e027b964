//! Objects that a client wrote itself, in memory. Any bucket takes them.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// More than this is not kept: the emulator is no store.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What was put, by bucket and key.
#[derive(Debug, Default)]
pub(super) struct PutObjects {
    all: BTreeMap<(String, String), (Bytes, SystemTime)>,
}

impl PutObjects {
    /// Keeps an object, over one that is there. `false` where there is no room.
    pub(super) fn put(&mut self, bucket: String, key: String, bytes: Bytes, now: SystemTime) -> bool {
        let others: usize = self.all.values().map(|(bytes, _)| bytes.len()).sum();
        let fits = others.saturating_add(bytes.len()) <= MAX_BYTES;
        if fits {
            self.all.insert((bucket, key), (bytes, now));
        }
        fits
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> Option<(Bytes, SystemTime)> {
        self.all.get(&(bucket.to_owned(), key.to_owned())).cloned()
    }

    pub(super) fn delete(&mut self, bucket: String, key: String) {
        self.all.remove(&(bucket, key));
    }
}
