//! The `video` and `async` commands, as they are typed: against the emulator in process, and against one that listens.
#![cfg(feature = "cli")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const ARN: &str = "arn:aws:bedrock:us-west-2:123456789012:async-invoke/";

#[test]
fn the_main_job_writes_a_video() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--offline", "video", "create", "--prompt", "a fox", "--s3-uri", "s3://demo/out"];
    let done = run(folder.path(), &[&words[..], &["--wait", "--download", "out.mp4"]].concat());
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(stdout(&done).starts_with(ARN), "{}", stdout(&done));
    let video = std::fs::read(folder.path().join("out.mp4")).unwrap();
    assert_eq!(&video[4..8], b"ftyp");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn as_json_each_step_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "--offline",
        "--output",
        "json",
        "video",
        "create",
        "--prompt",
        "a fox",
        "--s3-uri",
        "s3://demo/out",
    ];
    let done = run(folder.path(), &[&words[..], &["--download", "out.mp4"]].concat());
    let lines: Vec<serde_json::Value> =
        stdout(&done).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["invocationArn"].as_str().unwrap().starts_with(ARN));
    assert_eq!(lines[1]["status"], "Completed");
    assert_eq!(lines[2]["file"], "out.mp4");
    assert_eq!(lines.len(), 3);
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cat.png"), "GIF89a").unwrap();
    let long = "x".repeat(5001);
    let nova = ["--model", "amazon.nova-reel-v1:0"];
    let cases: [(&[&str], &str); 13] = [
        (&["--prompt", &long], "5001 characters"),
        (&["--prompt", ""], "0 characters"),
        (&["--prompt", "x", "--image", "cat.png"], "is a GIF image"),
        (&["--prompt", "x", "--image", "none.png"], "cannot be read"),
        (&["--prompt", "x", "--download", "no/such/out.mp4"], "cannot be written"),
        (&["--prompt", "x", "--download", "."], "it is a folder"),
        (&["--prompt", "x", "--duration", "7"], "5s, 9s"),
        (&["--prompt", "x", "--resolution", "1080p"], "540p, 720p"),
        (&["--prompt", "x", "--aspect-ratio", "2:1"], "21:9"),
        (&["--prompt", "x", "--seed", "1"], "no such input"),
        (&["--prompt", "x", "--tag", "a"], "KEY=VALUE"),
        (&["--prompt", "x", "--model", "foo.bar"], "luma.ray-v2:0"),
        (&["--prompt", "x", nova[0], nova[1], "--duration", "12"], "6 seconds only"),
    ];
    for (words, said) in cases {
        // Nobody listens there: what is sent would fail otherwise.
        let start = ["--endpoint-url", "http://127.0.0.1:1", "video", "create", "--s3-uri", "s3://demo/out"];
        let refused = run(folder.path(), &[&start[..], words].concat());
        assert_eq!(refused.status.code(), Some(2), "{said}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(said), "{said}: {}", stderr(&refused));
        assert_eq!(stdout(&refused), "", "{said}");
    }
    let bad_uri = ["--offline", "video", "create", "--prompt", "x", "--s3-uri", "demo/out"];
    assert_eq!(run(folder.path(), &bad_uri).status.code(), Some(2));
    let quoted =
        ["--offline", "async", "start", "luma.ray-v2:0", "--input", r#""{}""#, "--s3-uri", "s3://demo/out"];
    let refused = run(folder.path(), &quoted);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("is a JSON string"), "{}", stderr(&refused));
}

#[test]
fn the_same_command_finds_its_job_again() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(&["--job-seconds", "3600", "--throttle-first", "1"]);
    let create = |more: &[&str]| {
        let words = [
            "--endpoint-url",
            &emulator.url,
            "video",
            "create",
            "--prompt",
            "a fox",
            "--s3-uri",
            "s3://demo/out",
        ];
        run(folder.path(), &[&words[..], more].concat())
    };
    let first = create(&[]);
    assert!(first.status.success(), "{}", stderr(&first));
    assert_eq!(stderr(&first), "");
    std::thread::sleep(std::time::Duration::from_millis(500));
    let second = create(&[]);
    assert_eq!(stdout(&second), stdout(&first));
    assert!(stderr(&second).contains("was sent before"), "{}", stderr(&second));
    assert_ne!(stdout(&create(&["--again"])), stdout(&first));
    assert_ne!(stdout(&create(&["--tag", "take=2"])), stdout(&first));
    let list = run(folder.path(), &["--endpoint-url", &emulator.url, "video", "list"]);
    assert_eq!(stdout(&list).lines().count(), 3, "{}", stdout(&list));
    let late = run(
        folder.path(),
        &["--endpoint-url", &emulator.url, "video", "wait", stdout(&first).trim(), "--wait-limit", "1"],
    );
    assert_eq!(late.status.code(), Some(6));
    assert!(stderr(&late).contains("resume with: bedwire --endpoint-url"), "{}", stderr(&late));
}

#[test]
fn a_failed_job_says_why_and_how_to_start_another() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(&["--fail-jobs", "the prompt was blocked"]);
    let words = [
        "--endpoint-url",
        &emulator.url,
        "video",
        "create",
        "--prompt",
        "a fox",
        "--s3-uri",
        "s3://demo/out",
    ];
    let failed = run(folder.path(), &[&words[..], &["--wait"]].concat());
    assert_eq!(failed.status.code(), Some(4));
    assert!(stderr(&failed).contains("the prompt was blocked"), "{}", stderr(&failed));
    assert!(stderr(&failed).contains("--again"), "{}", stderr(&failed));
}

/// An emulator that listens, until the test ends.
struct Emulator {
    process: Child,
    url: String,
}

impl Emulator {
    fn start(options: &[&str]) -> Self {
        let mut process = bedwire(&[&["emulate", "--listen", "127.0.0.1:0", "--quiet"], options].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { process, url }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(folder: &Path, words: &[&str]) -> Output {
    bedwire(words).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn bedwire(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedwire"));
    command
        .args(words)
        .env_clear()
        .env("AWS_REGION", "us-west-2")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    command
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}
