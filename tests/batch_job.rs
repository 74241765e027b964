//! `bedwire batch submit|status|fetch` as a process, against `bedwire emulate`: Bedrock's own batch inference.
#![cfg(all(feature = "cli", unix))]

mod command;
mod records;

use command::Emulate;
use records::{MODEL, ids, results, write_records};
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::path::Path;
use std::process::Command;

const JOB: &str = "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghij12";
const ROLE: &str = "arn:aws:iam::123456789012:role/batch";

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
    // Where nobody reads it, the job is to be found all the same.
    for form in ["text", "json"] {
        let mut unread = emulator.client();
        let unread = unread.current_dir(folder.path()).args(&submit).args(["--output", form]);
        let unread = command::run_unread(unread);
        assert!(unread.code == 0 && unread.stderr.contains(&format!("started {arn}")), "{}", unread.stderr);
    }
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

/// What is told to find the job finds it, where its name is made anew by each run, too.
#[test]
fn an_interrupted_submit_says_how_its_job_is_found() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 2);
    let emulator = Emulate::start(&[], &[]);
    // It takes the job and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let submit =
        ["batch", "submit", MODEL, "--input", "in.jsonl", "--s3-uri", "s3://demo/jobs", "--role-arn", ROLE];
    let mut command = emulator.client();
    let bedrock = format!("bedrock=http://{}", silent.local_addr().unwrap());
    command.current_dir(folder.path()).args(["--endpoint-url", &bedrock]).args(submit).arg("--again");
    let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let (mut asked, _) = silent.accept().unwrap();
    let mut request = String::new();
    while !request.contains("\"jobName\"") || !request.ends_with('}') {
        let mut bytes = [0; 4096];
        let length = std::io::Read::read(&mut asked, &mut bytes).unwrap();
        assert!(length > 0, "{request}");
        request.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    let killed = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let stderr = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    let name = stderr.split_once("--job-name ").unwrap_or_else(|| panic!("{stderr}")).1;
    let name = name.split(' ').next().unwrap();
    assert!(request.contains(&format!("\"jobName\":\"{name}\"")), "{stderr}\n{request}");
    let again = || {
        let mut command = emulator.client();
        command::run(command.current_dir(folder.path()).args(submit).args(["--job-name", name])).stdout
    };
    let arn = again();
    assert!(arn.contains(":model-invocation-job/") && again() == arn, "{arn}");
}

#[test]
fn a_name_for_other_records_leaves_the_first_job_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulate::start(&["--echo", "--job-polls", "0"], &[]);
    let client = |words: &[&str]| command::run(emulator.client().current_dir(folder.path()).args(words));
    let submit =
        ["batch", "submit", MODEL, "--input", "in.jsonl", "--s3-uri", "s3://demo", "--role-arn", ROLE];
    let daily = [&submit[..], &["--job-name", "daily"]].concat();
    write_records(folder.path(), 100);
    let first = client(&daily);
    assert_eq!(first.code, 0, "{}", first.stderr);
    write_records(folder.path(), 101);
    let other = client(&daily);
    assert_eq!((other.code, other.stdout.as_str()), (4, ""), "{}", other.stderr);
    assert!(other.stderr.contains("give another --job-name"), "{}", other.stderr);
    assert_eq!(client(&["batch", "fetch", first.stdout.trim(), "--output", "out.jsonl"]).code, 0);
    assert_eq!(results(folder.path()).len(), 100, "its records are its own");
}

#[test]
fn the_default_name_is_of_all_that_makes_the_job() {
    let folder = tempfile::tempdir().unwrap();
    write_records(folder.path(), 100);
    let emulator = Emulate::start(&["--echo"], &[]);
    let submit = |model: &str, more: &[&str]| {
        let words =
            ["batch", "submit", model, "--input", "in.jsonl", "--s3-uri", "s3://demo/a", "--role-arn", ROLE];
        let ran = command::run(emulator.client().current_dir(folder.path()).args(words).args(more));
        assert_eq!(ran.code, 0, "{model} {more:?}: {}", ran.stderr);
        ran.stdout
    };
    let jobs = [
        submit(MODEL, &[]),
        submit("amazon.nova-lite-v1:0", &[]),
        submit(MODEL, &["--operation", "converse"]),
        submit(MODEL, &["--timeout-hours", "48"]),
        submit(MODEL, &["--again"]),
    ];
    assert_eq!(jobs.iter().collect::<BTreeSet<_>>().len(), jobs.len(), "{jobs:?}");
    assert_eq!(submit(MODEL, &[]), jobs[0]);
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

#[test]
fn what_the_emulator_answers_by_itself_is_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let line = |n: usize| {
        format!(
            "{{\"id\":\"c{n}\",\"body\":{{\"messages\":[{{\"role\":\"user\",\"content\":[{{\"text\":\"{n}\"}}]}}]}}}}\n"
        )
    };
    std::fs::write(folder.path().join("converse.jsonl"), (0..100).map(line).collect::<String>()).unwrap();
    write_records(folder.path(), 100);
    let emulator = Emulate::start(&["--job-polls", "0"], &[]);
    let client = |words: &[&str]| command::run(emulator.client().current_dir(folder.path()).args(words));
    for (model, input, answer) in
        [(MODEL, "in.jsonl", "results"), ("amazon.nova-lite-v1:0", "converse.jsonl", "output")]
    {
        let submit =
            ["batch", "submit", model, "--input", input, "--s3-uri", "s3://demo", "--role-arn", ROLE];
        let job = client(&submit).stdout;
        let fetched = client(&["batch", "fetch", job.trim(), "--output", "out.jsonl"]);
        assert_eq!(fetched.code, 0, "{model}: {}", fetched.stderr);
        let results = results(folder.path());
        assert_eq!(results.len(), 100);
        assert!(!results[7]["response"][answer].is_null(), "{}", results[7]);
    }
}

