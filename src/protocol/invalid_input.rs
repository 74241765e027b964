//! Input that is refused before anything is sent.

use std::fmt;

/// The path of a field (`messages[3].content[0].text`), written only where something is wrong with it.
pub(crate) type FieldPath<'a> = fmt::Arguments<'a>;

/// Input that cannot be right: which field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidInput {
    field: String,
    problem: String,
}

impl InvalidInput {
    /// `field` is the name as AWS writes it, or a path to it (`modelInput.prompt`); `problem` is the rest of the
    /// sentence: what it is, and what it should be.
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }

    /// The field, as AWS names it.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl std::error::Error for InvalidInput {}
