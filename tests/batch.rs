//! `bedwire batch` as a process, against `bedwire emulate`: killed, resumed, ordered, and with everything that can be
//! wrong with its files.
#![cfg(all(feature = "cli", unix))]

mod command;
mod records;

use command::{Emulate, Ran};
use records::{MODEL, ids, results, write_records};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn batch(emulator: &Emulate, folder: &Path, more: &[&str]) -> Command {
    batch_to("out.jsonl", emulator, folder, more)
}

fn batch_to(output: &str, emulator: &Emulate, folder: &Path, more: &[&str]) -> Command {
    let mut command = emulator.client();
    command.current_dir(folder).args(["batch", MODEL, "--input", "in.jsonl", "--output", output]);
    command.args(more);
    command
}

fn run(emulator: &Emulate, folder: &Path, more: &[&str]) -> Ran {
    command::run(&mut batch(emulator, folder, more))
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
fn a_batch_without_a_result_holds_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulate::start(&["--echo"], &[]);
    write_records(folder.path(), 2);
    let refused = command::run(batch(&emulator, folder.path(), &[]).env("AWS_ACCESS_KEY_ID", "AKIDOTHER"));
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    // The input was mended, or it is to be another operation.
    for (count, more) in [(3, &[][..]), (3, &["--operation", "converse"])] {
        write_records(folder.path(), count);
        let ran = run(&emulator, folder.path(), more);
        assert_ne!(ran.code, 2, "{}", ran.stderr);
        assert_eq!(results(folder.path()).len(), count);
        let other = run(
            &emulator,
            folder.path(),
            &["--operation", if more.is_empty() { "converse" } else { "invoke" }],
        );
        assert_eq!(other.code, 2, "{}", other.stderr);
        assert!(other.stderr.contains("or remove this one"), "{}", other.stderr);
        std::fs::remove_file(folder.path().join("out.jsonl")).unwrap();
    }
}

#[test]
fn lines_that_are_added_while_it_runs_are_not_called() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 6);
    let input = folder.path().join("in.jsonl");
    let planned = std::fs::read_to_string(&input).unwrap();
    let emulator = Emulate::start(&["--echo", "--delay", "150"], &[]);
    let mut command = batch(&emulator, folder.path(), &["--concurrency", "1", "--ordered"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while results_so_far(folder.path()) == 0 && started.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let added = r#"{"id":"r1","body":{"inputText":"again"}}"#;
    std::fs::write(&input, format!("{planned}{added}\n{}\n", added.replace("r1", "new"))).unwrap();
    let ended = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("was changed while it was read"), "{stderr}");
    let expected = ["r0", "r1", "r2", "r3", "r4", "r5"];
    assert_eq!(ids(&results(folder.path())), expected);

    std::fs::write(&input, planned).unwrap();
    let again = run(&emulator, folder.path(), &[]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(ids(&results(folder.path())), expected);
}

/// Starts a batch, interrupts it a moment after its first result, and returns how it ended, and after how long.
fn interrupted(emulator: &Emulate, folder: &Path, more: &[&str]) -> (i32, String, Duration) {
    let (code, stderr, took) = interrupt(&mut batch(emulator, folder, more), folder);
    (code.unwrap(), stderr, took)
}

fn interrupt(batch: &mut Command, folder: &Path) -> (Option<i32>, String, Duration) {
    let mut child = batch.stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while results_so_far(folder) == 0 && started.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    let interrupted = Instant::now();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    let code = child.wait().unwrap().code();
    let stderr = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    (code, stderr, interrupted.elapsed())
}

#[test]
fn ctrl_c_waits_for_what_is_running_and_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 20);
    let emulator = Emulate::start(&["--echo", "--delay", "500"], &[]);
    let (code, stderr, _) = interrupted(&emulator, folder.path(), &["--concurrency", "4"]);
    assert_eq!(code, 1, "{stderr}");
    let done = results_so_far(folder.path());
    assert!(stderr.contains("that are under way; Ctrl-C again stops at once"), "{stderr}");
    assert!(stderr.contains(&format!("interrupted after {done} of 20 records")), "{stderr}");
    assert!((8..20).contains(&done), "{done}");
    assert_eq!(run(&emulator, folder.path(), &[]).code, 0);
    assert_eq!(results_so_far(folder.path()), 20);

    // Where all that is left is under way, the batch comes to its end.
    std::fs::remove_file(folder.path().join("out.jsonl")).unwrap();
    write_records(folder.path(), 2);
    let (code, stderr, _) = interrupted(&emulator, folder.path(), &["--concurrency", "1"]);
    assert_eq!((code, results_so_far(folder.path())), (0, 2), "{stderr}");
}

