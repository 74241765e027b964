//! The official clients of OpenAI (Python and Node) and of Anthropic against `bedwire serve --offline`. Their packages
//! come from the registries; a test skips with a word where they are not to be had.
#![cfg(feature = "cli")]

mod command;
mod python;

use command::Server;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The SHA-256 of `sk-right`.
const KEY_SHA256: &str = "5a8be38da412e44e65567661c0dd497d845645b78530e1e4bc042d9d44c9f445";

/// One server that takes any key, and one that takes `sk-right` alone.
fn servers() -> (Server, Server) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, format!("[keys.tests]\nsha256 = \"{KEY_SHA256}\"\n")).unwrap();
    let keyed = Server::start(&["--offline", "serve", "--config", config.to_str().unwrap()], &[]);
    (Server::start(&["--offline", "serve"], &[]), keyed)
}

#[test]
fn the_openai_client_for_python_reads_every_answer() {
    let Some(python) = python::with("openai", &["openai"]) else { return };
    let (any, keyed) = servers();
    let mut script = python::script(&python, "tests/clients/openai_python.py");
    passes(script.arg(format!("{}/v1", any.url)).arg(format!("{}/v1", keyed.url)));
}

#[test]
fn the_anthropic_client_for_python_reads_every_answer() {
    let Some(python) = python::with("anthropic", &["anthropic"]) else { return };
    let (any, keyed) = servers();
    let mut script = python::script(&python, "tests/clients/anthropic_python.py");
    passes(script.arg(&any.url).arg(&keyed.url));
}

#[test]
fn the_openai_client_for_node_reads_every_answer() {
    let Some(folder) = node_packages(&["openai@6", "zod@4"]) else { return };
    let (any, keyed) = servers();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/openai_node.mjs");
    let mut node = Command::new("node");
    node.arg(script).arg(format!("{}/v1", any.url)).arg(format!("{}/v1", keyed.url)).current_dir(folder);
    passes(&mut node);
}

#[track_caller]
fn passes(script: &mut Command) {
    let run = script.output().unwrap();
    assert!(run.status.success(), "{}", python::said(&run));
    assert!(String::from_utf8_lossy(&run.stdout).lines().count() > 8, "{}", python::said(&run));
}

/// A folder below `target/` with these packages.
fn node_packages(packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node");
    std::fs::create_dir_all(&folder).unwrap();
    if folder.join("node_modules/openai").is_dir() && folder.join("node_modules/zod").is_dir() {
        return Some(folder);
    }
    let installed = Command::new("npm")
        .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"])
        .arg(&folder)
        .args(packages)
        .output();
    match installed {
        Ok(run) if run.status.success() => Some(folder),
        Ok(run) => {
            println!("SKIPPED: npm install fails: {}", python::said(&run));
            None
        }
        Err(e) => {
            println!("SKIPPED: npm cannot be run: {e}");
            None
        }
    }
}
