//! `bedwire batch` as a process, against `bedwire emulate`: killed, resumed, ordered, and with everything that can be
//! wrong with its files; and Bedrock's own batch inference.
#![cfg(all(feature = "cli", unix))]

mod command;

use bedwire::Client;
use bedwire::emulator::example_credentials;
use bedwire::protocol::model::ModelId;
use bedwire::protocol::operation::bedrock::ModelInvocationType;
use bedwire::transport::{Body, BoxFuture, Transport, TransportError};
use command::{Emulate, Ran};
use serde_json::Value;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const MODEL: &str = "amazon.titan-text-express-v1";
const ROLE: &str = "arn:aws:iam::123456789012:role/batch";

/// So many records, each with its number as its prompt.
fn write_records(folder: &Path, count: usize) {
    let line = |n: usize| format!("{{\"id\":\"r{n}\",\"body\":{{\"inputText\":\"{n}\"}}}}\n");
    std::fs::write(folder.join("in.jsonl"), (0..count).map(line).collect::<String>()).unwrap();
}

fn batch(emulator: &Emulate, folder: &Path, more: &[&str]) -> Command {
    let mut command = emulator.client();
    command.current_dir(folder).args(["batch", MODEL, "--input", "in.jsonl", "--output", "out.jsonl"]);
    command.args(more);
    command
}

fn run(emulator: &Emulate, folder: &Path, more: &[&str]) -> Ran {
    command::run(&mut batch(emulator, folder, more))
}

fn results(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("out.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["id"].as_str().unwrap_or("null")).collect()
}

/// Kills a batch (SIGKILL) as soon as its output has so many bytes; where it comes to its end before, all is well, too.
fn kill_at(mut child: Child, output: &Path, bytes: u64) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_mins(1) {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if std::fs::metadata(output).is_ok_and(|metadata| metadata.len() >= bytes) {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("the batch did not come to {bytes} bytes");
}

#[test]
fn a_batch_that_is_killed_loses_no_result_and_repeats_none() {
    // The promise is for 10,000, which take a debug build on a busy machine 40 seconds: BEDWIRE_BATCH_LINES=10000.
    let count = std::env::var("BEDWIRE_BATCH_LINES").map_or(3000, |lines| lines.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), count);
    let emulator = Emulate::start(&["--echo"], &[]);
    let output = folder.path().join("out.jsonl");
    let mut kept = BTreeSet::new();
    for from in [20, 300, 600] {
        let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), from) % 250;
        let bytes = count as u64 * 330 * (from + random) / 1000;
        let child = batch(&emulator, folder.path(), &[]).stderr(Stdio::null()).spawn().unwrap();
        assert!(kill_at(child, &output, bytes), "it was not killed at {bytes}");
        // What the killed process has written whole.
        let text = std::fs::read_to_string(&output).unwrap();
        let whole = &text[..text.rfind('\n').unwrap_or(0)];
        let lines: BTreeSet<String> = whole.lines().map(str::to_owned).collect();
        assert!(lines.is_superset(&kept), "a result is lost");
        kept = lines;
    }
    // As if it had been killed inside of a line.
    std::fs::OpenOptions::new()
        .append(true)
        .open(&output)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"{\"id\":\"r1\",\"sta"))
        .unwrap();
    let last = run(&emulator, folder.path(), &["--ordered"]);
    assert_eq!(last.code, 0, "{}", last.stderr);
    assert!(last.stderr.contains("are done already"), "{}", last.stderr);
    let text = std::fs::read_to_string(&output).unwrap();
    assert!(kept.iter().all(|line| text.contains(line)), "a result is lost");
    let results = results(folder.path());
    let expected: Vec<String> = (0..count).map(|n| format!("r{n}")).collect();
    assert_eq!(ids(&results), expected);
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result["status"], 200);
        let asked = result["response"]["results"][0]["outputText"].as_str().unwrap();
        assert!(asked.contains(&format!("\"body\":{{\"inputText\":\"{n}\"}}")), "{asked}");
    }
    let again = run(&emulator, folder.path(), &[]);
    assert_eq!((again.code, std::fs::read_to_string(&output).unwrap()), (0, text));
}

