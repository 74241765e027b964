//! Words for a command line that is printed to be typed again.

use crate::protocol::explain::quoted as in_quotes;

/// As a shell reads it back.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    in_quotes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(quoted("out/a.mp4"), "out/a.mp4");
        assert_eq!(quoted("my film.mp4"), "'my film.mp4'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
