//! Where each value of a JSON text begins and ends.

use super::bounds::{Bounds, Unreadable};
use super::special::first_special;
use serde_core::de::Error as _;
use serde_json::value::RawValue;

/// One value, or the name of a member. Texts of megabytes have many, so they are small.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Its first byte.
    pub(super) start: u32,
    /// The byte after its last one.
    pub(super) end: u32,
    /// The node after it and all that is in it.
    pub(super) after: u32,
    /// Whether it is a string with a backslash in it.
    pub(super) is_escaped: bool,
}

/// The nodes of a JSON text, in the order in which they begin: after an object come its names and values in turn, after
/// an array its elements. That the text is valid is seen on the way, without recursion, however deep it is.
pub(super) fn index(text: &str, bounds: Bounds) -> Result<Vec<Node>, Unreadable> {
    // No text has more values than bytes.
    u32::try_from(text.len()).map_err(|_| Unreadable::TooLong)?;
    let nodes = Vec::with_capacity((text.len() / 8).clamp(16, 128));
    let mut indexer = Indexer { text, at: 0, nodes, open: Vec::with_capacity(8), bounds };
    indexer.run()?;
    Ok(indexer.nodes)
}

struct Indexer<'a> {
    text: &'a str,
    /// The next byte.
    at: usize,
    nodes: Vec<Node>,
    /// The objects and arrays that are not closed yet.
    open: Vec<Container>,
    bounds: Bounds,
}

#[derive(Clone, Copy)]
struct Container {
    node: usize,
    is_object: bool,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Expected {
    Value,
    /// The first element of an array, or the array's end.
    ElementOrEnd,
    Name,
    /// The first name of an object, or the object's end.
    NameOrEnd,
    Colon,
    /// After a value: a comma or the end of what it stands in, which may be the text.
    CommaOrEnd,
}

impl Indexer<'_> {
    fn run(&mut self) -> Result<(), Unreadable> {
        let mut expected = Expected::Value;
        while let Some(byte) = self.token() {
            expected = match (expected, byte) {
                (Expected::Value | Expected::ElementOrEnd, _) if !matches!(byte, b']' | b'}') => {
                    self.value(byte)?
                }
                (Expected::Name | Expected::NameOrEnd, b'"') => self.name()?,
                (Expected::Colon, b':') => self.passed(Expected::Value),
                (Expected::CommaOrEnd, b',') => match self.open.last() {
                    Some(Container { is_object: true, .. }) => self.passed(Expected::Name),
                    Some(_) => self.passed(Expected::Value),
                    None => return Err(self.not_json()),
                },
                (Expected::CommaOrEnd | Expected::NameOrEnd | Expected::ElementOrEnd, _) => {
                    self.close(byte)?
                }
                _ => return Err(self.not_json()),
            };
        }
        let is_whole = self.open.is_empty() && matches!(expected, Expected::CommaOrEnd);
        if is_whole { Ok(()) } else { Err(self.not_json()) }
    }