#[test]
fn a_line_that_is_no_json_is_an_error_result_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let text = concat!(
        "{\"id\":\"a\",\"body\":{\"inputText\":\"1\"}}\n",
        "nonsense\n\n",
        "{\"recordId\":\"b\",\"modelInput\":{\"inputText\":\"2\"}}\n",
        "{\"body\":{\"inputText\":\"3\"}}\n",
        "{\"id\":\"c\"}\n",
    );
    std::fs::write(folder.path().join("in.jsonl"), text).unwrap();
    let emulator = Emulate::start(&["--echo"], &[]);
    for _ in 0..2 {
        let ran = run(&emulator, folder.path(), &["--ordered"]);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("2 of 5 records failed: 2 invalid_input"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        let results = results(folder.path());
        assert_eq!(ids(&results), ["a", "null", "b", "5", "c"]);
        assert_eq!((&results[1]["line"], &results[1]["status"]), (&Value::from(2), &Value::Null));
        assert!(results[1]["error"]["message"].as_str().unwrap().starts_with("line 2: is not valid JSON"));
        assert_eq!(results[4]["error"]["kind"], "invalid_input");
    }
}

#[test]
fn what_the_service_refuses_is_in_the_output_and_can_be_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 4);
    let refusing = Emulate::start(&["--echo", "--error-first", "3"], &[]);
    let ran =
        run(&refusing, folder.path(), &["--concurrency", "1", "--max-attempts", "1", "--output", "json"]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&summary["records"], &summary["failed"]), (&Value::from(4), &Value::from(3)));
    let failed: Vec<Value> = results(folder.path()).into_iter().filter(|r| r["status"] == 500).collect();
    assert_eq!(ids(&failed), ["r0", "r1", "r2"]);
    assert!(failed[0]["error"]["request_id"].is_string());
    assert_eq!(run(&refusing, folder.path(), &[]).code, 4);
    let again = run(&refusing, folder.path(), &["--retry-failed", "--ordered"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(ids(&results(folder.path())), ["r0", "r1", "r2", "r3"]);
}

#[test]
fn an_id_on_two_lines_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let line = "{\"id\":\"a\",\"body\":{}}\n";
    std::fs::write(folder.path().join("in.jsonl"), format!("{line}\n{line}")).unwrap();
    let emulator = Emulate::start(&[], &[]);
    let ran = run(&emulator, folder.path(), &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("\"a\" on line 1 and on line 3"), "{}", ran.stderr);
    assert!(!folder.path().join("out.jsonl").exists());
}

#[test]
fn the_output_of_another_batch_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.jsonl");
    write_records(folder.path(), 3);
    let emulator = Emulate::start(&["--echo"], &[]);
    std::fs::write(&output, "my own file\n").unwrap();
    let refused = run(&emulator, folder.path(), &[]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("no output of a batch"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "my own file\n");

    std::fs::remove_file(&output).unwrap();
    assert_eq!(run(&emulator, folder.path(), &[]).code, 0);
    let text = std::fs::read_to_string(&output).unwrap();
    write_records(folder.path(), 4);
    let other_input = run(&emulator, folder.path(), &[]);
    write_records(folder.path(), 3);
    let other_operation = run(&emulator, folder.path(), &["--operation", "converse"]);
    for (refused, said) in [(other_input, "another input"), (other_operation, "another operation")] {
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    assert_eq!(std::fs::read_to_string(&output).unwrap(), text);
}

#[test]
fn ctrl_c_waits_for_what_is_running_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 20);
    let emulator = Emulate::start(&["--echo", "--delay", "500"], &[]);
    let mut command = batch(&emulator, folder.path(), &["--concurrency", "4"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while results_so_far(folder.path()) == 0 && started.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let stderr = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    let done = results_so_far(folder.path());
    assert!(stderr.contains(&format!("interrupted after {done} of 20 records")), "{stderr}");
    assert!((8..20).contains(&done), "{done}");
    assert_eq!(run(&emulator, folder.path(), &[]).code, 0);
    assert_eq!(results_so_far(folder.path()), 20);
}

fn results_so_far(folder: &Path) -> usize {
    std::fs::read_to_string(folder.join("out.jsonl")).map_or(0, |text| text.lines().count())
}

/// Answers after a moment, and counts how many requests it has at once.
#[derive(Clone, Default)]
struct Counting {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Transport for Counting {
    fn send(
        &self,
        _request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            Ok(http::Response::new(Body::Whole("{}".into())))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_library_calls_no_more_at_once_than_it_is_told() {
    let transport = Counting::default();
    let client = Client::builder()
        .region("us-west-2")
        .auth(example_credentials())
        .transport(transport.clone())
        .build()
        .unwrap();
    let at_once = NonZeroUsize::new(3).unwrap();
    let mut batch = client.batch(ModelId::new(MODEL).unwrap(), ModelInvocationType::InvokeModel, at_once);
    let mut bodies = (0..10).map(|n| if n == 4 { "[]" } else { "{}" }).enumerate();
    let mut seen = BTreeSet::new();
    loop {
        while batch.has_room() {
            let Some((tag, body)) = bodies.next() else { break };
            batch.start(tag, body);
        }
        let Some(result) = batch.next().await else { break };
        assert_eq!(result.answer.is_err(), result.tag == 4, "{result:?}");
        assert!(seen.insert(result.tag));
    }
    assert_eq!(seen.len(), 10);
    assert_eq!(transport.most.load(Ordering::SeqCst), 3);
}

#[test]
fn two_runs_of_one_batch_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 50);
    let emulator = Emulate::start(&["--echo", "--delay", "200"], &[]);
    let mut first =
        batch(&emulator, folder.path(), &["--concurrency", "2"]).stderr(Stdio::null()).spawn().unwrap();
    while !folder.path().join("out.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = run(&emulator, folder.path(), &[]);
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, 2);
    assert!(second.stderr.contains("another bedwire batch"), "{}", second.stderr);
}

#[test]
fn a_full_disk_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 40);
    let emulator = Emulate::start(&["--echo"], &[]);
    // A bound on the size of files fails in the middle of a line, as a full disk does: 8 blocks of 512 bytes.
    let words = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    let batch = batch(&emulator, folder.path(), &["--output", "json"]);
    command.args(["-c", words]).arg(batch.get_program()).args(batch.get_args());
    command.env_clear().envs(batch.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = command::run(command.current_dir(folder.path()));
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert!(error["error"]["message"].as_str().unwrap().contains("out.jsonl cannot be written"), "{error}");
    let text = std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    assert!(text.ends_with('\n') && text.lines().count() > 3, "{text}");

    let rest = run(&emulator, folder.path(), &[]);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    assert!(std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap().starts_with(&text));
    let results = results(folder.path());
    assert_eq!(results.len(), 40);
    assert_eq!(ids(&results).into_iter().collect::<BTreeSet<_>>().len(), 40);
}

#[test]
fn a_device_is_no_output() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 1);
    let ran = command::run(command::bedwire().current_dir(folder.path()).args([
        "--offline",
        "batch",
        MODEL,
        "--input",
        "in.jsonl",
        "--output",
        "/dev/full",
    ]));
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("is no regular file"), "{}", ran.stderr);
}

