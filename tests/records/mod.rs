//! The records of a batch in a folder of a test, and what came of them.
#![allow(dead_code)] // each test file uses its own part

use serde_json::Value;
use std::path::Path;

pub(crate) const MODEL: &str = "amazon.titan-text-express-v1";

/// So many records, each with its number as its prompt.
pub(crate) fn write_records(folder: &Path, count: usize) {
    let line = |n: usize| format!("{{\"id\":\"r{n}\",\"body\":{{\"inputText\":\"{n}\"}}}}\n");
    std::fs::write(folder.join("in.jsonl"), (0..count).map(line).collect::<String>()).unwrap();
}

pub(crate) fn results(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("out.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(crate) fn ids(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["id"].as_str().unwrap_or("null")).collect()
}
