//! Where the JSON stands in an answer that is to be JSON: in a tool's arguments, or in a text beside words that the model
//! could not leave out, a fence of code among them.

use crate::protocol::document::{member, members_in_order};

/// The member that has the answer where it is no object itself.
pub(super) const ANSWER: &str = "answer";

/// Where the JSON stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum JsonAnswer {
    /// The text is what was asked for.
    #[default]
    AsItIs,
    /// The arguments of this tool; `is_wrapped` where they are a member of them.
    Arguments { tool: Box<str>, is_wrapped: bool },
    /// Somewhere in the text.
    InText(Kind),
}

/// What the JSON is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Array,
}

/// The answer in a tool's arguments; all of them where the model has put it elsewhere.
pub(super) fn unwrapped(arguments: &str) -> &str {
    let Some(members) = members_in_order(arguments) else { return arguments };
    match (member(&members, ANSWER), members.first()) {
        (Some(answer), _) => answer.get(),
        (None, Some((_, only))) if members.len() == 1 => only.get(),
        _ => arguments,
    }
}

/// The first JSON in a whole text: the same as in pieces. What was cut short stays so, and no part of it stands for it.
pub(super) fn found(text: String, kind: Kind) -> Option<String> {
    JsonText::new(kind).push(text)
}

/// The first JSON in a text that arrives in pieces: it goes on as it comes, the rest does not.
#[derive(Debug)]
pub(super) struct JsonText {
    kind: Kind,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The text up to now, and up to where there is none in it.
    Awaited {
        held: String,
        searched: usize,
    },
    Within {
        depth: usize,
        in_string: bool,
        is_escaped: bool,
    },
    Ended,
}

