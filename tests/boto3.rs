//! boto3, AWS's own client for Python, against the emulator on a socket: an emulator that botocore believes is one.
//! It installs boto3 from PyPI into an environment below `target/`, and skips with a word where that cannot be done.
#![cfg(feature = "emulator")]

use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits, JobDuration, StreamFailure, StreamFaults};
use bedwire::transport::serve;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use tokio::net::TcpListener;

#[test]
fn boto3_believes_it() {
    let Some(python) = python_with_boto3() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let plain = EmulatorOptions { job_duration: JobDuration::Polls(1), ..EmulatorOptions::default() };
    let throttled = EmulatorOptions {
        faults: Faults { throttle: Hits::rate(1.0), ..Faults::default() },
        ..EmulatorOptions::default()
    };
    let (plain, throttled) = (start(&runtime, plain), start(&runtime, throttled));
    let failing = EXCEPTIONS.map(|(name, after)| {
        let url = start(&runtime, failing(name, after));
        format!("{name}={after}={url}")
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boto3/emulator.py");
    let mut command = Command::new(python);
    // Nothing of the machine's own AWS settings takes part.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    let (key, secret) = bedwire::emulator::EXAMPLE_KEY_PAIR;
    let run = command
        .arg(script)
        .args([&plain, &throttled])
        .args(failing)
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&run.stdout));
    assert!(run.status.success(), "{}", said(&run));
}

/// The exceptions of a stream, and how many events come before each.
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ResponseStream.html>
const EXCEPTIONS: [(&str, u64); 8] = [
    ("internalServerException", 2),
    ("modelStreamErrorException", 3),
    ("validationException", 1),
    ("throttlingException", 2),
    ("serviceUnavailableException", 4),
    ("modelTimeoutException", 2),
    // One that is the first event, and one that nobody knows yet.
    ("throttlingException", 0),
    ("somethingNewException", 1),
];

fn failing(exception: &str, after: u64) -> EmulatorOptions {
    let stream = StreamFaults {
        failure: Some(StreamFailure::Exception(exception.to_owned())),
        failure_after: after,
        ..StreamFaults::default()
    };
    EmulatorOptions { faults: Faults { stream, ..Faults::default() }, ..EmulatorOptions::default() }
}

/// The URL of an emulator that listens as long as the runtime lives.
fn start(runtime: &tokio::runtime::Runtime, options: EmulatorOptions) -> String {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(serve(listener, Arc::new(Emulator::new(options)), std::future::pending()));
    url
}

/// The Python of an environment that has boto3, made at the first need.
fn python_with_boto3() -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("boto3");
    let python = environment.join("bin/python");
    let has_boto3 = || Command::new(&python).args(["-c", "import boto3"]).output();
    if has_boto3().is_ok_and(|run| run.status.success()) {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment).output();
    done("python3 -m venv", made)?;
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "boto3"])
        .output();
    done("pip install boto3", installed)?;
    Some(python)
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

fn said(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}
