//! The ways in which serialisers write the same JSON. Numbers keep their digits: what a serialiser made of them cannot
//! be told from what stands there.

use std::borrow::Cow;

/// Values in values, at most: deeper ones are not written again.
const MAX_DEPTH: usize = 128;

/// One way to write the body.
pub(super) struct Form {
    pub(super) name: String,
    pub(super) body: Vec<u8>,
}

/// How the tokens are kept apart.
#[derive(Clone, Copy)]
struct Spacing {
    name: &'static str,
    comma: &'static str,
    colon: &'static str,
    indent: &'static str,
}

const SPACINGS: [Spacing; 6] = [
    Spacing { name: "compact", comma: ",", colon: ":", indent: "" },
    Spacing { name: "spaced (\", \" and \": \")", comma: ", ", colon: ": ", indent: "" },
    Spacing { name: "indented by 2", comma: ",", colon: ": ", indent: "  " },
    Spacing { name: "indented by 4", comma: ",", colon: ": ", indent: "    " },
    Spacing { name: "indented by a tab", comma: ",", colon: ": ", indent: "\t" },
    Spacing { name: "spaced after colons", comma: ",", colon: ": ", indent: "" },
];

/// What is escaped besides what JSON asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    /// Nothing: JavaScript, Rust, Java, Python with `ensure_ascii=False`.
    None,
    /// Everything that is no ASCII: Python.
    Ascii,
    /// `<`, `>` and `&`: Go.
    Html,
    /// Slashes, and what is no ASCII: PHP.
    Slashes,
}

/// Every form of a body that is JSON, the likely ones first. The body's own is among them.
pub(super) fn forms(body: &[u8]) -> impl Iterator<Item = Form> {
    let tree = parse(body);
    let is_ascii = body.is_ascii() && !contains(body, b"\\u");
    let has_html = body.iter().any(|byte| b"<>&".contains(byte)) || contains(body, b"\\u00");
    let has_slash = body.contains(&b'/');
    let is_sorted = tree.as_ref().is_none_or(Node::is_sorted);
    let mut ways = Vec::new();
    let escapes = [
        (Escapes::None, true),
        (Escapes::Ascii, !is_ascii),
        (Escapes::Html, has_html),
        (Escapes::Slashes, has_slash),
    ];
    for (escapes, _) in escapes.into_iter().filter(|(_, differs)| *differs) {
        for sorted in [false, true] {
            if sorted && is_sorted {
                continue;
            }
            for spacing in SPACINGS {
                // PHP and Go write no others.
                let is_rare = matches!(escapes, Escapes::Slashes | Escapes::Html)
                    && spacing.colon == ": "
                    && spacing.comma == ", ";
                if !is_rare {
                    ways.push((escapes, sorted, spacing));
                }
            }
        }
    }
    let capacity = body.len() + body.len() / 4;
    let ways = tree.map(|tree| (tree, ways)).into_iter();
    ways.flat_map(move |(tree, ways)| {
        ways.into_iter().map(move |(escapes, sorted, spacing)| {
            let mut writer = Writer { out: Vec::with_capacity(capacity), escapes, sorted, spacing };
            writer.node(&tree, 0);
            let sorted = if sorted { "sorted " } else { "" };
            let escaped = match escapes {
                Escapes::None => "",
                Escapes::Ascii => ", ASCII-escaped",
                Escapes::Html => ", with < > & escaped",
                Escapes::Slashes => ", with escaped slashes",
            };
            Form { name: format!("{sorted}JSON, {}{escaped}", spacing.name), body: writer.out }
        })
    })
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

enum Node<'a> {
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    Array(Vec<Node<'a>>),
    String(Cow<'a, str>),
    /// A number, `true`, `false` or `null`.
    Token(&'a str),
}

impl Node<'_> {
    fn is_sorted(&self) -> bool {
        match self {
            Self::Object(members) => {
                members.windows(2).all(|pair| pair[0].0 <= pair[1].0)
                    && members.iter().all(|(_, node)| node.is_sorted())
            }
            Self::Array(nodes) => nodes.iter().all(Node::is_sorted),
            _ => true,
        }
    }
}

fn parse(body: &[u8]) -> Option<Node<'_>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut parser = Parser { rest: text.trim_ascii_start() };
    if !parser.rest.starts_with(['{', '[']) {
        return None;
    }
    let node = parser.node(0)?;
    parser.rest.trim_ascii().is_empty().then_some(node)
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn node(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_space();
        match self.rest.as_bytes().first()? {
            b'{' => {
                let mut members = Vec::new();
                self.take('{')?;
                while self.take('}').is_none() {
                    if !members.is_empty() {
                        self.take(',')?;
                        self.skip_space();
                    }
                    let name = self.string()?;
                    self.take(':')?;
                    members.push((name, self.node(depth + 1)?));
                }
                Some(Node::Object(members))
            }
            b'[' => {
                let mut nodes = Vec::new();
                self.take('[')?;
                while self.take(']').is_none() {
                    if !nodes.is_empty() {
                        self.take(',')?;
                    }
                    nodes.push(self.node(depth + 1)?);
                }
                Some(Node::Array(nodes))
            }
            b'"' => self.string().map(Node::String),
            _ => {
                let end = self.rest.find([',', '}', ']', ' ', '\t', '\r', '\n']).unwrap_or(self.rest.len());
                let (token, rest) = self.rest.split_at(end);
                self.rest = rest;
                (!token.is_empty()).then_some(Node::Token(token))
            }
        }
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let bytes = self.rest.as_bytes();
        if bytes.first() != Some(&b'"') {
            return None;
        }
        let mut at = 1;
        let mut escaped = false;
        loop {
            match bytes.get(at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at += 2;
                }
                _ => at += 1,
            }
        }
        let (quoted, rest) = self.rest.split_at_checked(at + 1)?;
        self.rest = rest;
        if escaped {
            return serde_json::from_str::<String>(quoted).ok().map(Cow::Owned);
        }
        quoted.get(1..at).map(Cow::Borrowed)
    }

    fn take(&mut self, char: char) -> Option<()> {
        self.skip_space();
        self.rest = self.rest.strip_prefix(char)?;
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }
}

