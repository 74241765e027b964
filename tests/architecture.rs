//! The layer rule, checked on the sources: a file imports only from its own top folder or from a lower number, peers
//! never import each other, `protocol` is pure, a crate with an alternative is named in one place, and neither files
//! nor folders side by side import each other in a circle. And the tables that say which file does what are complete.

mod code_map;
mod exhaustive;
mod source;

use source::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The top folders and files of `src`, with their layer. Those of the same number are peers.
const LAYERS: [(&str, u8); 9] = [
    ("protocol", 0),
    ("error", 1),
    ("fixture", 1),
    ("transport", 2),
    ("client", 3),
    ("emulator", 3),
    ("gateway", 4),
    ("proxy", 4),
    ("cli", 5),
];

/// What `protocol` must not name: whatever waits, reads the clock, reads the environment, prints or throws dice.
const IMPURE: [&str; 16] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::Instant",
    "SystemTime::now",
    "std::time::SystemTime::now",
    "Instant::now",
    "tokio",
    "rand",
    "getrandom",
    "fastrand",
];
/// The same as words.
const IMPURE_WORDS: [&str; 6] = ["async", "await", "println", "print", "eprintln", "dbg"];

/// Crates that may be replaced one day, and the only places that may name them.
const ONE_PLACE: [(&str, &[&str]); 9] = [
    ("reqwest", &["src/transport/reqwest.rs", "src/transport/tls/"]),
    ("aws_sigv4", &["src/protocol/sigv4/sign.rs"]),
    ("backoff", &["src/client/delay.rs"]),
    ("clap", &["src/cli/", "src/main.rs"]),
    ("clap_complete", &["src/cli/", "src/main.rs"]),
    ("hyper", &["src/transport/serve/"]),
    ("hyper_util", &["src/transport/serve/"]),
    ("toml", &["src/gateway/config/document.rs"]),
    ("tracing", &["src/gateway/span.rs"]),
];

/// Every breach of the rules in a set of files, each as `file: what`.
fn breaches(files: &[(String, String)]) -> Vec<String> {
    let sources: Vec<Source> = files.iter().map(|(path, text)| Source::read(path, text)).collect();
    let exported = root_exports(&sources);
    let mut found = Vec::new();
    for source in &sources {
        let mut breach = |what: String| found.push(format!("{}: {what}", source.path));
        layer_breaches(source, &exported, &mut breach);
        purity_breaches(source, &mut breach);
        place_breaches(source, &mut breach);
    }
    found.extend(cycles(&sources));
    found.sort();
    found.dedup();
    found
}

/// Which top folder a name at the root of the crate comes from: `pub use error::Error` in lib.rs.
fn root_exports(sources: &[Source]) -> BTreeMap<String, String> {
    let root = sources.iter().find(|source| source.path == "src/lib.rs");
    let exports = root.into_iter().flat_map(|root| &root.paths).filter(|path| path.is_export);
    exports
        .filter_map(|path| {
            let segments = path.inside_crate()?;
            Some((segments.last()?.clone(), segments.first()?.clone()))
        })
        .collect()
}

fn layer_breaches(source: &Source, exported: &BTreeMap<String, String>, breach: &mut dyn FnMut(String)) {
    if source.path == "src/lib.rs" {
        return;
    }
    let own = if source.path == "src/main.rs" { "cli" } else { source.top() };
    let Some(own_layer) = layer(own) else {
        return breach(format!("'{own}' has no layer; add it to LAYERS and to the table in lib.rs"));
    };
    for path in &source.paths {
        let Some(first) = path.inside_crate().and_then(|segments| segments.first()) else { continue };
        let target = exported.get(first).unwrap_or(first);
        match layer(target) {
            None => breach(format!("imports crate::{first}, which has no layer")),
            Some(layer) if target != own && layer == own_layer => {
                breach(format!("imports {path} from its peer {target}"));
            }
            Some(layer) if layer > own_layer => {
                breach(format!("imports {path} from {target}, a layer above"));
            }
            Some(_) => {}
        }
    }
}

fn layer(top: &str) -> Option<u8> {
    LAYERS.iter().find(|(name, _)| *name == top).map(|(_, layer)| *layer)
}

fn purity_breaches(source: &Source, breach: &mut dyn FnMut(String)) {
    if source.top() != "protocol" {
        return;
    }
    for path in &source.paths {
        let text = path.to_string();
        let named = IMPURE.iter().any(|impure| text == *impure || text.starts_with(&format!("{impure}::")));
        if named {
            breach(format!("protocol is pure, but names {text}"));
        }
    }
    for word in source.words.iter().filter(|word| IMPURE_WORDS.contains(&word.as_str())) {
        breach(format!("protocol is pure, but says {word}"));
    }
}

