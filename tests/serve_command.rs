//! `bedwire serve` as a process: its first line, its signals, its file, and what it refuses.
#![cfg(all(feature = "cli", unix))]

mod command;

use command::{ask_a_lot, code_of};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

const HASH_OF_TEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn serve(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bedwire"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command.arg("serve").args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    serve(arguments).output().unwrap()
}

/// A running gateway over the emulator. It is killed where a test fails.
struct Running {
    child: Child,
    address: String,
    errors: BufReader<ChildStderr>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(arguments: &[&str]) -> Running {
    start_with(&mut serve(&[&["--offline", "--listen", "127.0.0.1:0"], arguments].concat()))
}

fn start_with(command: &mut Command) -> Running {
    let mut child = command.spawn().unwrap();
    let errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let mut running = Running { child, address: String::new(), errors };
    let Some(address) = line.strip_prefix("listening on http://") else {
        let mut errors = String::new();
        running.errors.read_to_string(&mut errors).unwrap();
        panic!("{line:?} {errors}");
    };
    address.trim_end().clone_into(&mut running.address);
    running
}

impl Running {
    /// Status and body of an answer.
    fn get(&self, path: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}\r\n", self.address)
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The next line on stderr that has this.
    fn line_with(&mut self, text: &str) -> String {
        let mut line = String::new();
        while self.errors.read_line(&mut line).unwrap() > 0 {
            if line.contains(text) {
                return line;
            }
            line.clear();
        }
        panic!("no line has {text:?}");
    }
}

#[test]
fn it_answers_logs_and_stops_cleanly_on_both_signals() {
    for name in ["INT", "TERM"] {
        let mut running = start(&[]);
        assert_eq!(running.get("/healthz", ""), (200, "ok\n".to_owned()));
        assert_eq!(running.get("/readyz", "").0, 200);
        assert_eq!(running.get("/nothing", "").0, 404);
        assert!(running.get("/metrics", "").1.contains("bedwire_requests_total"));
        running.signal(name);
        assert_eq!(running.child.wait().unwrap().code(), Some(0), "{name}");
        let mut errors = String::new();
        running.errors.read_to_string(&mut errors).unwrap();
        let endpoints: Vec<&str> = errors.lines().filter_map(|line| line.split(' ').nth(2)).collect();
        assert_eq!(endpoints, ["healthz", "readyz", "none", "metrics"], "{errors}");
    }
}

#[test]
fn a_second_signal_cuts_what_is_under_way() {
    // An upstream that takes a call and never answers.
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let mut command = serve(&["--endpoint-url", &url, "--region", "us-west-2", "--listen", "127.0.0.1:0"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    let mut running = start_with(&mut command);
    let mut stream = TcpStream::connect(&running.address).unwrap();
    let chat = r#"{"model":"us.amazon.nova-lite-v1:0","messages":[{"role":"user","content":"Hi"}]}"#;
    write!(
        stream,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{chat}",
        running.address,
        chat.len()
    )
    .unwrap();
    let (_call, _) = upstream.accept().unwrap();
    let began = Instant::now();
    running.signal("TERM");
    running.signal("INT");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("is shutting down"), "{answer}");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}: the grace is 30 s", began.elapsed());
    assert!(running.line_with("503 chat_completions").contains(" error=shutdown "));
}

#[test]
fn a_gateway_whose_stderr_nobody_reads_is_reloaded_and_stops() {
    let mut running = start(&[]);
    ask_a_lot(&running.address);
    running.signal("HUP");
    // Another connection than those that it has: whoever accepts has to hear of the signal, too.
    ask_a_lot(&running.address);
    assert_eq!(running.get("/healthz", ""), (200, "ok\n".to_owned()));
    running.signal("TERM");
    assert_eq!(code_of(&mut running.child), Some(0));
}

#[test]
fn the_log_has_the_form_that_is_asked_for() {
    let mut running = start(&["--log", "json"]);
    running.get("/healthz", "");
    let line: Value = serde_json::from_str(&running.line_with("healthz")).unwrap();
    assert_eq!(line["status"], 200);
    let mut running = start(&["--log", "off"]);
    running.get("/healthz", "");
    running.signal("TERM");
    running.child.wait().unwrap();
    let mut errors = String::new();
    running.errors.read_to_string(&mut errors).unwrap();
    assert_eq!(errors, "");
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
}

#[test]
fn sighup_reads_the_file_again_and_a_bad_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let path = file.to_str().unwrap();
    write(&file, "[models]\na = \"amazon.nova-lite-v1:0\"\n");
    let mut running = start(&["--config", path]);
    assert_ne!(running.get("/v1/models", "").0, 401);

    write(&file, &format!("[keys.dev]\nsha256 = \"{HASH_OF_TEST}\"\n"));
    running.signal("HUP");
    assert!(running.line_with("reloaded").contains("every model and 1 key in force\n"));
    assert_eq!(running.get("/v1/models", "").0, 401);
    assert_ne!(running.get("/v1/models", "x-api-key: test\r\n").0, 401);

