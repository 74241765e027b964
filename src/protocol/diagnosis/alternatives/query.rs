//! Other orders and encodings of the query.

use super::path::with_escapes;
use super::{Found, Origin};
use crate::protocol::diagnosis::mistake::Mistake;
use crate::protocol::diagnosis::search::Part;
use crate::protocol::diagnosis::view::Change;
use crate::protocol::sigv4::canonical::UNRESERVED;
use percent_encoding::{AsciiSet, percent_decode_str, percent_encode};

const SLASH_KEPT: &AsciiSet = &UNRESERVED.remove(b'/');
const COLON_KEPT: &AsciiSet = &UNRESERVED.remove(b':').remove(b'/');
/// What encodeURIComponent of JavaScript keeps.
const SCRIPT_KEPT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

type Write = fn(&str, &str) -> String;

/// How a pair may have been written, from how it stands on the wire.
const ENCODINGS: [(Write, &str); 11] = [
    (right, ""),
    (as_sent, "as it stands on the wire"),
    (raw, "without encoding"),
    (twice, "encoded twice"),
    (plus, "with + for a space"),
    (|name, value| with(name, value, SLASH_KEPT), "with raw slashes"),
    (|name, value| with(name, value, COLON_KEPT), "with raw slashes and colons"),
    (|name, value| with(name, value, SCRIPT_KEPT), "with raw !*'()"),
    (value_only, "with names that are not encoded"),
    (name_only, "with values that are not encoded"),
    (bare, "without = behind a name that has no value"),
];

pub(super) fn add(origin: &Origin<'_>, found: &mut Found) {
    let wire = origin.request.query();
    let presigned = origin.claimed.presigned;
    let pairs: Vec<(&str, &str)> = wire
        .split('&')
        .filter(|pair| !(pair.is_empty() || presigned && pair.starts_with("X-Amz-Signature=")))
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    if pairs.is_empty() {
        return;
    }
    let mut seen = vec![origin.base.query.clone()];
    let mut add = |query: String, mistakes: &[Mistake], what: String| {
        if !seen.contains(&query) {
            found.add(Part::Query, mistakes, what, vec![Change::Query(query.clone())]);
            seen.push(query);
        }
    };
    let mut later = Vec::new();
    for (write, how) in ENCODINGS {
        let wrote: Vec<String> = pairs.iter().map(|(name, value)| write(name, value)).collect();
        let mut sorted = wrote.clone();
        sorted.sort();
        let mut by_name: Vec<(String, &String)> =
            pairs.iter().map(|(name, _)| decoded(name)).zip(&wrote).collect();
        by_name.sort_by(|(one, _), (other, _)| one.cmp(other));
        let by_name: Vec<&str> = by_name.iter().map(|(_, pair)| pair.as_str()).collect();
        let orders = [sorted.join("&"), wrote.join("&"), by_name.join("&")];
        let [sorted, sent, by_name] = orders;
        if how.is_empty() {
            add(
                sent,
                &[Mistake::QueryNotSorted],
                "whose canonical query is in the order of the wire".to_owned(),
            );
            add(
                by_name,
                &[Mistake::QueryNotSorted],
                "whose canonical query is sorted by its names before they are encoded".to_owned(),
            );
            add(
                with_escapes(&sorted, str::to_ascii_lowercase),
                &[Mistake::EscapeCase],
                "whose canonical query has its escapes in lower case".to_owned(),
            );
            continue;
        }
        add(sorted, &[Mistake::QueryEncoding], format!("whose canonical query is written {how}"));
        later.push((sent, how));
        later.push((by_name, how));
    }
    for (query, how) in later {
        add(
            query,
            &[Mistake::QueryNotSorted, Mistake::QueryEncoding],
            format!("whose canonical query is written {how}, and not sorted"),
        );
    }
    add(String::new(), &[Mistake::QueryEncoding], "whose canonical query is empty".to_owned());
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn encoded(text: &str, set: &'static AsciiSet) -> String {
    percent_encode(decoded(text).as_bytes(), set).to_string()
}

fn with(name: &str, value: &str, set: &'static AsciiSet) -> String {
    format!("{}={}", encoded(name, set), encoded(value, set))
}

fn right(name: &str, value: &str) -> String {
    with(name, value, UNRESERVED)
}

fn as_sent(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

fn raw(name: &str, value: &str) -> String {
    format!("{}={}", decoded(name), decoded(value))
}

fn twice(name: &str, value: &str) -> String {
    let again = |text: &str| percent_encode(encoded(text, UNRESERVED).as_bytes(), UNRESERVED).to_string();
    format!("{}={}", again(name), again(value))
}

fn plus(name: &str, value: &str) -> String {
    right(name, value).replace("%20", "+")
}

fn value_only(name: &str, value: &str) -> String {
    format!("{}={}", decoded(name), encoded(value, UNRESERVED))
}

fn name_only(name: &str, value: &str) -> String {
    format!("{}={}", encoded(name, UNRESERVED), decoded(value))
}

fn bare(name: &str, value: &str) -> String {
    let pair = right(name, value);
    pair.strip_suffix('=').map_or(pair.clone(), str::to_owned)
}
