//! boto3, AWS's own client for Python, against the emulator on a socket: an emulator that botocore believes is one.
//! It installs boto3 from PyPI into an environment below `target/`, and skips with a word where that cannot be done.
#![cfg(feature = "emulator")]

mod python;

use bedwire::emulator::{Emulator, EmulatorOptions, Faults, Hits, JobDuration, StreamFailure, StreamFaults};
use bedwire::transport::serve;
use std::sync::Arc;
use tokio::net::TcpListener;

#[test]
fn boto3_believes_it() {
    let Some(python) = python::with("boto3", &["boto3"]) else { return };
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
    let (key, secret) = bedwire::emulator::EXAMPLE_KEY_PAIR;
    let run = python::script(&python, "tests/boto3/emulator.py")
        .args([&plain, &throttled])
        .args(failing)
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .output()
        .unwrap();
    println!("{}", String::from_utf8_lossy(&run.stdout));
    assert!(run.status.success(), "{}", python::said(&run));
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
