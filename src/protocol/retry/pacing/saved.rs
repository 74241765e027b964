//! A pacer as text and back, for processes that share one: words in a fixed order, each whole number as Rust writes
//! it, and each other number as its bits, which loses nothing and needs no decimals in a program.

use std::str::SplitAsciiWhitespace;

/// The first word: a text of another version is not read.
pub(super) const VERSION: &str = "bedwire-pacer-4";
/// The last word: a text that was cut off is not read.
pub(super) const END: &str = "end";

/// Words, one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn word(&mut self, word: impl Word) {
        self.0.push_str(&word.text());
        self.0.push(' ');
    }

    /// A word, or `-`.
    pub(super) fn option(&mut self, word: Option<impl Word>) {
        match word {
            Some(word) => self.word(word),
            None => self.word("-"),
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

    pub(super) fn word<T: Read>(&mut self) -> Option<T> {
        T::read(self.text()?)
    }

    #[allow(clippy::option_option)] // whether there is a word, and whether it is one
    pub(super) fn option<T: Read>(&mut self) -> Option<Option<T>> {
        match self.text()? {
            "-" => Some(None),
            word => Some(Some(T::read(word)?)),
        }
    }

    /// A number of items, at most as many as make sense.
    pub(super) fn count(&mut self, at_most: usize) -> Option<usize> {
        self.word().filter(|count| *count <= at_most)
    }
}

/// What can be written as a word.
pub(super) trait Word {
    fn text(&self) -> String;
}

/// What can be read from a word.
pub(super) trait Read: Sized {
    fn read(word: &str) -> Option<Self>;
}

impl Word for f64 {
    fn text(&self) -> String {
        format!("{:x}", self.to_bits())
    }
}

impl Read for f64 {
    fn read(word: &str) -> Option<Self> {
        u64::from_str_radix(word, 16).ok().map(Self::from_bits)
    }
}

impl Word for &str {
    fn text(&self) -> String {
        (*self).to_owned()
    }
}

impl<T: Word> Word for &T {
    fn text(&self) -> String {
        (*self).text()
    }
}

/// Whole numbers and truths, as Rust writes them.
macro_rules! plain {
    ($($kind:ty),*) => {$(
        impl Word for $kind {
            fn text(&self) -> String {
                self.to_string()
            }
        }

        impl Read for $kind {
            fn read(word: &str) -> Option<Self> {
                word.parse().ok()
            }
        }
    )*};
}

plain!(bool, i32, u32, u64, u128, usize);
