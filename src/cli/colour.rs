//! Colours, on a terminal that shows them: <https://no-color.org>.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

const BOLD: &str = "\x1b[1m";
const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const PLAIN: &str = "\x1b[0m";

/// An explanation with its titles, verdicts and escapes in colour; as it is where stdout is no terminal.
pub(super) fn painted(text: &str) -> String {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if is_set("NO_COLOR") || is_dumb || !io::stdout().is_terminal() {
        return text.to_owned();
    }
    paint(text)
}

fn paint(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn line(line: &str) -> String {
    let whole = |colour: &str| format!("{colour}{line}{PLAIN}");
    match line {
        _ if line.starts_with("== ") => whole(BOLD),
        _ if line.starts_with("checked: ") => whole(GREEN),
        _ if line.starts_with("WRONG: ") => whole(RED),
        _ => escapes(line),
    }
}

/// `%253A` and `\n` stand out.
fn escapes(line: &str) -> String {
    let mut painted = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['%', '\\']) {
        let (before, escape) = rest.split_at(at);
        painted.push_str(before);
        let length = match escape.as_bytes() {
            [b'%', b'2', b'5', one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => 5,
            [b'%', one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => 3,
            [b'\\', b'x', one, two, ..] if one.is_ascii_hexdigit() && two.is_ascii_hexdigit() => 4,
            [b'\\', b'n' | b't' | b'r', ..] => 2,
            _ => 1,
        };
        let (escape, after) = escape.split_at(length);
        let _ = write!(painted, "{YELLOW}{escape}{PLAIN}");
        rest = after;
    }
    painted + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_colours_is_added() {
        let text = "== 4. Title\n/a%253A%3Ab%\\n\nchecked: é %\\x20";
        let mut plain = paint(text);
        for colour in [BOLD, GREEN, RED, YELLOW, PLAIN] {
            plain = plain.replace(colour, "");
        }
        assert_eq!(plain, text);
        assert!(paint(text).contains("\x1b[33m%253A\x1b[0m\x1b[33m%3A\x1b[0m"));
    }
}