    write(&file, "[keys.dev]\nsha265 = \"x\"\n");
    running.signal("HUP");
    let line = running.line_with("not reloaded");
    assert!(line.contains(&format!("{path}:2:1: keys.dev.sha265: ")), "{line}");
    assert_eq!(running.get("/v1/models", "").0, 401);
    assert_ne!(running.get("/v1/models", "authorization: Bearer test\r\n").0, 401);
}

/// What is refused at the start is refused later, too: strangers would be served at the owner's cost.
#[test]
fn sighup_opens_no_door() {
    const OPEN: &str = "listen = \"0.0.0.0:0\"\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let with_key = format!("{OPEN}[keys.dev]\nsha256 = \"{HASH_OF_TEST}\"\n");
    for (before, without_key) in [(with_key.as_str(), 401), ("listen = \"127.0.0.1:0\"\n", 200)] {
        write(&file, before);
        let mut running = start_with(&mut serve(&["--offline", "--config", file.to_str().unwrap()]));
        let port = running.address.rsplit(':').next().unwrap().to_owned();
        running.address = format!("127.0.0.1:{port}");
        write(&file, OPEN);
        running.signal("HUP");
        let line = running.line_with("reloaded");
        assert!(line.contains("not reloaded") && line.contains("there are no keys"), "{line}");
        assert_eq!(running.get("/v1/models", "").0, without_key);
        assert_eq!(running.get("/v1/models", "x-api-key: test\r\n").0, 200);
    }
}

/// A port that nobody else will be given as long as this is held.
fn held_port() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[test]
fn sighup_changes_where_it_listens_and_the_bounds_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let (held, port) = held_port();
    drop(held);
    write(&file, "listen = \"127.0.0.1:0\"\n");
    let mut running = start_with(&mut serve(&["--offline", "--config", file.to_str().unwrap()]));
    let before = running.address.clone();
    let body = "x".repeat(50);
    let long = format!("content-length: 50\r\n\r\n{body}");
    assert_eq!(running.get("/healthz", &long).0, 200);

    write(&file, &format!("listen = \"127.0.0.1:{port}\"\n[limits]\nbody_bytes = 49\n"));
    running.signal("HUP");
    let line = running.line_with("reloaded");
    assert!(
        line.contains(&format!("; listening on http://127.0.0.1:{port} from now on; new conn")),
        "{line}"
    );
    running.address = format!("127.0.0.1:{port}");
    assert_eq!(running.get("/healthz", "").0, 200);
    assert_eq!(running.get("/healthz", &long).0, 413);
    assert!(TcpStream::connect(&before).is_err(), "nobody listens at {before}");

    // What cannot be had changes nothing, the rest of the file neither.
    let (_held, taken) = held_port();
    write(&file, &format!("listen = \"127.0.0.1:{taken}\"\n[keys.dev]\nsha256 = \"{HASH_OF_TEST}\"\n"));
    running.signal("HUP");
    let line = running.line_with("not reloaded");
    assert!(line.contains(&format!("cannot listen on 127.0.0.1:{taken}: ")), "{line}");
    assert_ne!(running.get("/v1/models", "").0, 401);
    assert_eq!(running.get("/healthz", &long).0, 413);

    write(&file, &format!("listen = \"0.0.0.0:{port}\"\n"));
    running.signal("HUP");
    let line = running.line_with("not reloaded");
    assert_eq!(line.matches("give it keys").count(), 1, "{line}");

    // The same port at another address is its own.
    write(&file, &format!("allow_remote = true\nlisten = \"0.0.0.0:{port}\"\n"));
    running.signal("HUP");
    let line = running.line_with("not reloaded");
    assert!(line.contains("a restart changes the address alone"), "{line}");

    // An option is stronger than the file, as it was at the start.
    let mut other = start(&["--config", file.to_str().unwrap()]);
    write(&file, &format!("listen = \"127.0.0.1:{taken}\"\n"));
    other.signal("HUP");
    assert!(!other.line_with("bedwire: reloaded").contains("listening"));
    assert_eq!(other.get("/healthz", "").0, 200);
}

