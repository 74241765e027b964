//! Python with packages from PyPI, in an environment below `target/`; a test skips with a word where that cannot be.
#![allow(dead_code)] // each test file uses its own part

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The Python of an environment that has these packages, made at the first need.
pub(crate) fn with(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = environment.join("bin/python");
    let import = format!("import {}", packages.join(", "));
    let has_them = || Command::new(&python).args(["-c", &import]).output();
    if has_them().is_ok_and(|run| run.status.success()) {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment).output();
    done("python3 -m venv", made)?;
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"])
        .args(packages)
        .output();
    done("pip install", installed)?;
    Some(python)
}

/// A script with nothing of the machine's own AWS settings.
pub(crate) fn script(python: &Path, script: &str) -> Command {
    let mut command = Command::new(python);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
    command
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1");
    command
}

/// A step that may fail on a machine without Python or a registry.
fn done(step: &str, run: std::io::Result<Output>) -> Option<()> {
    match run {
        Ok(run) if run.status.success() => Some(()),
        Ok(run) => {
            println!("SKIPPED: {step} fails: {}", said(&run));
            None
        }
        Err(e) => {
            println!("SKIPPED: {step} cannot be run: {e}");
            None
        }
    }
}

pub(crate) fn said(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}
