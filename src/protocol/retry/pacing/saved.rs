//! A pacer as text and back, for processes that share one: words in a fixed order, each number as Rust writes it.

use std::fmt::{Display, Write as _};
use std::str::{FromStr, SplitAsciiWhitespace};

/// The first word: a text of another version is not read.
pub(super) const VERSION: &str = "bedwire-pacer-2";
/// The last word: a text that was cut off is not read.
pub(super) const END: &str = "end";

/// Words, one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn word(&mut self, word: impl Display) {
        let _ = write!(self.0, "{word} ");
    }

    /// A word, or `-`.
    pub(super) fn option(&mut self, word: Option<impl Display>) {
        match word {
            Some(word) => self.word(word),
            None => self.word('-'),
        }
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Takes the words off again; `None` where one is missing or no number.
#[derive(Debug)]
pub(super) struct Reader<'a>(SplitAsciiWhitespace<'a>);

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.split_ascii_whitespace())
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    pub(super) fn word<T: FromStr>(&mut self) -> Option<T> {
        self.text()?.parse().ok()
    }

    #[allow(clippy::option_option)] // whether there is a word, and whether it is one
    pub(super) fn option<T: FromStr>(&mut self) -> Option<Option<T>> {
        match self.text()? {
            "-" => Some(None),
            word => Some(Some(word.parse().ok()?)),
        }
    }

    /// A number of items, at most as many as make sense.
    pub(super) fn count(&mut self, at_most: usize) -> Option<usize> {
        self.word().filter(|count| *count <= at_most)
    }
}