#[test]
fn ctrl_c_does_not_wait_for_calls_that_wait_for_their_turn() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 20);
    let emulator = Emulate::start(&["--echo", "--rate", "0.02", "--burst", "1"], &[]);
    let (code, stderr, took) = interrupted(&emulator, folder.path(), &["--concurrency", "4"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("interrupted after 1 of 20 records"), "{stderr}");
    assert!(took < Duration::from_secs(20), "the next turn is in 50 seconds: {took:?}");
}

#[test]
fn ctrl_c_is_heard_where_all_answers_are_there_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 20_000);
    let mut batch = command::bedwire();
    batch.current_dir(folder.path()).args(["--offline", "batch", MODEL, "--input", "in.jsonl"]);
    let (code, stderr, _) = interrupt(batch.args(["--output", "out.jsonl"]), folder.path());
    assert_eq!(code, Some(1), "{stderr}");
    let done = results_so_far(folder.path());
    assert!(stderr.contains(&format!("interrupted after {done} of 20000 records")), "{stderr}");
}

fn results_so_far(folder: &Path) -> usize {
    std::fs::read_to_string(folder.join("out.jsonl")).map_or(0, |text| text.lines().count())
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
fn an_output_by_two_names_is_one() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 50);
    symlink("out.jsonl", folder.path().join("link.jsonl")).unwrap();
    let slow = Emulate::start(&["--echo", "--delay", "200"], &[]);
    let mut first = batch(&slow, folder.path(), &[]).stderr(Stdio::null()).spawn().unwrap();
    while results_so_far(folder.path()) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = command::run(&mut batch_to("link.jsonl", &slow, folder.path(), &[]));
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(second.code, 2);
    assert!(second.stderr.contains("another bedwire batch"), "{}", second.stderr);
}

#[test]
fn a_file_that_is_put_in_order_keeps_its_place_and_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 20);
    let (output, link) = (folder.path().join("out.jsonl"), folder.path().join("link.jsonl"));
    std::fs::write(&output, "").unwrap();
    std::fs::set_permissions(&output, Permissions::from_mode(0o600)).unwrap();
    symlink("out.jsonl", &link).unwrap();
    let run = |more: &[&str]| {
        let words = ["--offline", "batch", MODEL, "--input", "in.jsonl", "--output", "link.jsonl"];
        let ran = command::run(command::bedwire().current_dir(folder.path()).args(words).args(more));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    run(&[]);
    let text = std::fs::read_to_string(&output).unwrap();
    std::fs::write(&output, text.lines().rev().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    // A link where the new file is to be made leads to no other file.
    let (precious, new) = (folder.path().join("precious"), folder.path().join(".out.jsonl.new"));
    std::fs::write(&precious, "mine").unwrap();
    symlink("precious", &new).unwrap();
    run(&["--ordered"]);
    assert_eq!(std::fs::read_to_string(&precious).unwrap(), "mine");
    assert!(std::fs::symlink_metadata(&output).unwrap().is_file());
    let expected: Vec<String> = (0..20).map(|n| format!("r{n}")).collect();
    assert_eq!(ids(&results(folder.path())), expected);
    assert_eq!(std::fs::read_link(&link).unwrap(), Path::new("out.jsonl"));
    assert_eq!(std::fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
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
fn refused_credentials_take_no_answer_from_the_calls_under_way() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 8);
    // Those of a session that ends: the next call is refused, and those before are answered.
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", service.local_addr().unwrap());
    std::thread::spawn(move || {
        for call in service.incoming() {
            std::thread::spawn(move || answer_unless_it_is_the_third(call.unwrap()));
        }
    });
    let mut command = command::bedwire();
    command::with_keys(&mut command).args(["--endpoint-url", &url, "batch", MODEL, "--input", "in.jsonl"]);
    command.current_dir(folder.path()).args(["--output", "out.jsonl", "--concurrency", "4"]);
    let ran = command::run(&mut command);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("3 calls that are under way; Ctrl-C stops at once"), "{}", ran.stderr);
    assert_eq!(results(folder.path()).len(), 3, "of four at once: {}", ran.stderr);
}

