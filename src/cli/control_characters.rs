//! Texts of others on their way to a terminal: what would move its cursor, or pass for a line of ours, is shown instead
//! of obeyed.

use std::borrow::Cow;

/// What begins our own messages.
const OURS: &str = "bedwire:";

/// All of it on one line: a note of ours with words of others in it.
pub(super) fn on_one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_, c| c.is_control())
}

/// Line ends stay, as AWS quotes whole canonical requests in its messages; but no line of theirs passes for ours.
pub(super) fn in_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |rest, c| match c {
        '\t' => false,
        '\n' => rest.trim_start_matches('\n').starts_with(OURS),
        c => c.is_control(),
    })
}

/// Text that is laid out by its writer.
pub(super) fn laid_out(text: &str) -> Cow<'_, str> {
    escaped(text, |_, c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// `is_shown` is asked about each character, with the text from it on.
fn escaped(text: &str, is_shown: impl Fn(&str, char) -> bool) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        if is_shown(text.get(at..).unwrap_or_default(), c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(on_one_line("a\u{1b}[2J\u{9b}\r\nb é"), r"a\u{1b}[2J\u{9b}\r\nb é");
        assert_eq!(
            in_lines("bad\n\thost\u{7f}\n\nbedwire: forged"),
            "bad\n\thost\\u{7f}\\n\\nbedwire: forged"
        );
        assert_eq!(laid_out("a\n\tb\r\n\u{1b}]52;c;x\u{7}"), "a\n\tb\r\n\\u{1b}]52;c;x\\u{7}");
    }
}