#[test]
fn a_file_is_checked_without_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let path = file.to_str().unwrap();
    write(&file, "[models]\n\"gpt-4o\" = \"claude-sonnet-4\"\n[keys.dev]\nvariable = \"DEV_KEY\"\n");
    let right = serve(&["--check", path]).env("DEV_KEY", "0123456789abcdef").output().unwrap();
    assert_eq!(right.status.code(), Some(0), "{}", String::from_utf8_lossy(&right.stderr));
    assert_eq!(String::from_utf8(right.stdout).unwrap(), format!("{path} is right: 1 model and 1 key\n"));

    let wrong = run(&["--check", path]);
    assert_eq!((wrong.status.code(), wrong.stdout.len()), (Some(2), 0));
    let errors = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(errors, format!("bedwire: {path}:4:12: keys.dev.variable: DEV_KEY is not set\n"));
    assert_eq!(run(&["--config", path, "--offline"]).status.code(), Some(2));
    assert_eq!(run(&["--check", "/nonexistent.toml"]).status.code(), Some(2));

    // What `serve` would refuse at its start is refused here, and options count as they do there.
    write(&file, "listen = \"0.0.0.0:8097\"\n");
    let open = run(&["--check", path]);
    let errors = String::from_utf8(open.stderr).unwrap();
    let said =
        format!("{path}:1:10: listen: 0.0.0.0:8097 is reached by other machines, and there are no keys");
    assert!(errors.contains(&said), "{errors}");
    let option = run(&["--check", path, "--listen", "0.0.0.0:1"]);
    let errors = String::from_utf8(option.stderr).unwrap();
    assert!(errors.starts_with("bedwire: 0.0.0.0:1 is reached by other machines"), "{errors}");
    std::fs::write(&file, b"# ok\nlog = \"\xff\"\n").unwrap();
    let errors = String::from_utf8(run(&["--check", path]).stderr).unwrap();
    assert_eq!(errors, format!("bedwire: {path}:2:8: is no UTF-8 here; save the file as UTF-8\n"));
    write(&file, "listen = \"0.0.0.0:8097\"\n");
    for (options, expected) in [
        (&["--allow-remote"][..], "every model and no keys, for everyone"),
        (&["--listen", "127.0.0.1:0"], "every model and no keys, for programs of this machine only"),
        (&["--allow-remote", "--alias", "a=claude-sonnet-4"], "1 model and no keys, for everyone"),
    ] {
        let said = String::from_utf8(run(&[&["--check", path], options].concat()).stdout).unwrap();
        assert_eq!(said, format!("{path} is right: {expected}\n"));
    }
}

/// A name may have any characters, and JSON has escapes of its own.
#[test]
fn what_a_check_prints_as_json_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gw\u{9b}.toml");
    write(&file, "[models]\n\"gpt-4o\" = \"claude-sonnet-4\"\n");
    let right = run(&["--check", file.to_str().unwrap(), "--output", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&right.stdout).unwrap();
    assert_eq!((document["file"].as_str(), document["models"].as_u64()), (file.to_str(), Some(1)));
}

/// Help is wrapped to the terminal, and a comment that is wrapped is none.
#[test]
fn the_file_in_the_help_is_one_on_a_narrow_terminal() {
    let help = serve(&["--help"]).env("COLUMNS", "80").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    let (_, rest) = help.split_once("gateway.toml, in which everything may be left out:\n").unwrap();
    let (example, _) = rest.split_once("\n\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    write(&file, &example.replace('…', HASH_OF_TEST));
    let run = run(&["--check", file.to_str().unwrap()]);
    let said = String::from_utf8(run.stdout).unwrap() + &String::from_utf8_lossy(&run.stderr);
    assert!(said.ends_with(" is right: 2 models and 1 key\n"), "{said}{example}");
}

#[test]
fn a_key_is_hashed_for_the_file() {
    let hash = |key: &str| {
        let mut child = serve(&["--hash-key"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(key.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let run = hash("0123456789abcdef\n");
    assert_eq!(run.status.code(), Some(0));
    let digits = "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";
    assert_eq!(String::from_utf8(run.stdout).unwrap(), format!("{digits}\n"));
    let short = hash("short");
    assert_eq!(short.status.code(), Some(2));
    assert!(!String::from_utf8(short.stderr).unwrap().contains("short\n"));
}

#[test]
fn without_keys_it_listens_to_this_machine_only() {
    let run = run(&["--offline", "--listen", "0.0.0.0:0"]);
    let errors = String::from_utf8(run.stderr).unwrap();
    assert_eq!((run.status.code(), run.stdout.len()), (Some(2), 0), "{errors}");
    assert!(errors.contains("there are no keys") && errors.contains("--allow-remote"), "{errors}");

    let mut with_key = serve(&["--offline", "--listen", "0.0.0.0:0", "--key-variable", "DEV_KEY"]);
    let mut running = start_with(with_key.env("DEV_KEY", "test-test-test-test "));
    let port = running.address.rsplit(':').next().unwrap().to_owned();
    running.address = format!("127.0.0.1:{port}");
    assert_eq!(running.get("/v1/models", "").0, 401);
    assert_ne!(running.get("/v1/models", "x-api-key: test-test-test-test\r\n").0, 401);

    // What can be guessed is no lock.
    let short = with_key.env("DEV_KEY", "0123456789abcde").output().unwrap();
    let errors = String::from_utf8(short.stderr).unwrap();
    assert_eq!((short.status.code(), short.stdout.len()), (Some(2), 0), "{errors}");
    assert!(errors.contains("--key-variable DEV_KEY: has 15 bytes") && !errors.contains("0123"), "{errors}");
}

#[test]
fn bad_usage_is_refused() {
    for arguments in [
        &["--listen", "nowhere"][..],
        &["--log", "xml"],
        &["--alias", "x"],
        &["--alias", "=x"],
        &["--offline", "--alias", "gpt-4o=claude-sonet-4"],
        &["--check", "a", "--config", "b"],
        &["--offline", "--key-variable", "UNSET_VARIABLE"],
        &["--offline", "--dry-run"],
    ] {
        let run = run(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
        assert!(run.stdout.is_empty(), "{arguments:?}");
    }
}