/// A case of a job that is over, and of its output, for `--replay`.
fn write_job(folder: &Path, status: &str, total: usize, output: &str) {
    let write = |operation: &str, host: &str, path: &str, body: &str| {
        let case = folder.join("replay").join(operation).join("job");
        std::fs::create_dir_all(&case).unwrap();
        let about = r#"{"description":"A job that is over.","provenance":"synthetic","source":"made up",
            "region":"us-west-2","date":"2026-01-02","redacted":[]}"#;
        std::fs::write(case.join("case.json"), about).unwrap();
        std::fs::write(case.join("request.http"), format!("GET {path} HTTP/1.1\nhost: {host}\n")).unwrap();
        let answer = "HTTP/1.1 200 OK\ncontent-type: text/plain\n";
        std::fs::write(case.join("response.http"), answer).unwrap();
        std::fs::write(case.join("response.txt"), body).unwrap();
    };
    let job = format!(
        r#"{{"jobArn":"{JOB}","status":"{status}","totalRecordCount":{total},"processedRecordCount":1,
        "inputDataConfig":{{"s3InputDataConfig":{{"s3Uri":"s3://demo/in/a.jsonl"}}}},
        "outputDataConfig":{{"s3OutputDataConfig":{{"s3Uri":"s3://demo/out/"}}}}}}"#
    );
    let path = format!("/model-invocation-job/{}", JOB.replace(':', "%3A").replace('/', "%2F"));
    write("bedrock/get-model-invocation-job", "bedrock.us-west-2.amazonaws.com", &path, &job);
    let path = "/out/abcdefghij12/a.jsonl.out";
    write("s3/get-object", "demo.s3.us-west-2.amazonaws.com", path, output);
}

#[test]
fn records_without_a_result_are_no_success() {
    let one = r#"{"recordId":"a","modelInput":{},"modelOutput":{"n":1}}"#;
    for (status, total, code, said) in [
        ("Completed", 1, 0, ""),
        ("Completed", 3, 4, "2 of 3 records have no result; the job is Completed"),
        ("Expired", 3, 4, "2 of 3 records have no result; the job is Expired"),
        ("Stopped", 3, 4, "2 of 3 records have no result; the job is Stopped"),
        ("PartiallyCompleted", 3, 4, "2 of 3 records have no result; the job is PartiallyCompleted"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write_job(folder.path(), status, total, one);
        let ask = |words: &[&str]| {
            command::run(
                command::bedwire()
                    .current_dir(folder.path())
                    .args(["--replay", "replay", "batch"])
                    .args(words),
            )
        };
        let fetched = ask(&["fetch", JOB, "--results", "out.jsonl", "--output", "json"]);
        assert_eq!(fetched.code, code, "{status}: {}", fetched.stderr);
        assert!(fetched.stderr.contains(said), "{status}: {}", fetched.stderr);
        let summary: Value = serde_json::from_str(&fetched.stdout).unwrap();
        assert_eq!((&summary["records"], &summary["total"]), (&Value::from(1), &Value::from(total)));
        assert_eq!(ids(&results(folder.path())), ["a"], "what is there is kept");
        let waited = ask(&["status", JOB, "--wait"]);
        assert_eq!(waited.code, code, "{status}: {}", waited.stderr);
        assert!(waited.stdout.starts_with(status), "{}", waited.stdout);
        assert!(waited.stderr.contains(said), "{status}: {}", waited.stderr);
        assert_eq!(ask(&["status", JOB]).code, 0, "a question is answered");
    }
}

#[test]
fn what_is_no_file_of_results_is_not_replaced() {
    let one = r#"{"recordId":"a","modelInput":{},"modelOutput":{"n":1}}"#;
    let folder = tempfile::tempdir().unwrap();
    write_job(folder.path(), "Completed", 1, one);
    let at = |name: &str| folder.path().join(name);
    let fetch = |name: &str| {
        let words = ["--replay", "replay", "batch", "fetch", JOB, "--output", name];
        command::run(command::bedwire().current_dir(folder.path()).args(words))
    };
    assert!(Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
    std::fs::create_dir(at("folder")).unwrap();
    write_records(folder.path(), 2);
    let input = std::fs::read(at("in.jsonl")).unwrap();
    symlink("circle", at("circle")).unwrap();
    for (name, said) in [
        ("fifo", "is no regular file"),
        ("folder", "is no regular file"),
        ("in.jsonl", "holds no results"),
        ("circle", "leads in a circle"),
        ("nowhere/out.jsonl", "is in no folder"),
    ] {
        let refused = fetch(name);
        assert_eq!(refused.code, 2, "{name}: {}", refused.stderr);
        assert!(refused.stderr.contains(said), "{name}: {}", refused.stderr);
    }
    assert_eq!(std::fs::read(at("in.jsonl")).unwrap(), input);
    assert!(std::fs::metadata(at("fifo")).unwrap().file_type().is_fifo());

    // A link stays one, and what it leads to has the results: at first there is nothing, then there are results.
    symlink("out.jsonl", at("link")).unwrap();
    for _ in 0..2 {
        let fetched = fetch("link");
        assert_eq!(fetched.code, 0, "{}", fetched.stderr);
        assert_eq!(std::fs::read_link(at("link")).unwrap(), Path::new("out.jsonl"));
        assert_eq!(ids(&results(folder.path())), ["a"]);
    }
}
