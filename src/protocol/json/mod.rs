//! A JSON text, read in place: it is checked once and indexed once, and every value after that is a look-up. Nothing is
//! copied, so that what passes through keeps its bytes.

mod index;
mod value;

pub(crate) use value::Value;

use index::Node;
use serde_json::value::RawValue;
use std::fmt;

/// For what a stranger sends: `serde_json`'s own depth, and as many values as fill no memory, since an index takes a
/// multiple of the text where that is `[0,0,0,…`.
#[cfg(any(feature = "gateway", test))]
const OF_STRANGERS: Bounds = Bounds { depth: 128, values: 1_000_000 };

/// A whole JSON text that is valid.
#[derive(Debug)]
pub(crate) struct Json<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

/// Why a text cannot be read; the rest of a sentence that begins with its name.
#[derive(Debug)]
pub(crate) enum Unreadable {
    NotJson(serde_json::Error),
    TooLong,
    TooDeep(usize),
    TooManyValues(usize),
}

/// How deep and how rich a text may be.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    depth: usize,
    values: usize,
}

impl<'a> Json<'a> {
    /// Reads what a service answered, whatever its depth.
    pub(crate) fn read(text: &'a str) -> Result<Self, Unreadable> {
        Self::read_within(text, Bounds { depth: usize::MAX, values: usize::MAX })
    }

    /// Reads what a stranger sent.
    #[cfg(any(feature = "gateway", test))]
    pub(crate) fn read_bounded(text: &'a str) -> Result<Self, Unreadable> {
        Self::read_within(text, OF_STRANGERS)
    }

    fn read_within(text: &'a str, bounds: Bounds) -> Result<Self, Unreadable> {
        // A raw value is skipped without recursion, however deep it is.
        let _: &RawValue = serde_json::from_str(text).map_err(Unreadable::NotJson)?;
        Ok(Self { text, nodes: index::index(text, bounds)? })
    }

    /// All of it, as it was written.
    #[cfg(feature = "gateway")]
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The outermost value.
    pub(crate) fn root(&'a self) -> Value<'a> {
        Value::new(self, 0)
    }
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
