//! The recordings, exchange by exchange. They lie in `$BEDWIRE_RECORDINGS`, else in `../shared/recordings`; where they
//! are absent, a test says so and passes.

use bytes::Bytes;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Every recorded exchange, as it stands in its file. Nothing where there are none.
pub(crate) fn exchanges() -> Vec<Value> {
    let folder = std::env::var_os("BEDWIRE_RECORDINGS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings"), PathBuf::from);
    if !folder.is_dir() {
        // Straight to stderr: what a passing test prints with println! is not shown.
        let _ = writeln!(std::io::stderr(), "SKIPPED: there is no {}", folder.display());
        return Vec::new();
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut exchanges = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        exchanges.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    assert!(!exchanges.is_empty(), "no exchange in {}", folder.display());
    exchanges
}

/// A body of an exchange: `request_body` or `response_body`.
pub(crate) fn body(exchange: &Value, name: &str) -> Bytes {
    base64_simd::STANDARD.decode_to_vec(exchange[name].as_str().unwrap_or_default()).unwrap().into()
}
