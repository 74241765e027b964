//! The paths that a Rust source names, read without a parser: comments, strings and characters are skipped, `use` trees
//! are unfolded, `crate`, `self`, `super` and the crate's own name are resolved.

use std::fmt;

/// One file of `src`.
pub(crate) struct Source {
    /// `src/protocol/sigv4/sign.rs`
    pub(crate) path: String,
    /// `protocol`, `sigv4`, `sign`
    pub(crate) module: Vec<String>,
    /// Every path of two segments or more, and every `use`.
    pub(crate) paths: Vec<NamedPath>,
    /// Every word.
    pub(crate) words: Vec<String>,
}

/// A path, from `crate` or from the name of another crate (or, unresolved, from a name in scope).
pub(crate) struct NamedPath {
    pub(crate) segments: Vec<String>,
    /// Whether it is a `pub use`.
    pub(crate) is_export: bool,
}

impl NamedPath {
    /// What follows `crate`, where it is in this crate.
    pub(crate) fn inside_crate(&self) -> Option<&[String]> {
        self.segments.split_first().filter(|(first, _)| *first == "crate").map(|(_, rest)| rest)
    }
}

impl fmt::Display for NamedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("::"))
    }
}

impl Source {
    pub(crate) fn read(path: &str, text: &str) -> Self {
        let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
            module.pop();
        }
        let tokens = tokens(text);
        let words = tokens.iter().filter(|token| is_word(token)).cloned().collect();
        let mut reader =
            Reader { tokens, at: 0, module: module.clone(), children: Vec::new(), paths: Vec::new() };
        reader.read_all();
        Self { path: path.to_owned(), module, paths: reader.paths, words }
    }

    /// The folder or file right under `src`.
    pub(crate) fn top(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
    /// The module that the reader is in; grows in `mod tests { … }`.
    module: Vec<String>,
    /// Modules that the file declares: a `use` may start with them.
    children: Vec<String>,
    paths: Vec<NamedPath>,
}

impl Reader {
    fn read_all(&mut self) {
        self.children =
            self.tokens.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1].clone()).collect();
        // For each open brace, whether it opened a module.
        let mut braces = Vec::new();
        let mut is_public = false;
        while let Some(token) = self.tokens.get(self.at).cloned() {
            match token.as_str() {
                "mod" if self.peek(2) == "{" => {
                    self.module.push(self.peek(1).to_owned());
                    braces.push(true);
                    self.at += 3;
                    continue;
                }
                "{" => braces.push(false),
                "}" if braces.pop() == Some(true) => {
                    self.module.pop();
                }
                "use" => {
                    self.at += 1;
                    self.use_tree(&[], is_public);
                    continue;
                }
                "extern" if self.peek(1) == "crate" => {
                    self.name(vec![self.peek(2).to_owned()], false, false);
                    self.at += 3;
                    continue;
                }
                word if is_word(word) && self.peek(1) == "::" => {
                    // `<T as Trait>::name::…` has no root of its own.
                    let before = self.tokens[..self.at].iter().rev().take(2).map(String::as_str);
                    let follows_path = before.eq(["::", ">"]);
                    // `pub(in crate::emulator)` says who may see it, and imports nothing.
                    let is_visibility = self.at > 1 && self.tokens[self.at - 2..self.at] == ["(", "in"];
                    let segments = self.plain_path();
                    if !follows_path && !is_visibility {
                        self.name(segments, false, false);
                    }
                    continue;
                }
                _ => {}
            }
            // `pub use` and `pub(crate) use` hand on.
            is_public = token == "pub"
                || (is_public && matches!(token.as_str(), "(" | ")" | "crate" | "super" | "in"));
            self.at += 1;
        }
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }

    fn plain_path(&mut self) -> Vec<String> {
        let mut segments = vec![self.peek(0).to_owned()];
        self.at += 1;
        while self.peek(0) == "::" && is_word(self.peek(1)) {
            segments.push(self.peek(1).to_owned());
            self.at += 2;
        }
        segments
    }

    /// `a::{b, c::d as e, f::*}`, up to `;`, `,` or `}`.
    fn use_tree(&mut self, prefix: &[String], is_export: bool) {
        let mut segments = prefix.to_vec();
        loop {
            match self.peek(0).to_owned().as_str() {
                "::" => self.at += 1,
                "{" => {
                    self.at += 1;
                    while !matches!(self.peek(0), "}" | "") {
                        self.use_tree(&segments, is_export);
                        if self.peek(0) == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                "*" => {
                    self.at += 1;
                    break;
                }
                "as" => self.at += 2,
                "self" if !segments.is_empty() => self.at += 1,
                word if is_word(word) => {
                    segments.push(word.to_owned());
                    self.at += 1;
                }
                _ => break,
            }
        }
        self.name(segments, true, is_export);
    }

    fn name(&mut self, mut segments: Vec<String>, is_use: bool, is_export: bool) {
        let Some(first) = segments.first().cloned() else { return };
        let absolute = match first.as_str() {
            "crate" => None,
            "bedwire" => Some((1, Vec::new())),
            "self" => Some((1, self.module.clone())),
            "super" => {
                let ups = segments.iter().take_while(|segment| *segment == "super").count();
                let kept = self.module.len().saturating_sub(ups);
                Some((ups, self.module[..kept].to_vec()))
            }
            child if is_use && self.children.iter().any(|known| known == child) => {
                Some((0, self.module.clone()))
            }
            _ => None,
        };
        if let Some((taken, base)) = absolute {
            let rest = segments.split_off(taken);
            segments = [vec!["crate".to_owned()], base, rest].concat();
        }
        self.paths.push(NamedPath { segments, is_export });
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::`, and every other sign by itself; no comments, no literals.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut tokens = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match chars[i] {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => i = after_comment(&chars, i),
            '"' => i = after_string(&chars, i),
            '\'' if at(i + 1) == '\\' => {
                i += 3;
                while i < chars.len() && chars[i] != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' if at(i + 2) == '\'' => i += 3,
            // A lifetime: its name is no word of the program.
            '\'' => i = after_word(&chars, i + 1),
            ':' if at(i + 1) == ':' => {
                tokens.push("::".to_owned());
                i += 2;
            }
            c if c.is_alphanumeric() || c == '_' => {
                let end = after_word(&chars, i);
                let word: String = chars[i..end].iter().collect();
                match (word.as_str(), at(end)) {
                    ("r" | "br", '"' | '#') if is_raw_string(&chars, end) => {
                        i = after_raw_string(&chars, end);
                    }
                    // r#type is the word `type`.
                    ("r", '#') => i = end + 1,
                    _ => {
                        i = end;
                        tokens.push(word);
                    }
                }
            }
            c if c.is_whitespace() => i += 1,
            c => {
                tokens.push(c.to_string());
                i += 1;
            }
        }
    }
    tokens
}

fn after_word(chars: &[char], from: usize) -> usize {
    let rest = &chars[from.min(chars.len())..];
    from + rest.iter().take_while(|c| c.is_alphanumeric() || **c == '_').count()
}

/// Comments nest.
fn after_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0_usize, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
        if depth == 0 {
            break;
        }
    }
    i
}

fn after_string(chars: &[char], from: usize) -> usize {
    let mut i = from + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn is_raw_string(chars: &[char], from: usize) -> bool {
    chars[from..].iter().find(|c| **c != '#') == Some(&'"')
}

fn after_raw_string(chars: &[char], from: usize) -> usize {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let start = from + hashes + 1;
    let inner = chars[start.min(chars.len())..].windows(end.len()).position(|window| window == end);
    inner.map_or(chars.len(), |length| start + length + end.len())
}
