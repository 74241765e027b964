//! Everything that clients are known to sign in the place of what a server expects.
//!
//! | file | what else may have been signed |
//! |---|---|
//! | `method` | another method |
//! | `path` | another encoding of the path, or more or less of it |
//! | `query` | another order or encoding of the query |
//! | `headers` | another set of headers, or other values |
//! | `payload` | another body, or none |
//! | `json_forms` | nothing: the ways in which serialisers write the same JSON |
//! | `scope` | another date, region, service, secret, or a key made in other steps |

mod headers;
mod json_forms;
mod method;
mod path;
mod payload;
mod query;
mod scope;

pub(in crate::protocol::diagnosis) use payload::EMPTY;

use super::claimed::Claimed;
use super::host::HostScope;
use super::mistake::Mistake;
use super::search::{Alternative, Part};
use super::view::{Change, View};
use crate::protocol::capture::CapturedRequest;

/// What the alternatives are made from.
pub(super) struct Origin<'a> {
    pub(super) request: &'a CapturedRequest,
    pub(super) claimed: &'a Claimed,
    pub(super) host: &'a HostScope,
    /// What the server computes.
    pub(super) base: &'a View,
    /// The body, where all of it is known.
    pub(super) body: Option<&'a [u8]>,
    /// The session token that belongs to the key, where it is known.
    pub(super) token: Option<&'a str>,
}

/// All of them, likely ones first: of two that come to the same, the first is kept.
pub(super) fn all(origin: &Origin<'_>) -> Vec<Alternative> {
    let mut found = Found::default();
    method::add(origin, &mut found);
    path::add(origin, &mut found);
    query::add(origin, &mut found);
    headers::add(origin, &mut found);
    payload::add(origin, &mut found);
    scope::add(origin, &mut found);
    found.0
}

/// The alternatives so far.
#[derive(Default)]
struct Found(Vec<Alternative>);

impl Found {
    fn add(&mut self, part: Part, mistakes: &[Mistake], what: impl Into<String>, changes: Vec<Change>) {
        let alone = mistakes.len() > 1;
        self.push(Alternative { mistakes: mistakes.to_vec(), what: what.into(), changes, part, alone });
    }

    fn push(&mut self, alternative: Alternative) {
        self.0.push(alternative);
    }
}
