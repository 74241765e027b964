//! Two canonical requests, or two strings to sign, lined up part by part.

use super::alternatives::EMPTY;
use super::mistake::Mistake;
use crate::protocol::sigv4::canonical::UNRESERVED_PATH;
use crate::protocol::sigv4::is_unsignable;
use percent_encoding::{percent_decode_str, percent_encode};
use std::fmt;

/// One part that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// `path`, `query`, `header content-type`, `payload hash`, …
    pub part: String,
    /// What AWS computed; `None` where it has no such line.
    pub aws: Option<String>,
    /// What was signed, or follows from what was captured.
    pub ours: Option<String>,
    /// The first character that differs, from 0.
    pub at: usize,
    /// What mistake makes such a difference.
    pub mistake: Option<Mistake>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "(not there)".to_owned());
        let mark = " ".repeat(self.at);
        write!(
            f,
            "{}\n  AWS:    {}\n  client: {}\n          {mark}^ the first difference",
            self.part,
            side(&self.aws),
            side(&self.ours)
        )
    }
}

/// What differs between two canonical requests.
pub(super) fn of_canonical_requests(aws: &str, ours: &str) -> Vec<Difference> {
    let (aws, ours) = (Parts::of(aws), Parts::of(ours));
    let mut differences = Vec::new();
    for (part, aws, ours) in [
        ("method", &aws.method, &ours.method),
        ("path", &aws.path, &ours.path),
        ("query", &aws.query, &ours.query),
    ] {
        add(&mut differences, part, Some(aws), Some(ours));
    }
    let mut names: Vec<&str> = aws.headers.iter().chain(&ours.headers).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let value = |parts: &Parts<'_>| {
            let values: Vec<&str> =
                parts.headers.iter().filter(|(given, _)| *given == name).map(|(_, value)| *value).collect();
            (!values.is_empty()).then(|| values.join("\n"))
        };
        let (aws, ours) = (value(&aws), value(&ours));
        add(&mut differences, &format!("header {name}"), aws.as_deref(), ours.as_deref());
    }
    add(&mut differences, "signed headers", Some(aws.listed), Some(ours.listed));
    add(&mut differences, "payload hash", Some(aws.payload), Some(ours.payload));
    differences
}

/// What differs between two strings to sign; the last line is the hash of the canonical request, which says nothing.
pub(super) fn of_strings_to_sign(aws: &str, ours: &str) -> Vec<Difference> {
    let mut differences = Vec::new();
    let names = ["algorithm", "date", "scope"];
    for (name, (aws, ours)) in names.into_iter().zip(aws.lines().zip(ours.lines())) {
        add(&mut differences, name, Some(aws), Some(ours));
    }
    differences
}

fn add(differences: &mut Vec<Difference>, part: &str, aws: Option<&str>, ours: Option<&str>) {
    // A token is never shown, so it cannot be compared.
    let is_redacted = [aws, ours].into_iter().flatten().any(|text| text.contains("<redacted>"));
    if aws == ours || is_redacted {
        return;
    }
    let (left, right) = (aws.unwrap_or_default(), ours.unwrap_or_default());
    let at = left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count();
    differences.push(Difference {
        part: part.to_owned(),
        aws: aws.map(str::to_owned),
        ours: ours.map(str::to_owned),
        at,
        mistake: mistake(part, aws, ours),
    });
}

/// The mistake that makes such a difference, where one line tells.
fn mistake(part: &str, aws: Option<&str>, ours: Option<&str>) -> Option<Mistake> {
    let (left, right) = (aws.unwrap_or_default(), ours.unwrap_or_default());
    Some(match part {
        "path" => return path_mistake(left, right),
        "query" => {
            let pairs = |query: &str| {
                let mut pairs: Vec<String> = query.split('&').map(str::to_owned).collect();
                pairs.sort();
                pairs
            };
            if pairs(left) == pairs(right) {
                Mistake::QueryNotSorted
            } else if left.eq_ignore_ascii_case(right) {
                Mistake::EscapeCase
            } else {
                Mistake::QueryEncoding
            }
        }
        "signed headers" => {
            let names = |list: &str| list.split(';').map(str::to_owned).collect::<Vec<_>>();
            let (left, right) = (names(left), names(right));
            if left.iter().any(|name| !right.contains(name)) {
                Mistake::HeaderExtra
            } else {
                Mistake::HeaderMissing
            }
        }
        "payload hash" => match right {
            EMPTY => Mistake::EmptyBodyHash,
            hash if hash.len() == 64 => Mistake::BodyChanged,
            _ => Mistake::UnsignedPayload,
        },
        "date" => Mistake::WrongDate,
        "scope" => {
            let parts = |scope: &str| scope.split('/').map(str::to_owned).collect::<Vec<_>>();
            let (left, right) = (parts(left), parts(right));
            match (0..3).find(|at| left.get(*at) != right.get(*at))? {
                0 => Mistake::WrongDate,
                1 => Mistake::WrongRegion,
                _ => Mistake::WrongService,
            }
        }
        part => {
            let name = part.strip_prefix("header ")?;
            if is_unsignable(name) {
                return Some(Mistake::UnsignableHeader);
            }
            match (aws, ours) {
                (Some(_), None) => Mistake::HeaderExtra,
                (None, Some(_)) if name == "x-amz-security-token" => Mistake::TokenUnsigned,
                (None, Some(_)) => Mistake::HeaderMissing,
                _ if name == "x-amz-date" => Mistake::WrongDate,
                _ if name == "host" && left.split(':').next() == right.split(':').next() => Mistake::HostPort,
                _ => Mistake::HeaderValue,
            }
        }
    })
}

fn path_mistake(aws: &str, ours: &str) -> Option<Mistake> {
    let encode = |path: &str| percent_encode(path.as_bytes(), UNRESERVED_PATH).to_string();
    let decode = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
    if aws.contains("%2525") && (decode(aws) == ours || decode(&decode(aws)) == ours) {
        return Some(Mistake::PathEncodedThrice);
    }
    if aws.eq_ignore_ascii_case(ours) {
        return Some(Mistake::EscapeCase);
    }
    if encode(aws) == ours {
        return Some(Mistake::PathEncodedThrice);
    }
    if decode(aws) == ours {
        return Some(if ours.contains('%') { Mistake::PathEncodedOnce } else { Mistake::PathRaw });
    }
    (decode(&decode(aws)) == ours).then_some(Mistake::PathRaw)
}

/// The parts of a canonical request.
struct Parts<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    listed: &'a str,
    payload: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let mut next = || lines.next().unwrap_or_default();
        let (method, path, query) = (next(), next(), next());
        let mut headers = Vec::new();
        let mut line = next();
        while !line.is_empty() {
            headers.push(line.split_once(':').unwrap_or((line, "")));
            line = next();
        }
        Self { method, path, query, headers, listed: next(), payload: next() }
    }
}
