//! `#[non_exhaustive]`, as `src/lib.rs` says it: on what callers read and on what may grow, and on nothing that they
//! write. Each type that is neither stands here, so that it is thought of once.

use std::collections::BTreeSet;

/// What callers write, with all its fields public. Most have a `Default` for the rest: `..Timeouts::default()`.
const WRITTEN: [&str; 34] = [
    "AskedModel",
    "CapturedAnswer",
    "CapturedRequest",
    "Case",
    "CertificatePlaces",
    "Change",
    "ClientStages",
    "CommandOutput",
    "Condition",
    "EmulatorOptions",
    "EndpointOptions",
    "Faults",
    "Hits",
    "Keys",
    "Limits",
    "ModelAlias",
    "NetworkSettings",
    "Overrides",
    "PolicyScope",
    "ProxyOptions",
    "RateLimit",
    "Redacted",
    "Reservation",
    "ResolveOptions",
    "RetryPolicy",
    "Route",
    "Server",
    "SigningScope",
    "Sourced",
    "StreamFaults",
    "Surroundings",
    "Timeouts",
    "Verifier",
    "Wait",
];

/// Enums whose values are all that there can be, or each of which must be dealt with.
const CLOSED: [&str; 17] = [
    "Admission",
    "AttemptOutcome",
    "Body",
    "CapturedBody",
    "Decision",
    "EndpointMode",
    "Expected",
    "FileKind",
    "JobDuration",
    "Lateness",
    "LogForm",
    "MayAsk",
    "Provenance",
    "RetryAfter",
    "SessionTokenMember",
    "SignatureLocation",
    "Verdict",
];

/// Every breach in a set of files, each as `file: what`.
pub(crate) fn breaches(files: &[(String, String)]) -> Vec<String> {
    let (mut found, mut written, mut closed) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for (path, text) in files.iter().filter(|(path, _)| !path.starts_with("src/cli/")) {
        for Declared { name, kind, is_open } in declared(text) {
            let problem = match (kind, is_open) {
                (Kind::Opaque, true) => "has private fields, so that nobody else can make one anyway",
                (Kind::Fields, true) if WRITTEN.contains(&name) => "is written by callers, who then cannot",
                (Kind::Fields, false) if !WRITTEN.contains(&name) => "is only read, so it is non_exhaustive",
                (Kind::Enum, true) if CLOSED.contains(&name) => "is closed, and says that it is not",
                (Kind::Enum, false) if !CLOSED.contains(&name) => "may grow, so it is non_exhaustive",
                _ => "",
            };
            if !problem.is_empty() {
                found.push(format!("{path}: {name} {problem}"));
            }
            match kind {
                Kind::Enum => closed.insert(name),
                Kind::Fields => written.insert(name),
                Kind::Opaque => false,
            };
        }
    }
    let gone = |names: &[&'static str], there: &BTreeSet<&str>| -> Vec<String> {
        names
            .iter()
            .filter(|name| !there.contains(*name))
            .map(|name| format!("{name} is no such type"))
            .collect()
    };
    found.extend(gone(&WRITTEN, &written));
    found.extend(gone(&CLOSED, &closed));
    found
}

#[derive(Clone, Copy)]
enum Kind {
    /// A struct with public fields alone.
    Fields,
    /// A struct with private ones.
    Opaque,
    Enum,
}

struct Declared<'a> {
    name: &'a str,
    kind: Kind,
    /// Whether it is `#[non_exhaustive]`.
    is_open: bool,
}

/// The public types of a file that have a body, by how rustfmt writes them.
fn declared(text: &str) -> Vec<Declared<'_>> {
    let mut found = Vec::new();
    let mut is_open = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[") || line.starts_with("///") {
            is_open |= line == "#[non_exhaustive]";
            continue;
        }
        let (type_line, is_enum) = match (line.strip_prefix("pub struct "), line.strip_prefix("pub enum ")) {
            (Some(rest), _) => (Some(rest), false),
            (None, rest) => (rest, true),
        };
        if let Some(rest) = type_line.filter(|rest| rest.ends_with('{')) {
            let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            let fields = lines.by_ref().take_while(|line| *line != "}");
            let fields: Vec<&str> = fields.filter_map(|line| line.strip_prefix("    ")).collect();
            let is_field = |line: &&&str| line.starts_with(|c: char| c.is_ascii_lowercase());
            let is_public = |line: &&str| line.starts_with("pub ");
            let kind = match fields.iter().filter(is_field).all(is_public) {
                _ if is_enum => Kind::Enum,
                true => Kind::Fields,
                false => Kind::Opaque,
            };
            found.push(Declared { name, kind, is_open });
        }
        is_open = false;
    }
    found
}
