//! Objects that a client wrote itself, in memory. Any bucket takes them.

use bytes::Bytes;
use http::HeaderMap;
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// More than this is not kept: the emulator is no store.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// What is kept of each thing beside its bytes and its names, about: many that are empty are much, too.
const EACH: usize = 256;

/// What was put, by bucket and key.
#[derive(Debug, Default)]
pub(in crate::emulator) struct StoredObjects {
    all: BTreeMap<(String, String), StoredObject>,
    /// Those that anything was ever put into.
    buckets: BTreeSet<String>,
    /// Uploads under way, by their ids.
    uploads: BTreeMap<String, Upload>,
    /// How much all of it is.
    size: usize,
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
    /// Keeps an object, in the place of one that is there. `false` where there is no room.
    pub(in crate::emulator) fn put(
        &mut self,
        (bucket, key): (String, String),
        bytes: Bytes,
        description: HeaderMap,
        written: SystemTime,
    ) -> bool {
        let place = (bucket, key);
        let object = StoredObject { bytes, written, description };
        let before = self.all.get(&place).map_or(0, |object| object.size(&place.1));
        let fits = self.takes(object.size(&place.1).saturating_add(self.new_bucket(&place.0)), before);
        if fits {
            self.keep_bucket(&place.0);
            self.all.insert(place, object);
        }
        fits
    }

    /// Begins an upload. `false` where there is no room.
    pub(super) fn begin(&mut self, id: String, object: (String, String), description: HeaderMap) -> bool {
        let fits = self.takes(size(&object.1, &description).saturating_add(self.new_bucket(&object.0)), 0);
        if fits {
            self.keep_bucket(&object.0);
            self.uploads.insert(id, Upload { description, object, parts: BTreeMap::new() });
        }
        fits
    }

    /// An upload of this object.
    pub(super) fn upload(&self, id: &str, object: &(String, String)) -> Option<&Upload> {
        self.uploads.get(id).filter(|upload| upload.object == *object)
    }

    /// Keeps a part of an upload, in the place of one that is there. `false` where there is no room.
    pub(super) fn put_part(&mut self, id: &str, number: u32, bytes: Bytes) -> bool {
        let part = |bytes: &Bytes| bytes.len().saturating_add(EACH);
        let before = self.uploads.get(id).and_then(|upload| upload.parts.get(&number)).map_or(0, part);
        let fits = self.takes(part(&bytes), before);
        if fits && let Some(upload) = self.uploads.get_mut(id) {
            upload.parts.insert(number, bytes);
        }
        fits
    }

    /// Forgets an upload with its parts.
    pub(super) fn end(&mut self, id: &str) -> Option<Upload> {
        let upload = self.uploads.remove(id)?;
        let parts: usize = upload.parts.values().map(|part| part.len().saturating_add(EACH)).sum();
        self.size =
            self.size.saturating_sub(size(&upload.object.1, &upload.description)).saturating_sub(parts);
        Some(upload)
    }

    /// A bucket is there as soon as something is written into it, and remains.
    fn keep_bucket(&mut self, bucket: &str) {
        if !self.buckets.contains(bucket) {
            self.buckets.insert(bucket.to_owned());
        }
    }

    /// How much a bucket is that is not there yet.
    fn new_bucket(&self, bucket: &str) -> usize {
        if self.buckets.contains(bucket) { 0 } else { bucket.len().saturating_add(EACH) }
    }

    pub(in crate::emulator) fn has_bucket(&self, bucket: &str) -> bool {
        self.buckets.contains(bucket)
    }

    /// Whether there is room for so much in the place of what was there, which is taken then.
    fn takes(&mut self, more: usize, before: usize) -> bool {
        let size = self.size.saturating_sub(before).saturating_add(more);
        let fits = size <= MAX_BYTES;
        if fits {
            self.size = size;
        }
        fits
    }

