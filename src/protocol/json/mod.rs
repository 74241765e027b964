//! A JSON text, read in place: it is checked and indexed in one pass, and every value after that is a look-up. Nothing is
//! copied, so that what passes through keeps its bytes.
//!
//! That is how an answer is read. Who writes an object anew takes its members in order
//! ([`members_in_order`](super::document::members_in_order)), and an event of a stream, of which there are thousands,
//! is asked for the few that are known ([`named_members`]).

mod bounds;
mod index;
mod named_members;
mod special;
mod value;

pub(crate) use named_members::named_members;
pub(crate) use special::first_special;
pub(crate) use value::Value;

use bounds::{Bounds, Unreadable};
use index::Node;

/// A whole JSON text that is valid.
#[derive(Debug)]
pub(crate) struct Json<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Json<'a> {
    /// Reads what a service answered, whatever its depth.
    pub(crate) fn read(text: &'a str) -> Result<Self, Unreadable> {
        Self::read_within(text, Bounds::NONE)
    }

    /// Reads what a stranger sent.
    #[cfg(any(feature = "gateway", test))]
    pub(crate) fn read_bounded(text: &'a str) -> Result<Self, Unreadable> {
        Self::read_within(text, Bounds::OF_STRANGERS)
    }

    fn read_within(text: &'a str, bounds: Bounds) -> Result<Self, Unreadable> {
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
