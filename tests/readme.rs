//! The README's shell blocks, run as they stand, and the commands in its text, parsed. Its Rust blocks are documentation tests of the crate.
#![cfg(feature = "cli")]

mod command;

use command::Ran;
use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");

/// The lines of all ```sh blocks.
fn shell_lines() -> Vec<&'static str> {
    let mut lines = Vec::new();
    for block in README.split("```sh\n").skip(1) {
        lines.extend(block.split("```").next().unwrap().lines());
    }
    lines
}

/// The commands between backquotes in the text.
fn commands_in_text() -> Vec<String> {
    let text: String = README.split("```").step_by(2).collect();
    let quoted = text.split('`').skip(1).step_by(2);
    quoted
        .filter(|code| code.starts_with("bedwire "))
        .map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Runs a line with a shell in which `bedwire` and `cargo run --release --` are the binary under test.
fn run(line: &str, folder: &Path) -> Ran {
    let line = line.replace("cargo run --release --", "bedwire");
    let script = format!("bedwire() {{ \"{}\" \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_bedwire"));
    let mut shell = std::process::Command::new("sh");
    shell
        .arg("-c")
        .arg(script)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(folder);
    command::run(&mut shell)
}

#[test]
fn its_commands_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for line in shell_lines() {
        if line == "cargo test" {
            continue; // this is it
        }
        let result = run(line, folder.path());
        assert_eq!(result.code, 0, "{line}\n{}", result.stderr);
        ran += 1;
    }
    assert!(ran >= 3, "{ran} commands");
    // An ISO media file: its second word is the box type.
    assert_eq!(&fs::read(folder.path().join("out.mp4")).unwrap()[4..8], b"ftyp");
}

#[test]
fn the_commands_in_its_text_exist() {
    let folder = tempfile::tempdir().unwrap();
    let commands = commands_in_text();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        // An option that does not exist is refused before help is reached.
        let result = run(&format!("{command} --help"), folder.path());
        assert_eq!(result.code, 0, "{command}\n{}", result.stderr);
    }
}

#[test]
fn the_two_commands_are_the_first_blocks() {
    let lines = shell_lines();
    assert!(lines[0].starts_with("cargo run --release -- --offline video create"), "{}", lines[0]);
    assert_eq!(lines[1], "cargo test");
}

#[test]
fn every_feature_is_in_both_tables() {
    let manifest = include_str!("../Cargo.toml").split_once("\n[features]\n").unwrap().1;
    let lines = manifest.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split_once(" = [")).map(|(name, _)| name);
    let mut found = 0;
    for name in names.filter(|name| *name != "default" && !name.starts_with('_')) {
        for (place, text, row) in
            [("README.md", README, "| "), ("src/lib.rs", include_str!("../src/lib.rs"), "//! | ")]
        {
            let quoted = format!("`{name}`");
            let first_cell =
                |line: &str| line.strip_prefix(row)?.split('|').next()?.contains(&quoted).then_some(());
            assert!(
                text.lines().any(|line| first_cell(line).is_some()),
                "{name} is not in the table of {place}"
            );
        }
        found += 1;
    }
    assert!(found >= 10, "{found}");
}

#[test]
fn its_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.contains("://")) {
        assert!(root.join(target).exists(), "{target}");
    }
}
