//! Objects that a client wrote itself, in memory. Any bucket takes them.

use bytes::Bytes;
use http::HeaderMap;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// More than this is not kept: the emulator is no store.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What was put, by bucket and key.
#[derive(Debug, Default)]
pub(in crate::emulator) struct StoredObjects {
    all: BTreeMap<(String, String), StoredObject>,
    /// Those that anything was ever put into.
    buckets: BTreeSet<String>,
    /// Uploads under way, by their ids.
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// An object that is there.
#[derive(Clone, Debug)]
pub(in crate::emulator) struct StoredObject {
    pub(in crate::emulator) bytes: Bytes,
    pub(super) written: SystemTime,
    /// What its writer said of it.
    pub(super) description: HeaderMap,
}

/// An object that comes in parts, and is not there yet.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) description: HeaderMap,
    /// Bucket and key.
    pub(super) object: (String, String),
    pub(super) parts: BTreeMap<u32, Bytes>,
}

impl StoredObjects {
    /// Keeps an object, over one that is there. `false` where there is no room.
    pub(in crate::emulator) fn put(
        &mut self,
        (bucket, key): (String, String),
        bytes: Bytes,
        description: HeaderMap,
        written: SystemTime,
    ) -> bool {
        let fits = self.has_room_for(bytes.len());
        if fits {
            self.keep_bucket(&bucket);
            self.all.insert((bucket, key), StoredObject { bytes, written, description });
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
        let objects: usize = self.all.values().map(|object| object.bytes.len()).sum();
        let parts = self.uploads.values().flat_map(|upload| upload.parts.values());
        let parts: usize = parts.map(Bytes::len).sum();
        objects.saturating_add(parts).saturating_add(length) <= MAX_BYTES
    }

    pub(in crate::emulator) fn get(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.all.get(&(bucket.to_owned(), key.to_owned())).cloned()
    }

    /// What lies in a folder, by its names there.
    pub(in crate::emulator) fn below(&self, bucket: &str, folder: &str) -> Vec<(String, Bytes)> {
        let name = |key: &str| -> Option<String> {
            let rest = if folder.is_empty() { key } else { key.strip_prefix(folder)?.strip_prefix('/')? };
            Some(rest.to_owned())
        };
        let of_bucket = self.all.iter().filter(|((known, _), _)| known == bucket);
        of_bucket.filter_map(|((_, key), object)| Some((name(key)?, object.bytes.clone()))).collect()
    }

    pub(super) fn delete(&mut self, bucket: String, key: String) {
        self.all.remove(&(bucket, key));
    }
}
