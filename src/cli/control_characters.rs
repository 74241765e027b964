//! Texts of others on their way to a terminal: what would move its cursor, turn its line around, or pass for a line of
//! ours, is shown instead of obeyed. It is shown as JSON writes it, so that a document stays one.

use crate::protocol::explain::is_obeyed_by_terminals as is_obeyed;
use std::borrow::Cow;
use std::fmt::Write as _;

/// What begins our own messages.
const OURS: &str = "bedwire:";

/// All of it on one line: a note of ours with words of others in it.
pub(super) fn on_one_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_, c| is_obeyed(c))
}

/// Line ends stay, as AWS quotes whole canonical requests in its messages; but no line of theirs passes for ours.
pub(super) fn in_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |rest, c| match c {
        '\t' => false,
        '\n' => rest.trim_start_matches('\n').starts_with(OURS),
        c => is_obeyed(c),
    })
}

/// Text that is laid out by its writer. A `\r` that ends no line goes back to the line's start, over what stands there.
pub(super) fn laid_out(text: &str) -> Cow<'_, str> {
    escaped(text, |rest, c| match c {
        '\n' | '\t' => false,
        '\r' => !rest.starts_with("\r\n"),
        c => is_obeyed(c),
    })
}

/// `is_shown` is asked about each character, with the text from it on.
fn escaped(text: &str, is_shown: impl Fn(&str, char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            _ if !is_shown(text.get(at..).unwrap_or_default(), c) => escaped.push(c),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ => _ = write!(escaped, "\\u{:04x}", u32::from(c)),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(on_one_line("a\u{1b}[2J\u{9b}\r\n\tb é"), r"a\u001b[2J\u009b\r\n\tb é");
        assert_eq!(
            in_lines("bad\n\thost\u{7f}\r\n\nbedwire: forged"),
            "bad\n\thost\\u007f\\r\\n\\nbedwire: forged"
        );
        assert_eq!(laid_out("a\n\tb\r\n\u{1b}]52;c;x\u{7}"), "a\n\tb\r\n\\u001b]52;c;x\\u0007");
        assert_eq!(laid_out("safe\rforged\r"), "safe\\rforged\\r");
        assert_eq!(laid_out("if x \u{202e}\u{2066}// שלום\u{200f}"), "if x \\u202e\\u2066// שלום\u{200f}");
    }

    #[test]
    fn a_document_stays_what_it_is() {
        let document = serde_json::json!({"a": "\u{9b}\u{7f}\u{202e}\u{1b}é\n"});
        let escaped = laid_out(&document.to_string()).into_owned();
        assert!(!escaped.contains(is_obeyed), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), document);
    }
}
