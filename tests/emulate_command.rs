//! `bedwire emulate` as a process: its first line, its signals, and what it refuses.
#![cfg(all(feature = "cli", unix))]

mod command;

use bedwire::fixture::{Store, redaction};
use command::{Emulate, ask_a_lot, bedwire, code_of, run, with_keys};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

fn emulate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedwire"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.arg("emulate").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running emulator and the address in its first line.
fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = emulate(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}"));
    (child, address.trim_end().to_owned())
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn it_stops_cleanly_on_both_signals() {
    for name in ["INT", "TERM"] {
        let (mut child, address) = start(&["--listen", "127.0.0.1:0"]);
        TcpStream::connect(&address).unwrap();
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{name}");
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!(errors, "");
    }
}

#[test]
fn an_emulator_whose_stderr_nobody_reads_goes_on_and_stops() {
    let (mut child, address) = start(&["--listen", "127.0.0.1:0"]);
    ask_a_lot(&address);
    signal(&child, "TERM");
    assert_eq!(code_of(&mut child), Some(0));
}

#[test]
fn what_it_answers_is_recorded_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records");
    let place = records.to_str().unwrap();
    let (mut child, address) =
        start(&["--listen", "127.0.0.1:0", "--record", place, "--hash-prompts", "--event-gap", "1"]);
    for stream in [&[][..], &["--stream"]] {
        let mut client = bedwire();
        with_keys(&mut client).env("AWS_ENDPOINT_URL", format!("http://{address}"));
        let ran = run(client.args(["converse", "amazon.nova-lite-v1:0", "who is it?"]).args(stream));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let cases = Store::open(&records).unwrap().into_cases();
    assert_eq!(cases.len(), 2);
    for case in cases {
        assert!(redaction::has_hashed_prompts(&case) && case.responses.len() == 1, "{case:?}");
        assert!(!String::from_utf8_lossy(case.request.body()).contains("who"), "{case:?}");
    }
}

#[test]
fn an_option_that_would_do_nothing_is_refused() {
    for (arguments, word) in [
        (&["--replay", "/nonexistent"][..], "--fixtures DIR"),
        (&["--hash-prompts"], "goes with --record"),
        (&["--record", "/dev/null/x"], "/dev/null/x"),
    ] {
        let run = emulate(&[&["--listen", "127.0.0.1:0"], arguments].concat()).output().unwrap();
        let errors = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.code() == Some(2) || arguments[0] == "--record", "{errors}");
        assert!(errors.contains(word) && run.stdout.is_empty(), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_port_that_is_taken_is_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = emulate(&["--listen", &address]).output().unwrap();
    let errors = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(6));
    assert!(errors.starts_with(&format!("bedwire: cannot listen on {address}: ")), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(run.stdout.is_empty());
}

#[test]
fn values_out_of_their_range_are_bad_usage() {
    for arguments in [
        ["--listen", "nowhere"],
        ["--throttle-rate", "1.5"],
        ["--rate", "0"],
        ["--burst", "2"],
        ["--error-status", "200"],
        ["--job-seconds", "-1"],
        ["--clock-skew", "x"],
        ["--fixtures", "/nonexistent"],
        ["--event-gap", "-1"],
        ["--stream-exception", "a b"],
        ["--stream-flip-crc", "0"],
        ["--stream-cut-after", "x"],
        ["--stream-trickle=x", "--echo"],
    ] {
        let run = emulate(&arguments).output().unwrap();
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        assert!(run.stdout.is_empty(), "{arguments:?}");
    }
    let half = emulate(&["--listen", "127.0.0.1:0"]).env("AWS_ACCESS_KEY_ID", "A").output().unwrap();
    assert_eq!(half.status.code(), Some(3));
}

#[test]
fn an_answer_that_breaks_off_has_an_exit_code_of_its_own() {
    let emulator = Emulate::start(&["--stream-cut-after", "400"], &[]);
    let said = run(emulator.client().args(["converse", "us.amazon.nova-lite-v1:0", "--stream", "Say hello"]));
    assert_eq!(said.code, 7, "{}", said.stderr);
    // What came is there, and why there is no more.
    assert!(
        !said.stdout.trim().is_empty() && said.stderr.contains("broke"),
        "{:?} {}",
        said.stdout,
        said.stderr
    );
}