    /// The next byte that is no white space.
    fn token(&mut self) -> Option<u8> {
        while let Some(byte) = self.text.as_bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Goes on after a byte that is no value.
    fn passed(&mut self, expected: Expected) -> Expected {
        self.at += 1;
        expected
    }

    fn value(&mut self, first: u8) -> Result<Expected, Unreadable> {
        let node = self.begin()?;
        match first {
            b'{' | b'[' => {
                let is_object = first == b'{';
                if self.open.len() == self.bounds.depth {
                    return Err(Unreadable::TooDeep(self.bounds.depth));
                }
                self.open.push(Container { node, is_object });
                return Ok(self.passed(if is_object { Expected::NameOrEnd } else { Expected::ElementOrEnd }));
            }
            b'"' => self.string(node)?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => self.number()?,
        }
        self.end(node);
        Ok(Expected::CommaOrEnd)
    }

    fn name(&mut self) -> Result<Expected, Unreadable> {
        let node = self.begin()?;
        self.string(node)?;
        self.end(node);
        Ok(Expected::Colon)
    }

    /// Ends the innermost object or array, if that is what the byte does.
    fn close(&mut self, byte: u8) -> Result<Expected, Unreadable> {
        let Some(Container { node, .. }) =
            self.open.pop_if(|container| byte == if container.is_object { b'}' } else { b']' })
        else {
            return Err(self.not_json());
        };
        self.at += 1;
        self.end(node);
        Ok(Expected::CommaOrEnd)
    }

    /// A node that begins here.
    fn begin(&mut self) -> Result<usize, Unreadable> {
        let node = self.nodes.len();
        if node == self.bounds.values {
            return Err(Unreadable::TooManyValues(node));
        }
        self.nodes.push(Node { start: small(self.at), end: 0, after: 0, is_escaped: false });
        Ok(node)
    }

    /// The node ends here, and with it all that is in it.
    fn end(&mut self, node: usize) {
        let (end, after) = (small(self.at), small(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(node) {
            (node.end, node.after) = (end, after);
        }
    }

    fn string(&mut self, node: usize) -> Result<(), Unreadable> {
        self.at += 1;
        while let Some(special) = first_special(self.rest()) {
            self.at += special + 1;
            match self.text.as_bytes().get(self.at - 1) {
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.escape(node)?,
                _ => break,
            }
        }
        Err(self.not_json())
    }

    fn escape(&mut self, node: usize) -> Result<(), Unreadable> {
        self.at += match self.rest() {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 1,
            [b'u', digits @ ..]
                if digits.iter().take(4).filter(|byte| byte.is_ascii_hexdigit()).count() == 4 =>
            {
                5
            }
            _ => return Err(self.not_json()),
        };
        if let Some(node) = self.nodes.get_mut(node) {
            node.is_escaped = true;
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Unreadable> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.not_json());
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Unreadable> {
        self.skip(b"-");
        // No digit may come after a leading zero, and none is expected after a value.
        if !self.skip(b"0") {
            self.digits()?;
        }
        if self.skip(b".") {
            self.digits()?;
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    /// At least one digit.
    fn digits(&mut self) -> Result<(), Unreadable> {
        let count = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.not_json()) } else { Ok(()) }
    }

    /// Whether one of these bytes was next.
    fn skip(&mut self, bytes: &[u8]) -> bool {
        let is_next = self.text.as_bytes().get(self.at).is_some_and(|byte| bytes.contains(byte));
        self.at += usize::from(is_next);
        is_next
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// What is wrong, and where, is said by `serde_json`.
    #[cold]
    fn not_json(&self) -> Unreadable {
        let checked = serde_json::from_str::<&RawValue>(self.text);
        let other = |_| serde_json::Error::custom(format_args!("unexpected byte at offset {}", self.at));
        Unreadable::NotJson(checked.map_or_else(|error| error, other))
    }
}

/// A place in the text, which is no longer than that.
fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is valid.
    const TEXTS: [&str; 6] = [
        r#" { "a" : [ 1 , -2.5e3 , "x\"\\\u00e9\/y" , null , true , {} , [] ] , "b\n" : "é 😀 longer than a word" } "#,
        r#"{"numbers":[0,-0,0.0,10,1e5,1E+5,1.25e-7,123456789012345678901234567890],"t":true,"f":false,"n":null}"#,
        r#"[[[[],[{}]],{"":{"":""}}],"\b\f\n\r\t\ud800","plain and then some, for two chunks of sixteen bytes"]"#,
        "\r\n\t \"alone\" \n",
        "-0.5E-2",
        "[1,2\t,\n3 ]",
    ];

    #[test]
    fn what_is_json_is_what_serde_json_takes() {
        let (mut valid, mut invalid) = (0, 0);
        for text in TEXTS {
            index(text, Bounds::NONE).unwrap();
            let mut agree = |text: &str| {
                let ours = index(text, Bounds::NONE);
                assert_eq!(ours.is_ok(), serde_json::from_str::<&RawValue>(text).is_ok(), "{text:?}");
                if ours.is_ok() { valid += 1 } else { invalid += 1 }
            };
            for (at, character) in text.char_indices() {
                let (before, after) = (&text[..at], &text[at + character.len_utf8()..]);
                agree(before);
                agree(&text[at..]);
                agree(&[before, after].concat());
                for other in "{}[],:\"\\0a1e.-+tu \n\u{1}\u{b}/é".chars() {
                    agree(&format!("{before}{other}{after}"));
                    agree(&format!("{before}{other}{character}{after}"));
                }
            }
        }
        assert!(valid > 2_000 && invalid > 10_000, "{valid} valid, {invalid} not");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, problem) in [
            ("{\"a\":1,\n}", "key must be a string at line 2 column 1"),
            ("", "EOF while parsing a value at line 1 column 0"),
            ("[1,]", "expected value at line 1 column 4"),
            ("\"\n\"", "control character"),
        ] {
            let said = index(text, Bounds::NONE).unwrap_err().to_string();
            assert!(said.starts_with("is not valid JSON: ") && said.contains(problem), "{text:?} {said}");
        }
    }

    #[test]
    fn the_richness_of_a_text_is_bounded() {
        let bounds = Bounds { depth: 2, values: 3 };
        assert_eq!(index("[[1]]", bounds).unwrap().len(), 3);
        assert!(matches!(index("[[[]]]", bounds), Err(Unreadable::TooDeep(2))));
        assert!(matches!(index("[1,2,3]", bounds), Err(Unreadable::TooManyValues(3))));
    }
}