fn place_breaches(source: &Source, breach: &mut dyn FnMut(String)) {
    for path in &source.paths {
        let root = path.segments[0].as_str();
        let Some((_, places)) = ONE_PLACE.iter().find(|(name, _)| *name == root) else { continue };
        if !places
            .iter()
            .any(|place| source.path == *place || (place.ends_with('/') && source.path.starts_with(place)))
        {
            breach(format!("names {root}, which only {} may", places.join(" and ")));
        }
    }
}

/// What imports what.
type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Circles of imports between files, and between folders that stand side by side. What a `mod.rs` hands on with
/// `pub use` is followed to the file that has it.
fn cycles(sources: &[Source]) -> Vec<String> {
    let files: BTreeMap<Vec<String>, &Source> = sources
        .iter()
        .filter(|source| !matches!(source.path.as_str(), "src/lib.rs" | "src/main.rs"))
        .map(|source| (source.module.clone(), source))
        .collect();
    let imports: Imports = files
        .values()
        .map(|source| {
            let targets = source
                .paths
                .iter()
                .filter(|path| !(path.is_export && source.path.ends_with("/mod.rs")))
                .filter_map(|path| file_of(path.inside_crate()?, &files))
                .filter(|target| *target != source.path);
            (source.path.as_str(), targets.collect())
        })
        .collect();
    let mut folders = Imports::new();
    for (file, targets) in &imports {
        for target in targets {
            if let (Some(folder), Some(other)) = (folder_beside(file, target), folder_beside(target, file)) {
                folders.entry(folder).or_default().insert(other);
            }
        }
    }
    [circles(&imports), circles(&folders)].concat()
}

/// The folder of a file that stands beside one of another file: the first in which their paths differ.
fn folder_beside<'a>(file: &'a str, other: &str) -> Option<&'a str> {
    let shared = file.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count();
    let (end, _) = file.match_indices('/').nth(shared)?;
    Some(&file[..end])
}

fn circles(imports: &Imports<'_>) -> Vec<String> {
    // Whoever reaches itself is in a circle.
    let reaches = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = imports.get(from).into_iter().flatten().copied().collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(imports.get(next).into_iter().flatten());
            }
        }
        seen
    };
    imports
        .keys()
        .filter(|file| reaches(file).contains(*file))
        .map(|file| {
            let back = imports[file].iter().filter(|target| reaches(target).contains(*file));
            format!("{file}: imports in a circle through {}", back.copied().collect::<Vec<_>>().join(" and "))
        })
        .collect()
}

/// The file that has what a path inside the crate names.
fn file_of<'a>(segments: &[String], files: &BTreeMap<Vec<String>, &'a Source>) -> Option<&'a str> {
    let (module, file) = (1..=segments.len())
        .rev()
        .find_map(|length| files.get_key_value(&segments[..length]))
        .map(|(module, file)| (module.len(), *file))?;
    let Some(name) = segments.get(module).filter(|_| file.path.ends_with("/mod.rs")) else {
        return Some(&file.path);
    };
    let exports = file.paths.iter().filter(|path| path.is_export);
    let handed_on = exports.filter_map(|path| path.inside_crate()).find(|path| path.last() == Some(name));
    match handed_on {
        Some(path) if path != segments => file_of(path, files),
        _ => Some(&file.path),
    }
}

fn own_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

