//! How deep and how rich a text may be, and why one cannot be read.

use std::fmt;

/// How deep and how rich a text may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) depth: usize,
    pub(super) values: usize,
}

impl Bounds {
    pub(super) const NONE: Self = Self { depth: usize::MAX, values: usize::MAX };
    /// For what a stranger sends: `serde_json`'s own depth, and as many values as fill no memory, since an index takes a
    /// multiple of the text where that is `[0,0,0,…`.
    #[cfg(any(feature = "gateway", test))]
    pub(super) const OF_STRANGERS: Self = Self { depth: 128, values: 1_000_000 };
}

/// Why a text cannot be read; the rest of a sentence that begins with its name.
#[derive(Debug)]
pub(crate) enum Unreadable {
    NotJson(serde_json::Error),
    TooLong,
    TooDeep(usize),
    TooManyValues(usize),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(e) => write!(f, "is not valid JSON: {e}"),
            Self::TooLong => f.write_str("is longer than 4 GB"),
            Self::TooDeep(depth) => write!(f, "is nested more than {depth} deep"),
            Self::TooManyValues(values) => write!(f, "has more than {values} values"),
        }
    }
}