#[test]
fn refused_credentials_end_the_batch_and_are_no_result() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 5);
    let emulator = Emulate::start(&["--echo"], &[]);
    let ran = command::run(batch(&emulator, folder.path(), &[]).env("AWS_ACCESS_KEY_ID", "AKIDOTHER"));
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(results(folder.path()).len(), 0);
    assert_eq!(run(&emulator, folder.path(), &[]).code, 0);
    assert_eq!(results(folder.path()).len(), 5);
}

#[test]
fn an_outage_ends_the_batch_and_makes_no_failures_of_its_records() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 40);
    // A port that nobody listens at any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let emulator = Emulate::start(&["--echo"], &[]);
    let mut out = batch(&emulator, folder.path(), &["--concurrency", "4", "--output", "json"]);
    let out = command::run(out.env("AWS_ENDPOINT_URL", format!("http://{gone}")));
    assert_eq!(out.code, 6, "{}", out.stderr);
    let error: Value = serde_json::from_str(out.stderr.lines().last().unwrap()).unwrap();
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("stopped with 0 of 40 records done: 1"), "{message}");
    assert!(error["error"]["hint"].as_str().unwrap().contains("the same command goes on"), "{error}");
    assert_eq!(results_so_far(folder.path()), 0);
    let back = run(&emulator, folder.path(), &[]);
    assert_eq!((back.code, results_so_far(folder.path())), (0, 40), "{}", back.stderr);

    // Where the batch is over before it is certain, they are its failures.
    write_records(folder.path(), 3);
    std::fs::remove_file(folder.path().join("out.jsonl")).unwrap();
    std::fs::remove_file(folder.path().join("out.jsonl.journal")).unwrap();
    let mut few = batch(&emulator, folder.path(), &[]);
    let few = command::run(few.env("AWS_ENDPOINT_URL", format!("http://{gone}")));
    assert_eq!(few.code, 6, "{}", few.stderr);
    assert!(few.stderr.contains("3 of 3 records failed: 3 network"), "{}", few.stderr);
    assert_eq!(run(&emulator, folder.path(), &["--retry-failed"]).code, 0);
}