    pub(in crate::emulator) fn get(&self, bucket: &str, key: &str) -> Option<StoredObject> {
        self.all.get(&(bucket.to_owned(), key.to_owned())).cloned()
    }

    /// Makes a bucket, or leaves one that is there. `false` where there is no room.
    pub(super) fn make_bucket(&mut self, bucket: &str) -> bool {
        let fits = self.takes(self.new_bucket(bucket), 0);
        if fits {
            self.keep_bucket(bucket);
        }
        fits
    }

    /// What lies in a bucket, by its keys.
    pub(super) fn of_bucket(&self, bucket: &str) -> impl Iterator<Item = (&str, &StoredObject)> {
        let of_bucket = self.all.iter().filter(move |((known, _), _)| known == bucket);
        of_bucket.map(|((_, key), object)| (key.as_str(), object))
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
        let place = (bucket, key);
        if let Some(object) = self.all.remove(&place) {
            self.size = self.size.saturating_sub(object.size(&place.1));
        }
    }
}

impl StoredObject {
    fn size(&self, key: &str) -> usize {
        self.bytes.len().saturating_add(size(key, &self.description))
    }
}

/// How much a name and what is said of it are.
fn size(key: &str, description: &HeaderMap) -> usize {
    let said = description.iter().map(|(name, value)| name.as_str().len() + value.len() + EACH);
    said.fold(key.len().saturating_add(EACH), usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn place(key: &str) -> (String, String) {
        ("bucket".to_owned(), key.to_owned())
    }

    fn put(objects: &mut StoredObjects, key: &str, bytes: &Bytes) -> bool {
        objects.put(place(key), bytes.clone(), HeaderMap::new(), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn what_is_replaced_makes_room() {
        let large = Bytes::from(vec![0; 20 << 20]);
        let mut objects = StoredObjects::default();
        for key in ["a", "b", "c", "c", "c"] {
            assert!(put(&mut objects, key, &large), "{key}");
        }
        assert!(!put(&mut objects, "d", &large));
        objects.delete("bucket".to_owned(), "c".to_owned());
        for id in ["1", "2"] {
            assert!(objects.begin(id.to_owned(), place("c"), HeaderMap::new()));
            assert!(objects.put_part(id, 1, large.clone()) && objects.put_part(id, 1, large.clone()));
            assert!(!objects.put_part(id, 2, large.clone()) && !put(&mut objects, "d", &large));
            assert_eq!(objects.end(id).unwrap().parts.len(), 1);
        }
        assert!(put(&mut objects, "d", &large));
    }

    #[test]
    fn what_has_no_bytes_is_not_nothing() {
        let mut said = HeaderMap::new();
        said.insert("x-amz-meta-a", HeaderValue::try_from("x".repeat(1 << 20)).unwrap());
        let put = |objects: &mut StoredObjects, key: usize, said: &HeaderMap| {
            objects.put(place(&key.to_string()), Bytes::new(), said.clone(), SystemTime::UNIX_EPOCH)
        };
        let mut objects = StoredObjects::default();
        let kept = (0..100).take_while(|key| put(&mut objects, *key, &said)).count();
        assert_eq!(kept, 63);
        assert!(!objects.begin("1".to_owned(), place("a"), said.clone()));
        // Many keys and many buckets are much, too.
        objects = StoredObjects::default();
        let kept = (0..1_000_000).take_while(|key| put(&mut objects, *key, &HeaderMap::new())).count();
        assert!((100_000..300_000).contains(&kept), "{kept}");
        objects = StoredObjects::default();
        let begin = |objects: &mut StoredObjects, bucket: usize| {
            objects.begin(bucket.to_string(), (bucket.to_string(), String::new()), HeaderMap::new())
                && objects.end(&bucket.to_string()).is_some()
        };
        let kept = (0..1_000_000).take_while(|bucket| begin(&mut objects, *bucket)).count();
        assert!((100_000..300_000).contains(&kept), "{kept}");
    }
}
