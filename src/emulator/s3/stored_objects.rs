//! Objects that a client wrote itself, in memory. Any bucket takes them.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// More than this is not kept: the emulator is no store.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What was put, by bucket and key.
#[derive(Debug, Default)]
pub(in crate::emulator) struct StoredObjects {
    all: BTreeMap<(String, String), (Bytes, SystemTime)>,
    /// Those that anything was ever put into.
    buckets: BTreeSet<String>,
    /// Uploads under way, by their ids.
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// An object that comes in parts, and is not there yet.
#[derive(Debug)]
pub(super) struct Upload {
    /// Bucket and key.
    pub(super) object: (String, String),
    pub(super) parts: BTreeMap<u32, Bytes>,
}

impl StoredObjects {
    /// Keeps an object, over one that is there. `false` where there is no room.
    pub(in crate::emulator) fn put(
        &mut self,
        bucket: String,
        key: String,
        bytes: Bytes,
        now: SystemTime,
    ) -> bool {
        let fits = self.has_room_for(bytes.len());
        if fits {
            self.keep_bucket(&bucket);
            self.all.insert((bucket, key), (bytes, now));
        }
        fits
    }

    /// A bucket is there as soon as something is written into it, and remains.
    pub(super) fn keep_bucket(&mut self, bucket: &str) {
        if !self.buckets.contains(bucket) {
            self.buckets.insert(bucket.to_owned());
        }
    }

    pub(super) fn has_bucket(&self, bucket: &str) -> bool {
        self.buckets.contains(bucket)
    }

    pub(super) fn has_room_for(&self, length: usize) -> bool {
        let objects: usize = self.all.values().map(|(bytes, _)| bytes.len()).sum();
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values());
        let parts: usize = parts.map(Bytes::len).sum();
        objects.saturating_add(parts).saturating_add(length) <= MAX_BYTES
    }

    pub(in crate::emulator) fn get(&self, bucket: &str, key: &str) -> Option<(Bytes, SystemTime)> {
        self.all.get(&(bucket.to_owned(), key.to_owned())).cloned()
    }

    /// What lies in a folder, by its names there.
    pub(in crate::emulator) fn below(&self, bucket: &str, folder: &str) -> Vec<(String, Bytes)> {
        let name = |key: &str| -> Option<String> {
            let rest = if folder.is_empty() { key } else { key.strip_prefix(folder)?.strip_prefix('/')? };
            Some(rest.to_owned())
        };
        let of_bucket = self.all.iter().filter(|((known, _), _)| known == bucket);
        of_bucket.filter_map(|((_, key), (bytes, _))| Some((name(key)?, bytes.clone()))).collect()
    }

    pub(super) fn delete(&mut self, bucket: String, key: String) {
        self.all.remove(&(bucket, key));
    }
}
