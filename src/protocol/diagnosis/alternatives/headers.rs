//! Other sets of headers, and other values.

use super::{Found, Origin};
use crate::protocol::diagnosis::mistake::Mistake;
use crate::protocol::diagnosis::search::Part;
use crate::protocol::diagnosis::view::Change;
use crate::protocol::sigv4::canonical::AUTHORITY;
use crate::protocol::sigv4::is_unsignable;

/// What clients say of their bodies, and what HTTP libraries make of it.
const CONTENT_TYPES: [&str; 16] = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json; charset=UTF-8",
    "application/json;charset=utf-8",
    "application/json;charset=UTF-8",
    "application/json; charset=\"utf-8\"",
    "application/x-amz-json-1.0",
    "application/x-amz-json-1.1",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain",
    "text/plain; charset=utf-8",
    "text/plain;charset=UTF-8",
    "",
];
const ACCEPTS: [&str; 6] = [
    "*/*",
    "application/json",
    "application/json, text/plain, */*",
    "application/vnd.amazon.eventstream",
    "text/event-stream",
    "",
];
const ENCODINGS: [&str; 8] = [
    "gzip",
    "gzip, deflate",
    "gzip, deflate, br",
    "gzip, deflate, br, zstd",
    "identity",
    "gzip,deflate",
    "*",
    "",
];
const CONNECTIONS: [&str; 4] = ["keep-alive", "close", "Keep-Alive", ""];

pub(super) fn add(origin: &Origin<'_>, found: &mut Found) {
    let mut names: Vec<String> = origin.claimed.signed_headers.clone();
    names.extend(origin.request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()));
    // A client that signed its token may have lost it on the way, and one that signs a host may not have named it.
    if !origin.claimed.signs(AUTHORITY) {
        names.push("host".to_owned());
    }
    if origin.token.is_some() {
        names.push("x-amz-security-token".to_owned());
    }
    names.sort();
    names.dedup();
    names.retain(|name| name != "authorization");
    for name in names {
        sets(origin, &name, found);
        values(origin, &name, found);
    }
}

/// In the canonical headers or not, in the line of names or not.
fn sets(origin: &Origin<'_>, name: &str, found: &mut Found) {
    let claimed = origin.claimed.signs(name);
    let line = |value: Option<String>| Change::Line { name: name.to_owned(), value };
    let listed = |listed| Change::Listed { name: name.to_owned(), listed };
    let part = || Part::Header(name.to_owned());
    if claimed {
        let mistakes = [kind(name, Mistake::HeaderExtra)];
        for (what, changes) in [
            (format!("without {name}, which SignedHeaders names"), vec![line(None), listed(false)]),
            (format!("whose canonical headers have no {name}, which SignedHeaders names"), vec![line(None)]),
        ] {
            found.add(part(), &mistakes, what, changes);
        }
        let mistakes = [kind(name, Mistake::HeaderMissing)];
        let what = format!("whose canonical list of names has no {name}");
        found.add(part(), &mistakes, what, vec![listed(false)]);
    } else {
        let values = match sent(origin, name) {
            Some(value) => vec![value],
            None => guesses(origin, name),
        };
        for value in values {
            let mistakes = [kind(name, Mistake::HeaderMissing)];
            let what = format!("that signs {name}, which SignedHeaders does not name");
            found.add(part(), &mistakes, what, vec![line(Some(value.clone())), listed(true)]);
            let what = format!("whose canonical headers have {name}, which SignedHeaders does not name");
            found.add(part(), &mistakes, what, vec![line(Some(value))]);
        }
        let what = format!("whose canonical list names {name}, which SignedHeaders does not");
        found.add(part(), &[kind(name, Mistake::HeaderMissing)], what, vec![listed(true)]);
    }
}

