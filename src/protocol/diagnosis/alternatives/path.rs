//! Other encodings of the path.

use super::{Found, Origin};
use crate::protocol::diagnosis::mistake::Mistake;
use crate::protocol::diagnosis::search::Part;
use crate::protocol::diagnosis::view::Change;
use crate::protocol::sigv4::canonical::{UNRESERVED_PATH, canonical_uri};
use percent_encoding::{percent_decode_str, percent_encode};

pub(super) fn add(origin: &Origin<'_>, found: &mut Found) {
    let wire = origin.request.path();
    let right = &origin.base.path;
    let mut seen = vec![right.clone()];
    let mut add = |path: String, mistakes: &[Mistake], what: &str| {
        if path.is_empty() || seen.contains(&path) {
            return;
        }
        found.add(Part::Path, mistakes, what, vec![Change::Path(path.clone())]);
        seen.push(path);
    };
    for (path, what) in whole_paths(wire) {
        let path = canonical_uri(&path, origin.claimed.service == "s3");
        add(path, &[Mistake::PathChanged], &what);
    }
    let once = wire.to_owned();
    let raw = decode(wire);
    // A path whose escapes are escaped themselves was encoded again on its way: AWS's own canonical path has %2525.
    let again = decode(&raw) != raw;
    if again {
        add(
            once.clone(),
            &[Mistake::PathEncodedThrice],
            "whose path was not yet encoded a second time: %253A on the wire was %3A when it was signed",
        );
        add(raw.clone(), &[Mistake::PathEncodedOnce], "whose canonical path was encoded once");
        add(decode(&raw), &[Mistake::PathRaw], "whose canonical path was not encoded");
    } else if raw == once {
        // Raw on the wire: AWS encodes it once.
        add(once.clone(), &[Mistake::PathRaw], "whose canonical path was not encoded at all");
        add(encode(right), &[Mistake::PathRaw], "whose path was encoded; on the wire it is not");
        add(
            with_one_segment(wire).unwrap_or_default(),
            &[Mistake::PathRaw],
            "whose path was encoded, with %2F in the model's ARN; on the wire it is not",
        );
    } else {
        add(
            once.clone(),
            &[Mistake::PathEncodedOnce],
            "whose canonical path is that on the wire; AWS encodes it once more",
        );
        add(raw.clone(), &[Mistake::PathRaw], "whose canonical path was not encoded at all");
        add(
            encode(&raw),
            &[Mistake::PathEncodedOnce],
            "whose canonical path was encoded once; AWS encodes what is on the wire once more",
        );
    }
    add(
        right.replace("%252F", "/"),
        &[Mistake::PathRaw],
        "whose canonical path has / where %2F is on the wire",
    );
    add(
        encode(right),
        &[Mistake::PathEncodedThrice],
        "whose canonical path was encoded once more than AWS does",
    );
    add(
        encode(wire),
        &[Mistake::PathRaw],
        "whose canonical path keeps dot segments or double slashes, which AWS resolves",
    );
    for (path, mistake, what) in [
        (right.clone(), None, "whose canonical path has its escapes in lower case"),
        (
            once,
            Some(Mistake::PathEncodedOnce),
            "whose canonical path is that on the wire, with escapes in lower case",
        ),
    ] {
        let mistakes: Vec<Mistake> = mistake.into_iter().chain([Mistake::EscapeCase]).collect();
        add(with_escapes(&path, str::to_ascii_lowercase), &mistakes, what);
        add(
            with_escapes(&path, str::to_ascii_uppercase),
            &mistakes,
            "whose canonical path has its escapes in upper case, and on the wire they are in lower case",
        );
    }
}

/// How the paths of Bedrock begin that a base URL or a proxy may put something before.
const BEGINNINGS: [&str; 6] = [
    "/model/",
    "/async-invoke",
    "/foundation-models",
    "/inference-profiles",
    "/guardrail/",
    "/model-invocation-job",
];

/// The path without what was put before or behind it, and what that was.
fn whole_paths(wire: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    if let Some(at) = BEGINNINGS.iter().filter_map(|begin| wire.find(begin)).min().filter(|at| *at > 0) {
        let (before, path) = wire.split_at(at);
        paths.push((path.to_owned(), format!("whose path had no {before} before it")));
    }
    match wire.strip_suffix('/') {
        Some("") => {}
        Some(path) => paths.push((path.to_owned(), "whose path did not end in /".to_owned())),
        None => paths.push((format!("{wire}/"), "whose path ended in /".to_owned())),
    }
    paths
}

/// Between `/model/` and the operation stands one segment, of which a proxy that decodes `%2F` makes several.
fn with_one_segment(wire: &str) -> Option<String> {
    let (model, operation) = wire.strip_prefix("/model/")?.rsplit_once('/')?;
    model.contains('/').then(|| {
        let segment = encode(&encode(&decode(model)).replace('/', "%2F"));
        format!("/model/{segment}/{operation}")
    })
}

fn encode(path: &str) -> String {
    percent_encode(path.as_bytes(), UNRESERVED_PATH).to_string()
}

fn decode(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// `%2F`, `%252F` and so on with their digits in another case.
pub(super) fn with_escapes(text: &str, case: fn(&str) -> String) -> String {
    let mut changed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let mut digits = at + 1;
        // %25 is a percent sign that was encoded itself.
        while rest.get(digits..digits + 2) == Some("25") {
            digits += 2;
        }
        let Some(escape) = rest.get(digits..digits + 2) else { break };
        changed.push_str(rest.get(..digits).unwrap_or_default());
        changed.push_str(&case(escape));
        rest = rest.get(digits + 2..).unwrap_or_default();
    }
    changed.push_str(rest);
    changed
}