struct Writer {
    out: Vec<u8>,
    escapes: Escapes,
    sorted: bool,
    spacing: Spacing,
}

impl Writer {
    fn node(&mut self, node: &Node<'_>, depth: usize) {
        match node {
            Node::Token(token) => self.out.extend_from_slice(token.as_bytes()),
            Node::String(text) => self.string(text),
            Node::Array(nodes) => {
                self.out.push(b'[');
                for (at, node) in nodes.iter().enumerate() {
                    self.separate(at, depth + 1);
                    self.node(node, depth + 1);
                }
                self.close(b']', nodes.is_empty(), depth);
            }
            Node::Object(members) => {
                self.out.push(b'{');
                let mut members: Vec<&(Cow<'_, str>, Node<'_>)> = members.iter().collect();
                if self.sorted {
                    members.sort_by(|(one, _), (other, _)| one.cmp(other));
                }
                for (at, (name, node)) in members.iter().enumerate() {
                    self.separate(at, depth + 1);
                    self.string(name);
                    self.out.extend_from_slice(self.spacing.colon.as_bytes());
                    self.node(node, depth + 1);
                }
                self.close(b'}', members.is_empty(), depth);
            }
        }
    }

    fn separate(&mut self, at: usize, depth: usize) {
        if at > 0 {
            self.out.extend_from_slice(self.spacing.comma.as_bytes());
        }
        self.new_line(depth);
    }

    fn close(&mut self, end: u8, is_empty: bool, depth: usize) {
        if !is_empty {
            self.new_line(depth);
        }
        self.out.push(end);
    }

    fn new_line(&mut self, depth: usize) {
        if !self.spacing.indent.is_empty() {
            self.out.push(b'\n');
            for _ in 0..depth {
                self.out.extend_from_slice(self.spacing.indent.as_bytes());
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| self.is_escaped(byte)) {
            let (plain, after) = rest.split_at(at);
            self.out.extend_from_slice(plain.as_bytes());
            let Some(c) = after.chars().next() else { break };
            self.escape(c);
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        self.out.extend_from_slice(rest.as_bytes());
        self.out.push(b'"');
    }

    fn is_escaped(&self, byte: u8) -> bool {
        byte < 0x20
            || matches!(byte, b'"' | b'\\')
            || match self.escapes {
                Escapes::None => false,
                Escapes::Ascii => byte >= 0x7f,
                Escapes::Html => matches!(byte, b'<' | b'>' | b'&'),
                Escapes::Slashes => byte == b'/' || byte >= 0x80,
            }
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '/' => "\\/",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            _ => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    self.out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
                return;
            }
        };
        self.out.extend_from_slice(short.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialisers_write_these() {
        let body = "{\"b\": [1.0, {}], \"a\": \"é/<\"}";
        let forms: Vec<String> =
            forms(body.as_bytes()).map(|form| String::from_utf8(form.body).unwrap()).collect();
        for expected in [
            "{\"b\":[1.0,{}],\"a\":\"é/<\"}",
            body,
            "{\n  \"b\": [\n    1.0,\n    {}\n  ],\n  \"a\": \"é/<\"\n}",
            "{\"a\": \"\\u00e9/<\", \"b\": [1.0, {}]}",
            "{\"b\":[1.0,{}],\"a\":\"é/\\u003c\"}",
            "{\"b\":[1.0,{}],\"a\":\"\\u00e9\\/<\"}",
        ] {
            assert!(forms.iter().any(|form| form == expected), "{expected} is not in {forms:#?}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_forms() {
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        for body in ["", "x", "{\"a\"", "{\"a\":}", "[1,,2]", "{a:1}", "[1] x", deep.as_str()] {
            assert_eq!(forms(body.as_bytes()).count(), 0, "{body:.20}");
        }
    }
}
