//! What is wrong in a file, and where.

use crate::error::{Error, ErrorKind};
use std::fmt;

/// What is wrong, and where. No value of a key is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    line: usize,
    column: usize,
    path: String,
    message: String,
}

impl Problem {
    pub(super) fn new(
        (line, column): (usize, usize),
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        // The parser's words may have several lines.
        let message = message.into().lines().collect::<Vec<_>>().join("; ");
        Self { line, column, path: path.into(), message }
    }

    /// From 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// In characters, from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Which key: `models.fast.routes[1].region`. Empty where the text is no TOML.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same as an error, with the name of the file.
    pub fn in_file(&self, file: &str) -> Error {
        let Self { line, column, .. } = self;
        Error::new(ErrorKind::InvalidInput, format!("{file}:{line}:{column}: {}", self.what()))
    }

    fn what(&self) -> String {
        if self.path.is_empty() { self.message.clone() } else { format!("{}: {}", self.path, self.message) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what())
    }
}

impl std::error::Error for Problem {}

/// Line and column of a byte.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_begins = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(line_begins..).unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}
