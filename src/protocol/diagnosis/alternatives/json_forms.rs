//! The ways in which serialisers write the same JSON. Numbers keep their digits: what a serialiser made of them cannot
//! be told from what stands there.

use std::borrow::Cow;

/// Values in values, at most: deeper ones are not written again.
const MAX_DEPTH: usize = 128;

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

impl Escapes {
    fn table(self) -> [bool; 256] {
        std::array::from_fn(|byte| {
            byte < 0x20
                || matches!(u8::try_from(byte), Ok(b'"' | b'\\'))
                || match self {
                    Self::None => false,
                    Self::Ascii => byte >= 0x7f,
                    Self::Html => matches!(u8::try_from(byte), Ok(b'<' | b'>' | b'&')),
                    Self::Slashes => byte == usize::from(b'/') || byte >= 0x80,
                }
        })
    }
}

/// Every form of a body that is JSON, by name, the likely ones first; the body's own is among them. The strings are
/// written once for each kind of escapes, and one buffer takes all the forms: a body may have megabytes.
pub(super) fn for_each(body: &[u8], mut take: impl FnMut(&str, &[u8])) {
    let Some(mut tree) = parse(body) else { return };
    let is_ascii = body.is_ascii() && !contains(body, "\\u");
    let has_html = body.iter().any(|byte| b"<>&".contains(byte)) || contains(body, "\\u00");
    let is_sorted = tree.is_sorted();
    let mut writer =
        Writer { out: Vec::with_capacity(body.len() + body.len() / 4), sorted: false, spacing: SPACINGS[0] };
    for (escapes, differs, words) in [
        (Escapes::None, true, ""),
        (Escapes::Ascii, !is_ascii, ", ASCII-escaped"),
        (Escapes::Html, has_html, ", with < > & escaped"),
        (Escapes::Slashes, body.contains(&b'/'), ", with escaped slashes"),
    ] {
        if !differs {
            continue;
        }
        tree.quote(&escapes.table());
        for sorted in [false, true] {
            if sorted && is_sorted {
                continue;
            }
            for spacing in SPACINGS {
                // Go writes compact JSON, PHP too.
                if matches!(escapes, Escapes::Slashes | Escapes::Html) && spacing.colon != ":" {
                    continue;
                }
                writer.sorted = sorted;
                writer.spacing = spacing;
                writer.out.clear();
                writer.node(&tree, 0);
                let order = if sorted { "sorted " } else { "" };
                take(&format!("{order}JSON, {}{words}", spacing.name), &writer.out);
            }
        }
    }
}

fn contains(body: &[u8], part: &str) -> bool {
    std::str::from_utf8(body).is_ok_and(|body| body.contains(part))
}

/// A string, and how it is written at present.
struct Text<'a> {
    raw: Cow<'a, str>,
    quoted: Vec<u8>,
}

enum Node<'a> {
    Object(Vec<(Text<'a>, Node<'a>)>),
    Array(Vec<Node<'a>>),
    String(Text<'a>),
    /// A number, `true`, `false` or `null`.
    Token(&'a str),
}

impl Node<'_> {
    fn is_sorted(&self) -> bool {
        match self {
            Self::Object(members) => {
                members.windows(2).all(|pair| pair[0].0.raw <= pair[1].0.raw)
                    && members.iter().all(|(_, node)| node.is_sorted())
            }
            Self::Array(nodes) => nodes.iter().all(Node::is_sorted),
            _ => true,
        }
    }

    /// Writes every string in it anew.
    fn quote(&mut self, escaped: &[bool; 256]) {
        match self {
            Self::Object(members) => {
                for (name, node) in members {
                    name.quote(escaped);
                    node.quote(escaped);
                }
            }
            Self::Array(nodes) => nodes.iter_mut().for_each(|node| node.quote(escaped)),
            Self::String(text) => text.quote(escaped),
            Self::Token(_) => {}
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

    fn string(&mut self) -> Option<Text<'a>> {
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
            return serde_json::from_str::<String>(quoted)
                .ok()
                .map(|text| Text { raw: Cow::Owned(text), quoted: Vec::new() });
        }
        quoted.get(1..at).map(|text| Text { raw: Cow::Borrowed(text), quoted: Vec::new() })
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
    sorted: bool,
    spacing: Spacing,
}

impl Writer {
    fn node(&mut self, node: &Node<'_>, depth: usize) {
        match node {
            Node::Token(token) => self.out.extend_from_slice(token.as_bytes()),
            Node::String(text) => self.out.extend_from_slice(&text.quoted),
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
                let mut members: Vec<&(Text<'_>, Node<'_>)> = members.iter().collect();
                if self.sorted {
                    members.sort_by(|(one, _), (other, _)| one.raw.cmp(&other.raw));
                }
                for (at, (name, node)) in members.iter().enumerate() {
                    self.separate(at, depth + 1);
                    self.out.extend_from_slice(&name.quoted);
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
}

impl Text<'_> {
    /// Writes it; `escaped` says of each byte whether it is.
    fn quote(&mut self, escaped: &[bool; 256]) {
        let out = &mut self.quoted;
        out.clear();
        out.push(b'"');
        let mut rest = self.raw.as_ref();
        while let Some(at) = rest.bytes().position(|byte| escaped[usize::from(byte)]) {
            let (plain, after) = rest.split_at(at);
            out.extend_from_slice(plain.as_bytes());
            let Some(c) = after.chars().next() else { break };
            escape(out, c);
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        out.extend_from_slice(rest.as_bytes());
        out.push(b'"');
    }
}

fn escape(out: &mut Vec<u8>, c: char) {
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
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
            return;
        }
    };
    out.extend_from_slice(short.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialisers_write_these() {
        let body = "{\"b\": [1.0, {}], \"a\": \"é/<\"}";
        let mut forms = Vec::new();
        for_each(body.as_bytes(), |_, form| forms.push(String::from_utf8(form.to_vec()).unwrap()));
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
            for_each(body.as_bytes(), |name, _| panic!("{body:.20} has {name}"));
        }
    }
}
