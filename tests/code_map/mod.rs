//! The tables in the docs of a `mod.rs` that say which file does what: complete where a folder has more than a glance
//! takes in, and never of a file that is gone. The same for files that any comment names by their path.

use std::collections::BTreeSet;
use std::path::Path;

/// The most files that a folder has without a table.
const AT_A_GLANCE: usize = 8;

/// Every gap in a set of files, each as `file: what`.
pub(crate) fn gaps(files: &[(String, String)]) -> Vec<String> {
    let paths: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let mut found = Vec::new();
    for (path, text) in files {
        let mut gap = |what: String| found.push(format!("{path}: {what}"));
        if path.ends_with("/mod.rs") {
            table_gaps(text, &mut gap);
        }
        for named in text.lines().filter_map(comment).flat_map(named_files) {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let places = [format!("src/{named}"), format!("{folder}/{named}")];
            let is_elsewhere = ["tests/", "examples/"].iter().any(|other| named.starts_with(other));
            if !is_elsewhere && !places.iter().any(|place| paths.contains(place.as_str())) {
                gap(format!("names {named}, which is no file"));
            }
        }
    }
    found
}

fn table_gaps(text: &str, gap: &mut dyn FnMut(String)) {
    let files = declared(text);
    let rows = rows(text);
    if files.len() > AT_A_GLANCE {
        for file in files.iter().filter(|file| !rows.contains(*file)) {
            gap(format!("{file} does not stand in its table"));
        }
    }
    for row in rows.iter().filter(|row| !row.contains('.') && !files.contains(*row)) {
        gap(format!("{row} stands in its table, and is no file"));
    }
}

/// The files that a `mod.rs` has, without those of its tests.
fn declared(text: &str) -> BTreeSet<&str> {
    let mut files = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines() {
        if line.starts_with("#[") {
            is_test |= line == "#[cfg(test)]";
            continue;
        }
        let name = line.strip_suffix(';').and_then(|line| line.rsplit_once("mod ")).map(|(_, name)| name);
        files.extend(name.filter(|_| !is_test && !line.starts_with("//")));
        is_test = false;
    }
    files
}

/// What stands in backticks in the first column of the tables of files.
fn rows(text: &str) -> BTreeSet<&str> {
    let mut rows = BTreeSet::new();
    let mut is_table = false;
    for line in text.lines() {
        is_table = line.starts_with("//! | file |") || (is_table && line.starts_with("//! |"));
        let cell = line.trim_start_matches("//! |").split('|').next().unwrap_or_default();
        let words = cell.split('`').skip(1).step_by(2).filter(|_| is_table);
        // `verify()` and `Verdict` are links; the file stands beside them.
        rows.extend(words.map(|word| word.trim_end_matches('/')).filter(|word| is_file_name(word)));
    }
    rows
}

fn is_file_name(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c))
}

fn comment(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("//")
}

/// Words such as `client/send.rs`.
fn named_files(comment: &str) -> impl Iterator<Item = &str> {
    let words = comment.split(|c: char| !(c.is_ascii_alphanumeric() || "_/.:".contains(c)));
    let is_source = |word: &&str| Path::new(word).extension().is_some_and(|ending| ending == "rs");
    words.filter(move |word| is_source(word) && !word.contains(':'))
}