#[test]
fn other_routes_are_taken_where_the_first_is_throttled() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 6);
    // Throttled by what it is asked for: only the first model's path meets a quota that is used up.
    let emulator = Emulate::start(&["--echo", "--throttle-first", "1000000", "--throttle-after", "2"], &[]);
    let other = ["--fallback", "us-east-1=amazon.titan-text-lite-v1", "--fallback-after", "0.2"];
    let more = [&other[..], &["--concurrency", "1", "--timeout", "2"]].concat();
    let ran = run(&emulator, folder.path(), &more);
    assert!(ran.stderr.contains("trying amazon.titan-text-lite-v1 in us-east-1"), "{}", ran.stderr);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    let refused = run(&emulator, folder.path(), &["--fallback", "eu-west-1=us.amazon.nova-lite-v1:0"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("us. profiles do not serve eu-west-1"), "{}", refused.stderr);
}

#[test]
fn bodies_of_converse_are_told_by_their_shape() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"id":"a","body":{"messages":[{"role":"user","content":[{"text":"hi"}]}]}}"#;
    std::fs::write(folder.path().join("in.jsonl"), line).unwrap();
    let words = ["--offline", "batch", "amazon.nova-lite-v1:0", "--input", "in.jsonl", "--output=out.jsonl"];
    let dry = command::run(command::bedwire().current_dir(folder.path()).args(words).arg("--dry-run"));
    assert!(dry.stdout.starts_with("POST /model/amazon.nova-lite-v1%3A0/converse "), "{}", dry.stdout);
    assert!(!folder.path().join("out.jsonl").exists());
    let ran = command::run(command::bedwire().current_dir(folder.path()).args(words));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(results(folder.path())[0]["response"]["output"]["message"].is_object());
}

#[test]
fn standard_input_and_output_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 1);
    std::fs::write(folder.path().join("-"), "untouched").unwrap();
    let arn = "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghij12";
    for (words, says) in [
        (&["batch", MODEL, "--input", "-", "--output", "out.jsonl"][..], "--input: - is standard input"),
        (&["batch", MODEL, "--input", "in.jsonl", "--output", "-"], "--output: - is standard output"),
        (&["batch", "fetch", arn, "--output", "-"], "--output: - is standard output"),
    ] {
        let ran = command::run(command::bedwire().current_dir(folder.path()).arg("--offline").args(words));
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{words:?}: {}", ran.stderr);
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("-")).unwrap(), "untouched");
}

#[test]
fn arguments_that_are_missing_are_bad_usage() {
    for words in [
        &["batch"][..],
        &["batch", MODEL],
        &["batch", MODEL, "--input", "in.jsonl"],
        &["batch", "submit", MODEL, "--input", "in.jsonl"],
        &["--offline", "batch", MODEL, "--input", "/nonexistent", "--output", "out.jsonl"],
    ] {
        let ran = command::run_with(words);
        assert_eq!(ran.code, 2, "{words:?}: {}", ran.stderr);
    }
}