/// Other values of a header that SignedHeaders names.
fn values(origin: &Origin<'_>, name: &str, found: &mut Found) {
    if !origin.claimed.signs(name) {
        return;
    }
    let Some((_, right)) = origin.base.lines.iter().find(|(line, _)| line == name) else { return };
    let mut seen = vec![right.clone()];
    let mut add = |value: String, mistake: Mistake, what: String| {
        if seen.contains(&value) {
            return;
        }
        seen.push(value.clone());
        let change = Change::Line { name: name.to_owned(), value: Some(value) };
        found.add(Part::Header(name.to_owned()), &[mistake], what, vec![change]);
    };
    let is_host = matches!(name, "host" | AUTHORITY);
    if is_host {
        for host in hosts_with_and_without_port(right) {
            add(
                host,
                Mistake::HostPort,
                "whose host was signed with another port, or without one".to_owned(),
            );
        }
    }
    let given: Vec<&str> = origin.request.signed_values(name).collect();
    if given.len() > 1 {
        for separator in [", ", ",", ";", " "] {
            let joined = given.iter().map(|value| value.trim()).collect::<Vec<_>>().join(separator);
            add(
                joined,
                kind(name, Mistake::HeaderValue),
                format!("whose {name} was signed with its values joined by {separator:?}"),
            );
        }
        for value in &given {
            add(
                value.trim().to_owned(),
                kind(name, Mistake::HeaderValue),
                format!("whose {name} was signed with one of the {} values that were sent", given.len()),
            );
        }
    }
    let spaced = |value: &str| {
        vec![value.to_owned(), value.trim().to_owned(), format!(" {value}"), format!("{} ", value.trim())]
    };
    let spaces = given.iter().flat_map(|value| spaced(value)).collect::<Vec<_>>();
    for value in spaces {
        add(
            value,
            kind(name, Mistake::HeaderValue),
            format!("whose {name} was signed with its spaces as they were"),
        );
    }
    let mistake = kind(name, Mistake::HeaderValue);
    for value in guesses(origin, name) {
        let what = was(name, &value);
        add(value, mistake, what);
    }
    add(right.to_ascii_lowercase(), mistake, format!("whose {name} was signed in lower case"));
    // The spaces that a library folded may have been signed.
    if right.contains("; ") {
        add(right.replace("; ", ";"), mistake, format!("whose {name} was signed without a space behind ;"));
    }
    if right.contains(';') && !right.contains("; ") {
        add(right.replace(';', "; "), mistake, format!("whose {name} was signed with a space behind ;"));
    }
    if let Some((before, _)) = right.split_once(';') {
        add(
            before.trim().to_owned(),
            mistake,
            format!("whose {name} was signed without what stands behind ;"),
        );
    }
}

/// What a header said when it was signed. A token is nobody's to read.
fn was(name: &str, value: &str) -> String {
    match value {
        _ if name == "x-amz-security-token" => format!("whose {name} was another when it was signed"),
        "" => format!("whose {name} was empty when it was signed"),
        value => format!("whose {name} was {value:?} when it was signed"),
    }
}

/// A header that must not be signed is that mistake, whatever else is wrong with it.
fn kind(name: &str, mistake: Mistake) -> Mistake {
    match name {
        name if is_unsignable(name) => Mistake::UnsignableHeader,
        "x-amz-security-token" => match mistake {
            Mistake::HeaderMissing | Mistake::HeaderExtra => Mistake::TokenUnsigned,
            other => other,
        },
        _ => mistake,
    }
}

/// What a server makes of a header that was sent.
fn sent(origin: &Origin<'_>, name: &str) -> Option<String> {
    let values: Vec<String> =
        origin.request.signed_values(name).map(crate::protocol::sigv4::canonical::folded).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// What a header may have been before something on the way changed it.
fn guesses(origin: &Origin<'_>, name: &str) -> Vec<String> {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match name {
        "content-type" => owned(&CONTENT_TYPES),
        "accept" | "x-amzn-bedrock-accept" => owned(&ACCEPTS),
        "accept-encoding" => owned(&ENCODINGS),
        "connection" => owned(&CONNECTIONS),
        "content-length" => {
            origin.body.iter().map(|body| body.len().to_string()).chain([String::new()]).collect()
        }
        "x-amz-content-sha256" => vec![origin.base.payload.clone(), "UNSIGNED-PAYLOAD".to_owned()],
        "x-amz-security-token" => origin.token.iter().map(|token| (*token).to_owned()).collect(),
        "host" | AUTHORITY => {
            let region = &origin.claimed.region;
            let mut hosts = Vec::new();
            for prefix in ["bedrock-runtime", "bedrock", "bedrock-runtime-fips", "bedrock-mantle"] {
                let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
                hosts.push(format!("{prefix}.{region}.{suffix}"));
            }
            hosts.push("localhost".to_owned());
            hosts
        }
        _ => Vec::new(),
    }
}

fn hosts_with_and_without_port(host: &str) -> Vec<String> {
    let bare = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(bare, _)| bare);
    let mut hosts = vec![bare.to_owned()];
    hosts.extend([443, 80, 8080, 8000, 8443].map(|port| format!("{bare}:{port}")));
    hosts
}