/// Takes its time for an answer, and none to refuse a record.
fn answer_unless_it_is_the_third(mut call: TcpStream) {
    let mut reader = BufReader::new(call.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        head.push_str(&line.to_ascii_lowercase());
        line.clear();
    }
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let (status, headers, body) = if String::from_utf8(body).unwrap().contains(r#""inputText":"2""#) {
        ("403 Forbidden", "x-amzn-errortype: ExpiredTokenException\r\n", r#"{"message":"It is expired"}"#)
    } else {
        std::thread::sleep(Duration::from_millis(700));
        ("200 OK", "", "{}")
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n");
    call.write_all(format!("{head}{body}").as_bytes()).unwrap();
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

    // It does not wait for those whose turn is still to come.
    std::fs::remove_file(folder.path().join("out.jsonl")).unwrap();
    let words = ["--concurrency", "40", "--rpm", "600", "--max-attempts", "1"];
    let mut paced = batch(&emulator, folder.path(), &words);
    let paced = command::run(paced.env("AWS_ENDPOINT_URL", format!("http://{gone}")));
    assert!(paced.code == 6 && paced.stderr.contains("records done: 1"), "{}", paced.stderr);

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
fn a_journal_is_written_over_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 1);
    let emulator = Emulate::start(&[], &[]);
    let journal = folder.path().join("out.jsonl.journal");
    let other = folder.path().join("other");
    let refused = |what: &str| {
        let ran = run(&emulator, folder.path(), &[]);
        assert!(ran.code != 0 && ran.stderr.contains(what), "{}", ran.stderr);
        assert!(!folder.path().join("out.jsonl").metadata().is_ok_and(|output| output.len() > 0));
    };
    // A link leads anywhere, also to what is not there yet.
    symlink("other", &journal).unwrap();
    refused("it is a link, which may lead anywhere");
    assert!(!other.exists());
    std::fs::write(&other, "precious").unwrap();
    refused("it is a link, which may lead anywhere");
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "precious");
    std::fs::remove_file(&journal).unwrap();
    for precious in ["precious\n", "[\"precious\"]\n"] {
        std::fs::write(&journal, precious).unwrap();
        refused("another file in the place of its journal");
        assert_eq!(std::fs::read_to_string(&journal).unwrap(), precious);
    }
    // One that was cut off is begun anew.
    std::fs::write(&journal, "{\"batch\":1,\"inp").unwrap();
    assert_eq!(run(&emulator, folder.path(), &[]).code, 0);
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
    for (words, said) in [
        (&["batch", "status", "--output", "yaml", "ARN"][..], "invalid value 'yaml' for '--output"),
        (&["policy", "batch", "--output", "yaml"], "invalid value 'yaml' for '--output"),
        (
            &["--profile", "batch", "converse", "m", "hi", "--output", "yaml"],
            "invalid value 'yaml' for '--output",
        ),
    ] {
        let ran = command::run_with(words);
        assert!(ran.code == 2 && ran.stderr.contains(said), "{words:?}: {}", ran.stderr);
    }
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