#[test]
fn the_same_records_go_through_bedrocks_own_batch_inference() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("{\"body\":{\"inputText\":\"0\"}}\n");
    text.push_str(
        "{\"id\":\"bad\",\"body\":{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"\"}]}]}}\n",
    );
    std::fs::write(folder.path().join("in.jsonl"), &text).unwrap();
    let emulator = Emulate::start(&["--echo", "--job-polls", "2"], &[]);
    let client = |words: &[&str]| command::run(emulator.client().current_dir(folder.path()).args(words));
    let submit = ["batch", "submit", MODEL, "--input", "in.jsonl", "--s3-uri", "s3://demo/jobs"];
    let submit = [&submit[..], &["--role-arn", ROLE, "--operation", "converse"]].concat();
    let first = client(&submit);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains("fewer than the 100"), "{}", first.stderr);
    let arn = first.stdout.trim();
    assert!(arn.contains(":model-invocation-job/"), "{arn}");
    assert_eq!(client(&submit).stdout, first.stdout);
    assert_ne!(client(&[&submit[..], &["--again"]].concat()).stdout, first.stdout);

    let fetch = ["batch", "fetch", arn, "--output", "out.jsonl"];
    let early = client(&fetch);
    assert_eq!(early.code, 6, "{}", early.stderr);
    assert!(early.stderr.contains("is still Submitted"), "{}", early.stderr);
    assert_eq!(client(&["batch", "status", arn]).stdout, "InProgress\n");
    assert_eq!(client(&["batch", "status", arn]).stdout, "Completed: 2 of 2 records, 2 failed\n");
    let fetched = client(&fetch);
    assert_eq!(fetched.code, 4, "{}", fetched.stderr);
    let results = results(folder.path());
    assert_eq!(ids(&results), ["1", "bad"]);
    assert!(results.iter().all(|result| result["status"] == 400), "{results:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// The data of the process is bounded below the length of the file: what held all of it would be killed.
#[test]
#[cfg(target_os = "linux")]
fn records_are_sent_from_the_file() {
    const KIB: usize = 20_480;
    let folder = tempfile::tempdir().unwrap();
    let text = "x".repeat(64 * 1024);
    let line = |n: usize| format!("{{\"id\":\"r{n}\",\"body\":{{\"inputText\":\"{text}\"}}}}\n");
    let records = (0..KIB / 60).map(line).collect::<String>();
    assert!(records.len() > KIB * 1024);
    std::fs::write(folder.path().join("in.jsonl"), records).unwrap();
    let emulator = Emulate::start(&["--echo", "--job-polls", "0"], &[]);
    let bounded = |bound: usize| {
        let mut command = emulator.client();
        let program = command.get_program().to_owned();
        let environment: Vec<_> = command
            .get_envs()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect();
        command = Command::new("sh");
        command.arg("-c").arg(format!("ulimit -d {bound}; exec \"$@\"")).arg("sh").arg(program);
        command.args(["batch", "submit", MODEL, "--input", "in.jsonl", "--s3-uri", "s3://demo/jobs"]);
        command.args(["--role-arn", ROLE]).current_dir(folder.path()).envs(environment);
        // Each thread has a stack, and the allocator's arenas, of its own.
        command::run(command.env("TOKIO_WORKER_THREADS", "1").env("MALLOC_ARENA_MAX", "1"))
    };
    let sent = bounded(KIB);
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    assert!(sent.stdout.contains(":model-invocation-job/"), "{}", sent.stdout);
    assert_ne!(bounded(KIB / 4).code, 0, "the bound is one");
}

#[test]
fn a_job_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 100);
    let emulator = Emulate::start(&["--echo", "--job-polls", "1"], &[]);
    let client = |words: &[&str]| command::run(emulator.client().current_dir(folder.path()).args(words));
    let submit =
        ["batch", "submit", MODEL, "--input", "in.jsonl", "--s3-uri", "s3://demo", "--role-arn", ROLE];
    let arn = client(&submit).stdout.trim().to_owned();
    let waited = client(&["batch", "status", &arn, "--wait"]);
    assert_eq!((waited.code, waited.stdout.as_str()), (0, "Completed: 100 of 100 records, 0 failed\n"));
    assert!(waited.stderr.contains(": Submitted"), "{}", waited.stderr);

    let slow = Emulate::start(&["--job-polls", "1000"], &[]);
    let client = |words: &[&str]| command::run(slow.client().current_dir(folder.path()).args(words));
    let arn = client(&submit).stdout.trim().to_owned();
    let late = client(&["batch", "status", &arn, "--wait", "--wait-limit", "0.5"]);
    assert_eq!(late.code, 6);
    assert!(late.stderr.contains("is still InProgress after 0.5 s (the job goes on"), "{}", late.stderr);

    // The same from the fixtures, where a job fails.
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let arn = "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/f41l3d000000";
    let failed = command::run_with(&["--replay", fixtures, "batch", "status", arn, "--wait"]);
    assert_eq!(failed.code, 4, "{}", failed.stderr);
    assert!(failed.stderr.contains("failed: The role may not read the input."), "{}", failed.stderr);
}

#[test]
fn a_job_that_succeeds_is_fetched_in_our_form() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 120);
    let emulator = Emulate::start(&["--echo", "--job-polls", "0"], &[]);
    let client = |words: &[&str]| command::run(emulator.client().current_dir(folder.path()).args(words));
    let submit =
        ["batch", "submit", MODEL, "--input", "in.jsonl", "--s3-uri", "s3://demo", "--role-arn", ROLE];
    let submitted = client(&submit);
    assert_eq!((submitted.code, submitted.stderr.as_str()), (0, ""));
    let fetched = client(&["batch", "fetch", submitted.stdout.trim(), "--output", "out.jsonl"]);
    assert_eq!(fetched.code, 0, "{}", fetched.stderr);
    let results = results(folder.path());
    assert_eq!(results.len(), 120);
    assert_eq!(results[7]["id"], "r7");
    assert!(results[7]["response"]["results"][0]["outputText"].as_str().unwrap().contains("\"7\""));

    let failing = Emulate::start(&["--fail-jobs", "no access", "--job-polls", "0"], &[]);
    let client = |words: &[&str]| command::run(failing.client().current_dir(folder.path()).args(words));
    let failed = client(&["batch", "fetch", client(&submit).stdout.trim(), "--output", "other.jsonl"]);
    assert_eq!(failed.code, 4);
    assert!(failed.stderr.contains("no access"), "{}", failed.stderr);
}
