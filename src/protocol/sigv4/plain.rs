//! The canonical request of a plain request, written in one go. Nearly every call to Bedrock is one: no query, nothing
//! in the path that would be resolved away, each header once and with nothing to fold. What is not plain is left to
//! `aws-sigv4` in full.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request>

use super::canonical::UNRESERVED_PATH;
use super::hash::HexDigest;
use bytes::Bytes;
use http::{HeaderMap, Request};
use percent_encoding::percent_encode;

/// A canonical request, and the names that its signature covers.
pub(super) struct Plain {
    pub(super) canonical_request: String,
    /// `content-type;host;x-amz-date`
    pub(super) signed_headers: String,
}

impl Plain {
    /// Of a request that gets these headers, too; `is_signed` says which of its own are signed. `None` where it is not
    /// plain.
    pub(super) fn of(
        request: &Request<Bytes>,
        added: &[(&'static str, &str)],
        is_signed: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        let uri = request.uri();
        if uri.query().is_some() || !stands_as_it_is(uri.path()) {
            return None;
        }
        let headers = sorted(request.headers(), added, is_signed)?;
        let names = headers.iter().map(|(name, _)| name.len() + 1).sum::<usize>();
        let values = headers.iter().map(|(_, value)| value.len() + 1).sum::<usize>();
        let mut signed_headers = String::with_capacity(names);
        // Room for the rest: the method, a path whose every byte is encoded, a hash, line ends.
        let mut canonical = String::with_capacity(2 * names + values + 3 * uri.path().len() + 96);
        canonical.push_str(request.method().as_str());
        canonical.push('\n');
        canonical.extend(percent_encode(uri.path().as_bytes(), UNRESERVED_PATH));
        canonical.push_str("\n\n");
        for (name, value) in headers {
            for part in [name, ":", value, "\n"] {
                canonical.push_str(part);
            }
            if !signed_headers.is_empty() {
                signed_headers.push(';');
            }
            signed_headers.push_str(name);
        }
        for part in ["\n", &signed_headers, "\n", &HexDigest::of(request.body())] {
            canonical.push_str(part);
        }
        Some(Self { canonical_request: canonical, signed_headers })
    }
}

/// Whether no segment of a path would be resolved away or folded.
fn stands_as_it_is(path: &str) -> bool {
    path.starts_with('/') && !path.as_bytes().windows(2).any(|pair| matches!(pair, b"//" | b"/."))
}

/// The headers that are signed, by name; `None` where one is there twice, or has a value with anything to fold.
fn sorted<'a>(
    headers: &'a HeaderMap,
    added: &[(&'static str, &'a str)],
    is_signed: impl Fn(&str) -> bool,
) -> Option<Vec<(&'a str, &'a str)>> {
    let mut sorted: Vec<(&str, &str)> = Vec::with_capacity(headers.len() + added.len());
    let mut add = |name, value| {
        // There are few: to put each in its place takes less than to sort them all.
        let place = sorted.binary_search_by(|(known, _)| known.cmp(&name)).err()?;
        sorted.insert(place, (name, value));
        (!would_be_folded(value)).then_some(())
    };
    for (name, value) in added {
        add(*name, *value)?;
    }
    for (name, value) in headers {
        if is_signed(name.as_str()) {
            add(name.as_str(), value.to_str().ok()?)?;
        }
    }
    Some(sorted)
}

/// Whether a value has white space at its ends, or more than one space at a place.
fn would_be_folded(value: &str) -> bool {
    value.trim_ascii().len() != value.len()
        || value.contains(['\t', '\r', '\n'])
        || value.as_bytes().windows(2).any(|pair| pair == b"  ")
}
