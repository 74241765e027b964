//! ListObjects and ListObjectsV2, over what a client wrote and the folders of async invocations.
//!
//! - <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
//! - <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>

use super::answer::document;
use super::condition::etag;
use super::object::{content, names};
use super::refusals::{invalid_argument, no_bucket, not_there};
use super::written::Sources;
use crate::emulator::query;
use crate::emulator::refused::{Refused, escaped};
use crate::protocol::timestamp::iso_8601;
use bytes::Bytes;
use http::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The most entries of one page.
const MAX_KEYS: usize = 1000;
/// What `encoding-type=url` leaves as it is.
const IN_URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What a listing asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::emulator) struct Listing {
    is_v2: bool,
    prefix: String,
    delimiter: String,
    /// The last entry that the client has, or a key of its choice.
    after: String,
    max_keys: usize,
    is_in_url: bool,
}

/// One entry of a listing.
enum Entry {
    Object {
        etag: String,
        size: usize,
        written: SystemTime,
    },
    /// All keys that go on behind a delimiter.
    Folder,
}

impl Listing {
    pub(super) const PARAMETERS: &[&str] = &[
        "list-type",
        "prefix",
        "delimiter",
        "max-keys",
        "continuation-token",
        "start-after",
        "marker",
        "encoding-type",
        "fetch-owner",
    ];

    pub(super) fn read(pairs: &[(String, String)]) -> Result<Self, Refused> {
        let given = |name: &str| query::value(pairs, name).map(str::to_owned);
        let is_v2 = match given("list-type").as_deref() {
            None => false,
            Some("2") => true,
            Some(other) => return Err(not_there(&format!("list of type {other:?}"))),
        };
        let max_keys = match given("max-keys") {
            None => MAX_KEYS,
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| invalid_argument("Provided max-keys not an integer or within integer range"))?,
        };
        let after = match given("continuation-token").filter(|_| is_v2) {
            Some(token) => hex::decode(&token)
                .ok()
                .and_then(|key| String::from_utf8(key).ok())
                .ok_or_else(|| invalid_argument("The continuation token provided is incorrect"))?,
            None => given(if is_v2 { "start-after" } else { "marker" }).unwrap_or_default(),
        };
        Ok(Self {
            is_v2,
            prefix: given("prefix").unwrap_or_default(),
            delimiter: given("delimiter").unwrap_or_default(),
            after,
            max_keys: max_keys.min(MAX_KEYS),
            is_in_url: given("encoding-type").as_deref() == Some("url"),
        })
    }

    pub(super) fn name(&self) -> &'static str {
        if self.is_v2 { "ListObjectsV2" } else { "ListObjects" }
    }

    /// The entry that stands for a key, where the listing has the key at all.
    fn entry_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        let rest = key.strip_prefix(&self.prefix)?;
        let end = match self.delimiter.as_str() {
            "" => None,
            delimiter => rest.find(delimiter).map(|at| self.prefix.len() + at + delimiter.len()),
        };
        let entry = end.and_then(|end| key.get(..end)).unwrap_or(key);
        (entry > self.after.as_str()).then_some(entry)
    }

    /// A name as it is written: escaped, and encoded where that was asked for.
    fn written(&self, name: &str) -> String {
        if self.is_in_url { utf8_percent_encode(name, IN_URL).to_string() } else { escaped(name) }
    }
}

/// One page.
pub(super) fn list_objects(
    listing: &Listing,
    bucket: &str,
    sources: &mut Sources,
) -> Result<Response<Bytes>, Refused> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut add = |key: &str, bytes: &Bytes, written: SystemTime| {
        if let Some(name) = listing.entry_of(key) {
            let of_object = || Entry::Object { etag: etag(bytes), size: bytes.len(), written };
            let entry = if name == key && !is_folder(listing, key) { of_object() } else { Entry::Folder };
            entries.entry(name.to_owned()).or_insert(entry);
        }
    };
    for (key, object) in sources.puts.of_bucket(bucket) {
        add(key, &object.bytes, object.written);
    }
    let seen = sources.jobs.seen_in(bucket, sources.now);
    if seen.is_none() && !sources.puts.has_bucket(bucket) {
        return Err(no_bucket(bucket));
    }
    for (job, written) in seen.into_iter().flatten() {
        for name in names(job) {
            if let Some(content) = content(job, name, sources.stores) {
                add(&format!("{}/{name}", job.folder()), &content.bytes, written);
            }
        }
    }
    Ok(page(listing, bucket, entries))
}

/// Whether a key ends where its entry does, with the delimiter.
fn is_folder(listing: &Listing, key: &str) -> bool {
    let rest = key.strip_prefix(&listing.prefix).unwrap_or(key);
    !listing.delimiter.is_empty() && rest.contains(&listing.delimiter)
}

fn page(listing: &Listing, bucket: &str, entries: BTreeMap<String, Entry>) -> Response<Bytes> {
    let is_truncated = listing.max_keys > 0 && entries.len() > listing.max_keys;
    let shown: Vec<(String, Entry)> = entries.into_iter().take(listing.max_keys).collect();
    let element = |name: &str, value: &str| format!("<{name}>{value}</{name}>");
    let given = |name: &str, value: &str| {
        if value.is_empty() { String::new() } else { element(name, &listing.written(value)) }
    };
    let last = shown.last().map(|(name, _)| name.as_str()).filter(|_| is_truncated);
    let mut text = [
        element("Name", &escaped(bucket)),
        element("Prefix", &listing.written(&listing.prefix)),
        element("MaxKeys", &listing.max_keys.to_string()),
        given("Delimiter", &listing.delimiter),
        element("IsTruncated", if is_truncated { "true" } else { "false" }),
    ]
    .concat();
    if listing.is_in_url {
        text.push_str(&element("EncodingType", "url"));
    }
    if listing.is_v2 {
        text.push_str(&element("KeyCount", &shown.len().to_string()));
        text.push_str(
            &last.map(|last| element("NextContinuationToken", &hex::encode(last))).unwrap_or_default(),
        );
    } else {
        text.push_str(&element("Marker", &listing.written(&listing.after)));
        // Without a delimiter, the last key is the next marker, and S3 does not say it again.
        let next = last.filter(|_| !listing.delimiter.is_empty());
        text.push_str(&next.map(|last| given("NextMarker", last)).unwrap_or_default());
    }
    for (name, entry) in &shown {
        let name = listing.written(name);
        text.push_str(&match entry {
            Entry::Object { etag, size, written } => {
                let about = [
                    element("Key", &name),
                    element("LastModified", &iso_8601(*written)),
                    element("ETag", &escaped(etag)),
                    element("Size", &size.to_string()),
                    element("StorageClass", "STANDARD"),
                ];
                element("Contents", &about.concat())
            }
            Entry::Folder => element("CommonPrefixes", &element("Prefix", &name)),
        });
    }
    document("ListBucketResult", &text)
}