impl JsonText {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, state: State::Awaited { held: String::new(), searched: 0 } }
    }

    /// What of it can be said with this piece.
    pub(super) fn push(&mut self, piece: String) -> Option<String> {
        let piece = match &mut self.state {
            State::Ended => return None,
            State::Within { .. } => piece,
            State::Awaited { held, searched } => {
                held.push_str(&piece);
                let at = match start(held, *searched, self.kind) {
                    Start::At(at) => at,
                    Start::After(end) => {
                        *searched = end;
                        return None;
                    }
                };
                let begun = held.split_off(at);
                self.state = State::Within { depth: 0, in_string: false, is_escaped: false };
                begun
            }
        };
        let end = self.end(&piece);
        let Some(end) = end else { return Some(piece) };
        self.state = State::Ended;
        piece.get(..end).map(str::to_owned)
    }

    /// The text, where no JSON has begun; it is given once.
    pub(super) fn held(&mut self) -> Option<String> {
        match &mut self.state {
            State::Awaited { held, searched } => {
                *searched = 0;
                Some(std::mem::take(held)).filter(|held| !held.is_empty())
            }
            State::Within { .. } | State::Ended => None,
        }
    }

    /// Where it ends in this piece.
    fn end(&mut self, piece: &str) -> Option<usize> {
        let State::Within { depth, in_string, is_escaped } = &mut self.state else { return None };
        for (at, byte) in piece.bytes().enumerate() {
            match byte {
                _ if *is_escaped => *is_escaped = false,
                b'\\' if *in_string => *is_escaped = true,
                b'"' => *in_string = !*in_string,
                _ if *in_string => {}
                b'{' | b'[' => *depth += 1,
                b'}' | b']' => {
                    *depth = depth.saturating_sub(1);
                    if *depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// Whether JSON begins in a text.
enum Start {
    At(usize),
    /// Not before this place.
    After(usize),
}

/// Where JSON begins: at a brace that a name follows, or at a bracket that a value follows. In a sentence there are others:
/// an empty object counts at the beginning of a line only, a list there or after a colon, and where an object is asked for
/// below a fence only.
fn start(text: &str, from: usize, kind: Kind) -> Start {
    for (at, open) in text.get(from..).unwrap_or_default().match_indices(['{', '[']) {
        let at = from + at;
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let begins_line =
            before.trim_end_matches([' ', '\t', '\r']).chars().next_back().is_none_or(|c| c == '\n');
        let may_begin = match (open, kind) {
            ("{", _) => true,
            (_, Kind::Array) => begins_line || before.trim_end().ends_with(':'),
            (_, Kind::Object) => {
                before.trim_end().lines().next_back().is_some_and(|line| line.trim_start().starts_with("```"))
            }
        };
        if !may_begin {
            continue;
        }
        let after = after.trim_start();
        let begins = match (open, after.chars().next()) {
            (_, None) => return Start::After(at),
            ("{", Some(next)) => next == '"' || (next == '}' && begins_line),
            (_, Some('t' | 'f' | 'n')) => match begins_with_word(after) {
                Some(begins) => begins,
                None => return Start::After(at),
            },
            (_, Some(next)) => matches!(next, '{' | '[' | '"' | ']' | '-' | '0'..='9'),
        };
        if begins {
            return Start::At(at);
        }
    }
    Start::After(text.len())
}

/// `None` where it may become one.
fn begins_with_word(text: &str) -> Option<bool> {
    let words = ["true", "false", "null"];
    if words.iter().any(|word| text.starts_with(word)) {
        return Some(true);
    }
    if words.iter().any(|word| word.starts_with(text)) { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of a text, whole and in pieces of this many characters.
    fn of(text: &str, kind: Kind) -> String {
        let whole = found(text.to_owned(), kind).unwrap_or_else(|| text.to_owned());
        for count in 1..=text.len() {
            let mut json = JsonText::new(kind);
            let mut pieces = String::new();
            let chars: Vec<char> = text.chars().collect();
            for piece in chars.chunks(count) {
                pieces.extend(json.push(piece.iter().collect()));
            }
            pieces.extend(json.held());
            assert_eq!(pieces, whole, "{text}, in pieces of {count}");
        }
        whole
    }

    #[test]
    fn what_stands_around_json_is_cut() {
        for text in [
            "{\"a\": \"}\\\"{\", \"b\":[1.0, {}]}",
            "```json\n{\"a\": \"}\\\"{\", \"b\":[1.0, {}]}\n```",
            "Sure! Here is [the] {object}: {\"a\": \"}\\\"{\", \"b\":[1.0, {}]}\n\nIs it \u{fc}ber {\"b\":1}?",
        ] {
            assert_eq!(of(text, Kind::Object), "{\"a\": \"}\\\"{\", \"b\":[1.0, {}]}");
        }
        assert_eq!(of("Here: [1, {\"a\":2}] as asked", Kind::Array), "[1, {\"a\":2}]");
        assert_eq!(of("```\n[{\"a\":2}]\n```", Kind::Object), "[{\"a\":2}]");
        assert_eq!(of("{ }", Kind::Object), "{ }");
        assert_eq!(of("Here {} is empty: {\"a\":1}", Kind::Object), "{\"a\":1}");
        assert_eq!(of("[1] says so.\n{\"a\":1}", Kind::Object), "{\"a\":1}");
        assert_eq!(of("As in [1], the list: [\"a\"].", Kind::Array), "[\"a\"]");
        assert_eq!(of("```json\r\n[true]\r\n```", Kind::Array), "[true]");
        assert_eq!(of("Note: [the list] is\n[ null ]", Kind::Array), "[ null ]");
    }

    #[test]
    fn no_part_stands_for_what_is_cut_short_or_broken() {
        for text in
            [r#"{"items":[{"id":1},{"id":2},{"id":"#, r#"{"a":{"b":1},}"#, "{\"t\":\"a\nb\",\"m\":{\"x\":1}}"]
        {
            assert_eq!(of(text, Kind::Object), text);
            assert_eq!(of(&format!("Here:\n{text}"), Kind::Object), text);
        }
    }

    #[test]
    fn what_is_none_stays() {
        for text in ["I must refuse.", "", "a {b} [c] {", "\u{fc} ["] {
            assert_eq!(of(text, Kind::Object), text);
        }
        assert_eq!(of("I see [2] and [a]", Kind::Object), "I see [2] and [a]");
        assert_eq!(of("I see [2] and [a]", Kind::Array), "I see [2] and [a]");
    }

    #[test]
    fn an_answer_is_unwrapped() {
        assert_eq!(unwrapped(r#"{"answer": [1.0, 2]}"#), "[1.0, 2]");
        assert_eq!(unwrapped(r#"{"note":1,"answer":null}"#), "null");
        assert_eq!(unwrapped(r#"{"value": [1]}"#), "[1]");
        for other in ["{}", r#"{"a":1,"b":2}"#, "{\"a\":"] {
            assert_eq!(unwrapped(other), other);
        }
    }
}
