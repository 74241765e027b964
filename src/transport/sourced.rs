//! A value and where it came from.

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The option, variable or file that gave it.
    pub source: String,
}

impl<T> Sourced<T> {
    /// A value from a place.
    pub fn new(value: T, source: impl Into<String>) -> Self {
        Self { value, source: source.into() }
    }
}
