//! The search: which mistake, or which two, reproduce a given signature.
//!
//! Hashing is cheap as long as nothing is hashed twice: each alternative's canonical request and signing key are made
//! once, and a pair of which only one changes the canonical request (or the key) uses what the other has.

use super::effort::Effort;
use super::keyed::Keyed;
use super::mistake::Mistake;
use super::view::{Change, View, sha256};

/// Something that may have been signed instead.
#[derive(Clone, Debug)]
pub(super) struct Alternative {
    pub(super) mistakes: Vec<Mistake>,
    /// What was done, in words that go on after "the signature is that of a request …".
    pub(super) what: String,
    pub(super) changes: Vec<Change>,
    /// Two alternatives of one part exclude each other.
    pub(super) part: Part,
    /// Too many of its kind, or too unlikely, to be paired.
    pub(super) alone: bool,
}

/// What an alternative is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Method,
    Path,
    Query,
    Header(String),
    Payload,
    Date,
    Region,
    Service,
    Secret,
    Chain,
}

/// What an alternative comes to.
struct Prepared {
    hash: [u8; 32],
    key: Keyed,
    canonical: bool,
    of_key: bool,
}

/// The alternatives that reproduce the signature: none where it is right, one or two where they do. `None` where none
/// do, or where the effort is spent.
pub(super) fn search<'a>(
    base: &View,
    alternatives: &'a [Alternative],
    signature: &[u8; 32],
    effort: &mut Effort,
) -> Option<Vec<&'a Alternative>> {
    let base_hash = sha256(&base.canonical_request());
    let base_key = base.key();
    if is_signature(base, base_hash, &base_key, signature) {
        return Some(Vec::new());
    }
    let length = base.canonical_length();
    let mut prepared = Vec::with_capacity(alternatives.len());
    for alternative in alternatives {
        effort.spend(length)?;
        let view = base.clone().with(&alternative.changes);
        let canonical = alternative.changes.iter().any(Change::is_canonical);
        let of_key = alternative.changes.iter().any(Change::is_of_key);
        let hash = if canonical { sha256(&view.canonical_request()) } else { base_hash };
        let key = if of_key { view.key() } else { base_key.clone() };
        if is_signature(&view, hash, &key, signature) {
            return Some(vec![alternative]);
        }
        prepared.push(Prepared { hash, key, canonical, of_key });
    }
    let mut text = String::new();
    for (at, (first, one)) in alternatives.iter().zip(&prepared).enumerate() {
        if first.alone {
            continue;
        }
        let mut view = base.clone().with(&first.changes);
        for (second, other) in alternatives.iter().zip(&prepared).skip(at + 1) {
            if second.alone || second.part == first.part {
                continue;
            }
            effort.spend(if one.canonical && other.canonical { length } else { 0 })?;
            if one.canonical && other.canonical || one.of_key && other.of_key {
                let mut undo: Vec<Change> =
                    second.changes.iter().map(|change| view.exchange(change.clone())).collect();
                let hash = if one.canonical && other.canonical {
                    view.write_canonical(&mut text);
                    sha256(&text)
                } else {
                    pick(one, other).hash
                };
                let found = if one.of_key && other.of_key {
                    is_signature(&view, hash, &view.key(), signature)
                } else {
                    is_signature(&view, hash, if one.of_key { &one.key } else { &other.key }, signature)
                };
                while let Some(change) = undo.pop() {
                    view.exchange(change);
                }
                if found {
                    return Some(vec![first, second]);
                }
                continue;
            }
            let hash = pick(one, other).hash;
            let key = if one.of_key { &one.key } else { &other.key };
            if is_scoped_signature([&first.changes, &second.changes], base, hash, key, signature) {
                return Some(vec![first, second]);
            }
        }
    }
    None
}

/// The one of two that changes the canonical request.
fn pick<'a>(one: &'a Prepared, other: &'a Prepared) -> &'a Prepared {
    if one.canonical { one } else { other }
}

fn is_signature(view: &View, hash: [u8; 32], key: &Keyed, signature: &[u8; 32]) -> bool {
    key.mac(view.string_to_sign(hash).as_bytes()) == *signature
}

/// The same for two sets of changes, without making the view: only date and scope stand in the string to sign.
fn is_scoped_signature(
    changes: [&[Change]; 2],
    base: &View,
    hash: [u8; 32],
    key: &Keyed,
    signature: &[u8; 32],
) -> bool {
    let (mut amz_date, mut date) = (&base.amz_date, &base.date);
    let (mut region, mut service) = (&base.region, &base.service);
    for change in changes.into_iter().flatten() {
        match change {
            Change::AmzDate(value) => amz_date = value,
            Change::Date(value) => date = value,
            Change::Region(value) => region = value,
            Change::Service(value) => service = value,
            _ => {}
        }
    }
    let mut hex_hash = [0; 64];
    // It has room for twice 32.
    let _ = hex::encode_to_slice(hash, &mut hex_hash);
    let mut text = Vec::with_capacity(256);
    for part in ["AWS4-HMAC-SHA256\n", amz_date, "\n", date, "/", region, "/", service, "/aws4_request\n"] {
        text.extend_from_slice(part.as_bytes());
    }
    text.extend_from_slice(&hex_hash);
    key.mac(&text) == *signature
}
