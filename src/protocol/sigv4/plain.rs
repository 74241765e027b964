//! The canonical request of a plain request, written in one go. Nearly every call to Bedrock is one: no query, nothing
//! in the path that would be resolved away, each header once and with nothing to fold. What is not plain is left to
//! `aws-sigv4` in full.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request>

use super::canonical::UNRESERVED_PATH;
use super::hash::HexDigest;
use super::unsignable::is_unsignable;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request};
use percent_encoding::percent_encode;
use std::ops::Range;

/// A canonical request, and the names that its signature covers.
pub(super) struct Plain {
    pub(super) canonical_request: Vec<u8>,
    /// Where in it the names stand.
    names: Range<usize>,
}

impl Plain {
    /// Of a request that gets these headers, too. `None` where it is not plain.
    pub(super) fn of(request: &Request<Bytes>, added: &[Option<(HeaderName, &[u8])>]) -> Option<Self> {
        let uri = request.uri();
        if uri.query().is_some() || !stands_as_it_is(uri.path()) {
            return None;
        }
        let headers = sorted(request.headers(), added)?;
        let names = headers.iter().map(|(name, _)| name.len() + 1).sum::<usize>();
        let values = headers.iter().map(|(_, value)| value.len() + 1).sum::<usize>();
        // Room for the rest: the method, a path whose every byte is encoded, a hash, line ends.
        let mut canonical = Vec::with_capacity(2 * names + values + 3 * uri.path().len() + 96);
        canonical.extend_from_slice(request.method().as_str().as_bytes());
        canonical.push(b'\n');
        for piece in percent_encode(uri.path().as_bytes(), UNRESERVED_PATH) {
            canonical.extend_from_slice(piece.as_bytes());
        }
        canonical.extend_from_slice(b"\n\n");
        for (name, value) in &headers {
            canonical.extend_from_slice(name.as_bytes());
            canonical.push(b':');
            canonical.extend_from_slice(value);
            canonical.push(b'\n');
        }
        canonical.push(b'\n');
        let start = canonical.len();
        for (index, (name, _)) in headers.iter().enumerate() {
            if index > 0 {
                canonical.push(b';');
            }
            canonical.extend_from_slice(name.as_bytes());
        }
        let names = start..canonical.len();
        canonical.push(b'\n');
        canonical.extend_from_slice(HexDigest::of(request.body()).as_bytes());
        Some(Self { canonical_request: canonical, names })
    }

    /// `content-type;host;x-amz-date`
    pub(super) fn signed_headers(&self) -> Option<&str> {
        std::str::from_utf8(self.canonical_request.get(self.names.clone())?).ok()
    }
}

/// Whether no segment of a path would be resolved away or folded.
fn stands_as_it_is(path: &str) -> bool {
    path.starts_with('/') && !path.as_bytes().windows(2).any(|pair| matches!(pair, b"//" | b"/."))
}

/// The headers that are signed, by name; `None` where one is there twice, or has a value with anything to fold.
fn sorted<'a>(
    headers: &'a HeaderMap,
    added: &'a [Option<(HeaderName, &'a [u8])>],
) -> Option<Vec<(&'a str, &'a [u8])>> {
    let mut sorted: Vec<(&str, &[u8])> = Vec::with_capacity(headers.len() + added.len());
    let mut add = |name, value| {
        // There are few: to put each in its place takes less than to sort them all.
        let place = sorted.binary_search_by(|(known, _)| known.cmp(&name)).err()?;
        sorted.insert(place, (name, value));
        has_nothing_to_fold(value).then_some(())
    };
    for (name, value) in added.iter().flatten() {
        add(name.as_str(), *value)?;
    }
    for (name, value) in headers {
        if !is_unsignable(name.as_str()) {
            add(name.as_str(), value.as_bytes())?;
        }
    }
    Some(sorted)
}

/// Whether a value is words of visible ASCII, with one space between two.
fn has_nothing_to_fold(value: &[u8]) -> bool {
    let is_word = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    value.is_empty() || value.split(|byte| *byte == b' ').all(is_word)
}