#[test]
fn the_sources_keep_the_rules() {
    let files = own_sources();
    assert!(files.len() > 20, "the sources were not found");
    let breaches = breaches(&files);
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// Files that speak of options all the same: of curl's, and of those that whoever gives overrides has.
const OPTIONS_ARE_THEIR_SUBJECT: [&str; 5] = [
    "src/protocol/capture/curl_command.rs",
    "src/protocol/capture/curl_options.rs",
    "src/protocol/explain.rs",
    "src/protocol/operation/xml.rs",
    "src/client/settings/overrides.rs",
];

/// An option of the command in a text of the layers below it: who embeds them has no command line. A whole command
/// (`bedwire models list --region …`, `aws sso login --profile …`) is one for anybody.
fn names_an_option(line: &str) -> bool {
    let is_option = |(at, _): (usize, &str)| {
        let (before, after) = (&line[..at], &line[at + 2..]);
        before.ends_with(['"', ' ', '(', ':'])
            && after.starts_with(|c: char| c.is_ascii_lowercase())
            && !["`bedwire ", "aws ", "curl "].iter().any(|command| before.contains(command))
    };
    !line.trim_start().starts_with("//") && line.match_indices("--").any(is_option)
}

#[test]
fn the_library_names_no_option_of_the_command() {
    for (path, text) in own_sources() {
        let layer = Source::read(&path, "").top().to_owned();
        if !["protocol", "error", "fixture", "transport", "client"].contains(&layer.as_str())
            || OPTIONS_ARE_THEIR_SUBJECT.contains(&path.as_str())
        {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for line in code.lines() {
            assert!(!names_an_option(line), "{path}: {line}");
        }
    }
    assert!(names_an_option(r#"    "a longer wait; --timeout gives it""#));
    assert!(!names_an_option(r#"    "`bedwire models list --region r`""#));
}

#[test]
fn what_may_grow_says_so_and_what_callers_write_does_not() {
    let breaches = exhaustive::breaches(&own_sources());
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
    let mut files = own_sources();
    for (path, text) in &mut files {
        if path == "src/client/timeouts.rs" || path == "src/client/batch.rs" || path == "src/protocol/auth.rs"
        {
            text.push_str(
                "\npub struct Read {\n    /// It.\n    pub a: u8,\n}\n\npub enum Grows {\n    A,\n}\n",
            );
            text.push_str("\n#[non_exhaustive]\npub struct Made {\n    pub a: u8,\n    b: u8,\n}\n");
        }
    }
    assert_eq!(exhaustive::breaches(&files).len(), 9);
}

#[test]
fn the_tables_of_files_are_complete() {
    let gaps = code_map::gaps(&own_sources());
    assert!(gaps.is_empty(), "\n{}\n", gaps.join("\n"));
}

#[test]
fn a_file_that_stands_in_no_table_is_found() {
    let gaps_of = |docs: &str, last: &str| {
        let first: String =
            ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| format!("mod {name};\n")).concat();
        let text = format!("{docs}{first}{last}");
        code_map::gaps(&[("src/client/mod.rs".to_owned(), text)])
    };
    let rows = "//! | file | job |\n//! |---|---|\n//! | `a`, [`B`] (`b`) | both |\n//! | `c`, `d/`, `e`, `f`, `g` | `x` |\n";
    assert_eq!(gaps_of("", ""), Vec::<String>::new());
    assert_eq!(gaps_of(&format!("{rows}//! | [`h`] |\n"), "pub(super) mod i;\n").len(), 1);
    assert_eq!(
        gaps_of(&format!("{rows}//! | `h` | one |\n"), "#[cfg(test)]\nmod i;\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        gaps_of(&format!("{rows}//! | `h`, `i` | one |\n"), ""),
        ["src/client/mod.rs: i stands in its table, and is no file"]
    );
    assert_eq!(gaps_of("//! See `client/mod.rs`.\n", ""), Vec::<String>::new());
    assert_eq!(gaps_of("//! See `client/gone.rs`.\n", "").len(), 1);
}

#[test]
fn a_forbidden_import_in_a_real_file_is_found() {
    for (file, line) in [
        ("src/protocol/outcome.rs", "use crate::error::Error;"),
        (
            "src/protocol/sigv4/verify.rs",
            "use std::time::SystemTime; fn t() -> SystemTime { SystemTime::now() }",
        ),
        ("src/transport/body.rs", "use crate::client::Client;"),
        ("src/error.rs", "use crate::fixture::Fixture;"),
        ("src/transport/failure.rs", "fn f(e: reqwest::Error) {}"),
        (
            "src/protocol/sigv4/hash.rs",
            "use super::verify::Verifier;\nuse super::canonical::canonical_request;",
        ),
    ] {
        let mut files = own_sources();
        let (_, text) = files.iter_mut().find(|(path, _)| path == file).unwrap();
        text.insert_str(text.find("\nuse ").unwrap() + 1, &format!("{line}\n"));
        let breaches = breaches(&files);
        assert!(breaches.iter().any(|breach| breach.starts_with(file)), "{file}, {line}: {breaches:?}");
    }
}

#[test]
fn each_forbidden_import_is_found() {
    for (file, text) in [
        // Upwards, in every spelling.
        ("src/protocol/a.rs", "use crate::transport::Body;"),
        ("src/protocol/a.rs", "use crate::{\n  fixture::Store,\n  protocol::auth::Auth as _,\n};"),
        ("src/protocol/a/b.rs", "use super::super::super::client::Client;"),
        ("src/protocol/a.rs", "fn f() -> crate::cli::Exit { todo!() }"),
        ("src/protocol/a.rs", "mod tests { use super::super::super::error::Error; }"),
        ("src/protocol/a.rs", "use crate::Error;"),
        ("src/transport/a.rs", "pub use crate::client::Client;"),
        ("src/transport/mod.rs", "use super::client::Client;"),
        ("src/client/a.rs", "pub(crate) use crate::gateway::Gateway;"),
        // Peers.
        ("src/client/a.rs", "use crate::emulator::Emulator;"),
        ("src/emulator/a.rs", "use crate::Client;"),
        ("src/fixture/a.rs", "use crate::error::Error;"),
        ("src/proxy/a.rs", "use crate::gateway::Gateway;"),
        // What is not pure.
        ("src/protocol/a.rs", "use std::{env, fmt};"),
        ("src/protocol/a.rs", "fn f() { std::fs::read(\"x\"); }"),
        ("src/protocol/a.rs", "use std::net::TcpStream;"),
        ("src/protocol/a.rs", "fn f() { let t = SystemTime::now(); }"),
        ("src/protocol/a.rs", "fn f() { let t = std::time::Instant::now(); }"),
        ("src/protocol/a.rs", "use tokio::time;"),
        ("src/protocol/a.rs", "async fn f() {}"),
        ("src/protocol/a.rs", "fn f() { g().await }"),
        ("src/protocol/a.rs", "fn f() { getrandom::getrandom(&mut [0]); }"),
        ("src/protocol/a.rs", "fn f() { println!(\"x\"); }"),
        // One place only.
        ("src/client/a.rs", "use reqwest::Client;"),
        ("src/client/a.rs", "fn f() { backoff::ExponentialBackoff::default(); }"),
        ("src/emulator/a.rs", "use ::hyper::body::Body;"),
        ("src/transport/a.rs", "use {bytes::Bytes, hyper::Request};"),
        ("src/client/a.rs", "use clap::Parser;"),
        ("src/client/a.rs", "use clap as arguments;"),
        ("src/protocol/sigv4/verify.rs", "use aws_sigv4::http_request::sign;"),
        ("src/main.rs", "extern crate backoff;"),
        // Nowhere to be found in the table.
        ("src/helpers/a.rs", "use std::fmt;"),
        ("src/client/a.rs", "use crate::helpers::join;"),
    ] {
        assert!(!breaches(&with_root(&[(file, text)])).is_empty(), "{file}: {text}");
    }
}

#[test]
fn what_is_allowed_is_allowed() {
    for (file, text) in [
        ("src/protocol/a.rs", "use super::auth::Auth;\nuse std::time::{Duration, SystemTime};"),
        ("src/protocol/a.rs", "//! crate::client sends it; std::env is not read.\n/* use tokio::x; */"),
        (
            "src/protocol/a.rs",
            "fn f() -> &'static str { \"use crate::client::Client; async \\\" tokio::x\" }",
        ),
        (
            "src/protocol/a.rs",
            "fn f<'a>(x: &'a str) -> char { '\"' } const R: &str = r#\"\"std::env::var\"#;",
        ),
        ("src/error.rs", "use crate::protocol::auth::Auth;"),
        (
            "src/client/a.rs",
            "use crate::{Error, transport::Body};\nasync fn f() { tokio::time::sleep(d).await }",
        ),
        ("src/client/mod.rs", "mod a; use crate::transport::reqwest::ReqwestTransport; pub use self::a::A;"),
        ("src/client/a.rs", "fn f() { let backoff = 1; let clap = backoff.hyper; }"),
        ("src/client/delay.rs", "use backoff::ExponentialBackoff;"),
        ("src/transport/tls/mod.rs", "use reqwest::ClientBuilder;"),
        ("src/cli/a.rs", "use clap::Parser; use crate::emulator::Emulator; use crate::Client;"),
        ("src/main.rs", "use bedwire::cli; use clap::Parser; fn main() { bedwire::cli::run() }"),
    ] {
        assert_eq!(breaches(&with_root(&[(file, text)])), Vec::<String>::new(), "{file}: {text}");
    }
}

#[test]
fn circles_are_found_through_what_a_folder_hands_on() {
    let circle = [
        ("src/client/mod.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B;"),
        ("src/client/a.rs", "use super::B; pub struct A;"),
        ("src/client/b.rs", "use crate::client::c::C; pub struct B;"),
        ("src/client/c.rs", "use super::a::A; pub struct C;"),
    ];
    let found = breaches(&with_root(&circle));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].contains("src/client/a.rs: imports in a circle through src/client/b.rs"), "{found:?}");
    assert_eq!(breaches(&with_root(&circle[..3])), Vec::<String>::new());
}

#[test]
fn circles_of_folders_are_found_where_no_file_is_in_one() {
    let circle = [
        ("src/client/mod.rs", "mod a; mod b;"),
        ("src/client/a/mod.rs", "mod x; pub use x::X;"),
        ("src/client/a/x.rs", "use crate::client::b::Y; pub struct X;"),
        ("src/client/b/mod.rs", "mod y; mod z; pub use y::Y;"),
        ("src/client/b/y.rs", "pub struct Y;"),
        ("src/client/b/z.rs", "use crate::client::a::X;"),
    ];
    let found = breaches(&with_root(&circle));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "src/client/a: imports in a circle through src/client/b");
    assert_eq!(breaches(&with_root(&circle[..5])), Vec::<String>::new());
}

fn with_root(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let root = (
        "src/lib.rs",
        "mod error; pub mod client; pub use client::Client; pub use error::{Error, ErrorKind};",
    );
    [root].iter().chain(files).map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}
