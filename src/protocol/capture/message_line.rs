//! One line of a message in HTTP text, and what stands before every line of it.

use crate::protocol::sigv4::canonical::AUTHORITY;

/// The methods that a request line may begin with.
const METHODS: [&str; 8] = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "CONNECT"];

/// What stands before every line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// The message stands there as it is, perhaps indented.
    Indent(String),
    /// `> `, `< `, `http-outgoing-0 >> `: what ends with it is no part of the line.
    Behind(String),
    /// The same, and the line is quoted: `>> "Host: h[\r][\n]"`.
    Quoted(String),
}

/// What a message begins with.
pub(super) enum Start {
    Request { method: String, target: String },
    Answer { status: u16 },
}

/// A rule or a record of the Go and other SDKs, which end a message in their logs.
pub(super) fn is_log_line(text: &str) -> bool {
    text.starts_with("-----")
        || text.starts_with("---[ ")
        || text.starts_with("SDK 20")
        || text.starts_with("DEBUG: ")
}

/// The first line of a message, with what stands before it.
pub(super) fn start(line: &str) -> Option<(Start, Mark)> {
    let (at, version) = ["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/2", "HTTP/3"]
        .into_iter()
        .filter_map(|version| Some((line.rfind(version)?, version)))
        .max_by_key(|(at, version)| (*at, version.len()))?;
    let after = line.get(at + version.len()..)?;
    let before = line.get(..at)?;
    let ends = after.trim_end_matches("[\\r][\\n]\"").trim().is_empty();
    if ends && let Some(before) = before.strip_suffix(' ') {
        let (place, method) = METHODS
            .into_iter()
            .filter_map(|method| Some((find_word(before, method)?, method)))
            .min_by_key(|(place, _)| *place)?;
        let target = before.get(place + method.len()..)?.trim();
        if !target.is_empty() {
            let start = Start::Request { method: method.to_owned(), target: request_target(method, target) };
            return Some((start, mark(before.get(..place)?)?));
        }
    }
    let status =
        after.strip_prefix(' ')?.get(..3)?.parse().ok().filter(|status| (100..600).contains(status))?;
    Some((Start::Answer { status }, mark(before)?))
}

/// An absolute URL in a request line is as good as a path.
fn request_target(method: &str, target: &str) -> String {
    if method == "CONNECT" || target.starts_with('/') || target.contains("://") {
        return target.to_owned();
    }
    format!("/{target}")
}

/// Where a method stands as a word, followed by a space.
fn find_word(text: &str, word: &str) -> Option<usize> {
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|text| text.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|text| text.chars().next());
        before.is_none_or(|c| !c.is_alphanumeric() && c != '/' && c != '-') && after == Some(' ')
    })
}

fn mark(before: &str) -> Option<Mark> {
    if before.trim().is_empty() {
        return Some(Mark::Indent(before.to_owned()));
    }
    if let Some(unquoted) = before.strip_suffix('"') {
        return Some(Mark::Quoted(last_word(unquoted)?));
    }
    Some(Mark::Behind(last_word(before)?))
}

/// The last word with what follows it: the part of a prefix that is the same on every line of a log.
fn last_word(before: &str) -> Option<String> {
    let trimmed = before.trim_end();
    let at = trimmed.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = before.get(at..)?;
    // A sentence that quotes a request line is no mark.
    word.trim().chars().all(|c| matches!(c, '>' | '<' | '|' | ':')).then(|| word.to_owned())
}

/// What stands behind the mark.
pub(super) fn content(line: &str, mark: &Mark) -> Option<String> {
    match mark {
        Mark::Indent(indent) => Some(line.strip_prefix(indent.as_str()).unwrap_or(line).to_owned()),
        Mark::Behind(mark) if line.trim_end() == mark.trim_end() => Some(String::new()),
        Mark::Behind(mark) if mark.starts_with(['>', '<']) && mark.len() <= 2 => {
            line.strip_prefix(mark.as_str()).map(str::to_owned)
        }
        Mark::Behind(mark) => line.split_once(mark.as_str()).map(|(_, text)| text.to_owned()),
        Mark::Quoted(mark) => {
            let (_, text) = line.split_once(&format!("{mark}\""))?;
            let text = text.strip_suffix('"').unwrap_or(text);
            Some(text.replace("[\\r]", "").replace("[\\n]", ""))
        }
    }
}

/// `Name: value`; the value keeps every space but one. What HTTP/2 has in the place of a first line begins with a colon.
pub(super) fn header(line: &str) -> Option<(String, String)> {
    let colon = usize::from(line.starts_with(':'));
    let (name, value) = line.get(colon..)?.split_once(':')?;
    let name = name.trim_end();
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return None;
    }
    let name = line.get(..colon + name.len())?;
    Some((name.to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
}

/// `:authority` of HTTP/2 is the host; its other names with a colon say what the first line says.
pub(super) fn without_pseudo_headers(headers: &mut Vec<(String, String)>) {
    let has_host = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    for (name, _) in headers.iter_mut().filter(|(name, _)| !has_host && name == AUTHORITY) {
        "host".clone_into(name);
    }
    headers.retain(|(name, _)| !name.starts_with(':'));
}
