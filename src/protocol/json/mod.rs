//! JSON, read in place.

pub(crate) mod index;
