//! The command line as a person meets it: exit codes, one clear sentence, nothing sent.
#![cfg(feature = "cli")]

mod command;

use command::{Emulate, Server, bedwire, run, run_unread, run_with, with_keys};
use serde_json::Value;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::TcpListener;

/// Bad input: the arguments after `--offline`, and what the sentence must say.
const REFUSED: [(&[&str], &str); 35] = [
    (&["--output", "yaml", "video", "list"], "possible values: text, json"),
    (&["--timeout", "0", "video", "list"], "above 0"),
    (&["--endpoint-url", "127.0.0.1:80", "video", "list"], "http://"),
    (&["--signing-date", "2026", "video", "list"], "20260102T030405Z"),
    (&["--signing-date", "20260102T030405Z", "video", "list"], "goes with --dry-run"),
    (&["invoke", "m", "--body", "{\n \"a\": }"], "line 2 column 7"),
    (&["invoke", "m", "--body", "[1]"], "JSON array"),
    (&["invoke", "..", "--body", "{}"], "resolved away"),
    (&["invoke", "m", "--body", "@/nonexistent"], "/nonexistent cannot be read"),
    (&["async", "start", "luma.ray-v2:0", "--s3-uri", "s3://demo", "--input", "\"{}\""], "JSON string"),
    (&["async", "start", "luma.ray-v2:0", "--s3-uri", "/demo", "--input", "{}"], "s3://"),
    (
        &["async", "start", "luma.ray-v2:0", "--s3-uri", "s3://demo", "--input", "{}", "--tag", "k=*"],
        "tags[0].value: contains '*'",
    ),
    (
        &[
            "async",
            "start",
            "luma.ray-v2:0",
            "--s3-uri",
            "s3://demo",
            "--input",
            "{}",
            "--kms-key-id",
            "arn:aws:kms:x",
        ],
        "no ARN of a KMS key",
    ),
    (&["converse", "x.y:1", "hi", "--max-tokens", "4294967295"], "give at most 2147483647"),
    (
        &["guardrail", "check", "hi", "--content-filter", "BOGUS"],
        "VIOLENCE, HATE, SEXUAL, MISCONDUCT, INSULTS",
    ),
    (&["async", "get", "abc"], "no ARN of an async invocation"),
    (&["video", "create", "--prompt", "", "--s3-uri", "s3://demo"], "1 to 5000"),
    (
        &["video", "create", "--prompt", "x", "--s3-uri", "s3://demo", "--download", "/nonexistent/x.mp4"],
        "cannot be written",
    ),
    (&["request", "GET", "https://bedrock-runtime.eu-west-1.amazonaws.com/x"], "give the region eu-west-1"),
    (&["request", "GET", "/x", "-H", "nonsense"], "name: value"),
    (&["request", "GET", "/async-invoke", "-H", "x-amz-date: 20200101T000000Z"], "--signing-date"),
    (&["request", "GET", "/x", "--service", ""], "a name such as bedrock-runtime"),
    (&["request", "GET", "/x", "--service", "a b"], "a name such as bedrock-runtime"),
    (&["request", "GET", "https://127.0.0.1:99999/x"], "numbers up to 65535"),
    (&["--endpoint-url", "http://127.0.0.1:99999", "video", "list"], "a port that is none"),
    (&["--endpoint-url", "runtime=http://127.0.0.1:1", "video", "list"], "bedrock-runtime, bedrock, s3"),
    (&["--proxy", "http://127.0.0.1:99999", "config"], "its port is none"),
    (&["--region", "", "video", "list"], "give one such as us-west-2"),
    (&["--dry-run", "doctor"], "finds out by sending"),
    (&["--dry-run", "emulate"], "sends nothing"),
    (&["invoke", "m", "--body", "@/dev/zero"], "longer than 256 MiB"),
    (&["--timeout", "-1", "video", "list"], "above 0, such as 30"),
    (&["batch", "m", "--input", "i", "--output", "o", "--concurrency", "0"], "a whole number of 1 or more"),
    (
        &["video", "create", "--prompt", "x", "--s3-uri", "s3://demo", "--download", "-"],
        "- is standard output",
    ),
    (&["invoke", "arn:aws:bedrock:nowhere:x", "--body", "{}"], "is no ARN; give one such as"),
];

#[test]
fn bad_input_is_one_sentence_and_exit_2() {
    for (arguments, says) in REFUSED {
        let ran = run_with(&[&["--offline"], arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_utf_8_is_named_by_its_place_and_not_shown() {
    use std::os::unix::ffi::OsStrExt as _;
    let bad = std::ffi::OsStr::from_bytes(b"sesame\xff");
    let ran = run(bedwire().args(["verify", "--secret-key"]).arg(bad));
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("bedwire: argument 3, behind --secret-key, is no UTF-8"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("sesame"), "{}", ran.stderr);
    let ran = run(bedwire().args(["--output", "json", "invoke"]).arg(bad));
    assert_eq!(ran.code, 2);
    let error: Value = serde_json::from_str(ran.stderr.trim_end()).unwrap();
    assert_eq!(error["error"]["message"], "argument 4 is no UTF-8");
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_could_not_be_written_is_a_failure() {
    for option in ["--help", "--version"] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = bedwire().arg(option).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{option}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with("bedwire: stdout cannot be written: "), "{option}: {stderr}");
    }
}

#[test]
fn with_json_output_the_last_line_of_stderr_is_the_error() {
    for (arguments, _) in REFUSED.iter().skip(1) {
        let ran = run_with(&[&["--output", "json", "--offline"], *arguments].concat());
        let last: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
        assert_eq!(last["error"]["kind"], "invalid_input", "{arguments:?}");
        for member in ["code", "message", "status", "request_id", "attempts", "hint"] {
            assert!(last["error"].get(member).is_some(), "{arguments:?}: {member}");
        }
    }
}

#[test]
fn a_prompt_that_is_too_long_is_refused_by_the_service_wherever_that_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("long.txt");
    std::fs::write(&file, "x".repeat(26_000_000)).unwrap();
    let prompt = format!("@{}", file.display());
    let converse = ["--output", "json", "converse", "claude-sonnet-4", &prompt];
    let emulate = Emulate::start(&[], &[]);
    for ran in [run_with(&[&["--offline"], &converse[..]].concat()), run(emulate.client().args(converse))] {
        let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
        assert_eq!((ran.code, &error["error"]["status"]), (4, &Value::from(413)), "{}", ran.stderr);
        assert!(ran.stderr.contains("The request body is longer than 25000000 bytes."), "{}", ran.stderr);
    }
}

#[test]
fn documents_of_one_name_are_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["x/report.pdf", "y/report.pdf", "y/report.txt"].map(|name| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "%PDF-1.4").unwrap();
        file.to_str().unwrap().to_owned()
    });
    let documents: Vec<&str> = files.iter().flat_map(|file| ["--document", file]).collect();
    for command in ["converse", "count-tokens"] {
        let arguments = [&["--offline", command, "claude-sonnet-4", "hi"], &*documents].concat();
        let ran = run_with(&arguments);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        let ran = run_with(&[&*arguments, &["--dry-run"]].concat());
        for name in ["report", "report (2)", "report (3)"] {
            assert!(ran.stdout.contains(&format!("\"name\":\"{name}\"")), "{command}: {}", ran.stdout);
        }
    }
}

#[test]
fn count_tokens_takes_what_is_counted_and_nothing_else() {
    let counted = |arguments: &[&str]| {
        let arguments = [&["--offline", "--dry-run", "count-tokens", "claude-sonnet-4"], arguments].concat();
        run_with(&arguments)
    };
    let converse = r#"{"system":[ ],"inferenceConfig":{"maxTokens":5},"messages":[]}"#;
    let own = r#"{"input" : {"converse":{"messages":[],"x":1}}}"#;
    for (body, sent) in [(converse, r#"{"input":{"converse":{"messages":[],"system":[ ]}}}"#), (own, own)] {
        let ran = counted(&["--body", body]);
        assert!(
            ran.code == 0 && ran.stdout.trim_end().ends_with(sent),
            "{body}: {}{}",
            ran.stdout,
            ran.stderr
        );
    }
    for (arguments, said) in [
        (&["hi", "--max-tokens", "7"][..], "--max-tokens"),
        (&["hi", "--temperature", "0.5"], "--temperature"),
        (&["hi", "--stop", "x"], "--stop"),
        (&["hi", "--body", converse], "PROMPT"),
        (&["--system", "x", "--invoke-body", "{}"], "--system"),
        (&["--body", "{}", "--invoke-body", "{}"], "cannot be used with"),
    ] {
        let ran = counted(arguments);
        assert!(ran.code == 2 && ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    for option in ["--max-tokens", "--stop", "--system"] {
        let ran = run_with(&["--offline", "converse", "x.y:1", "--body", "{}", option, "7"]);
        assert!(ran.code == 2 && ran.stderr.contains("cannot be used with"), "{option}: {}", ran.stderr);
    }
}

#[test]
fn what_is_missing_is_named_with_every_place_that_was_looked_at() {
    let ran = run_with(&["invoke", "m", "--body", "{}"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for place in ["--region", "AWS_REGION", "AWS_DEFAULT_REGION", "/nonexistent/.aws/config"] {
        assert!(ran.stderr.contains(place), "{}", ran.stderr);
    }
    let ran = run_with(&["config"]);
    assert!(ran.code == 2 && ran.stderr.contains("AWS_DEFAULT_REGION"), "{}", ran.stderr);
    let ran = run(bedwire().args(["--region", "us-west-2", "config"]).env("AWS_CONFIG_FILE", "/"));
    assert!(ran.code == 2 && ran.stderr.contains("AWS_CONFIG_FILE"), "{}", ran.stderr);
    let ran = run_with(&["--region", "us-west-2", "invoke", "m", "--body", "{}"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    for place in ["AWS_ACCESS_KEY_ID", "profile default", "/nonexistent/.aws/credentials"] {
        assert!(ran.stderr.contains(place), "{}", ran.stderr);
    }
    let ran = run_with(&["--profile", "nobody", "--offline", "video", "list"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn the_exit_code_says_what_kind_of_failure() {
    let emulate = Emulate::start(&["--throttle-first", "3"], &[]);
    let invoke = ["invoke", "amazon.nova-lite-v1:0", "--body", r#"{"messages":[]}"#];
    let ran = run(emulate.client().args(["--max-attempts", "1"]).args(invoke));
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    let ran = run(emulate.client().args(["--max-attempts", "1", "--output", "json"]).args(invoke));
    let last: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "ThrottlingException");
    assert_eq!((&last["error"]["status"], &last["error"]["attempts"]), (&429.into(), &1.into()));
    // The third throttle is retried, and the call gets in.
    let ran = run(emulate.client().arg("-v").args(invoke));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("attempt 1: 429 ThrottlingException") && ran.stderr.contains("; next in"),
        "{}",
        ran.stderr
    );
    let ran = run(emulate.client().args(["invoke", "no.such-model", "--body", "{}"]));
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let ran = run(emulate.client().env("AWS_SECRET_ACCESS_KEY", "wrong").args(invoke));
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let nobody = ["--endpoint-url", "http://127.0.0.1:9", "--max-attempts", "2"];
    let ran = run(emulate.client().args(nobody).args(invoke));
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("127.0.0.1:9"), "{}", ran.stderr);
}

#[test]
fn a_service_that_is_called_by_name_has_its_own_url() {
    let url = ["--endpoint-url", "polly=http://127.0.0.1:9/base"];
    let request = ["--offline", "--dry-run=json", "request", "GET", "/x", "--service", "polly"];
    let ran = run_with(&[&url[..], &request].concat());
    assert!(
        ran.code == 0 && ran.stdout.contains("http://127.0.0.1:9/base/x"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn offline_keys_that_are_set_sign() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[default]\naws_access_key_id = AKOFFILE\naws_secret_access_key = s\n").unwrap();
    let variables = [("AWS_ACCESS_KEY_ID", "AKOFVARIABLE"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let invoke = ["invoke", "amazon.titan-text-express-v1", "--body", r#"{"inputText":"x"}"#];
    for (variables, file, key) in
        [(&variables[..], None, "AKOFVARIABLE"), (&[], Some(&file), "AKOFFILE"), (&[], None, "AKIDEXAMPLE")]
    {
        let bedwire = |arguments: &[&str]| {
            let mut command = bedwire();
            command.envs(variables.iter().copied()).arg("--offline").args(arguments).args(invoke);
            run(command.envs(file.map(|file| ("AWS_SHARED_CREDENTIALS_FILE", file))))
        };
        let ran = bedwire(&["--dry-run"]);
        assert!(ran.stdout.contains(&format!("Credential={key}/")), "{key}: {}{}", ran.stdout, ran.stderr);
        // The embedded emulator takes the signature.
        assert_eq!(bedwire(&[]).code, 0, "{key}");
    }
}

#[test]
fn a_secret_in_a_prompt_is_not_recorded_offline_either() {
    let folder = tempfile::tempdir().unwrap();
    let body = r#"{"inputText":"my sEcReT+oF/mInE/40lEtTeRs is out"}"#;
    let mut command = bedwire();
    command
        .envs([("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "sEcReT+oF/mInE/40lEtTeRs")])
        .arg("--offline");
    command.arg("--record").arg(folder.path()).args([
        "invoke",
        "amazon.titan-text-express-v1",
        "--body",
        body,
    ]);
    assert_eq!(run(&mut command).code, 0);
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains("sEcReT"), "{}: {text}", path.display());
            }
        }
    }
}

#[test]
fn global_options_stand_before_or_after() {
    for arguments in [
        ["--offline", "--dry-run=json", "request", "GET", "/async-invoke"],
        ["request", "GET", "/async-invoke", "--dry-run=json", "--offline"],
    ] {
        let ran = run_with(&arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(printed["url"], "https://bedrock-runtime.us-west-2.amazonaws.com/async-invoke");
    }
}

#[test]
fn what_could_not_be_recorded_is_an_error_after_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bedrock"), "a file in the way").unwrap();
    let record = ["--offline", "--output", "json", "--record", folder.path().to_str().unwrap()];
    let body = r#"{"inputText":"hi"}"#;
    let ran = run_with(&[&record[..], &["invoke", "amazon.titan-text-express-v1", "--body", body]].concat());
    assert!(ran.stdout.contains("results"), "{}{}", ran.stdout, ran.stderr);
    let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert_eq!((ran.code, &error["error"]["kind"]), (1, &Value::from("file")), "{}", ran.stderr);
    assert!(ran.stderr.contains("an exchange was not recorded: "), "{}", ran.stderr);

    // The error of the command itself comes last, and says how it ended.
    let ran = run_with(&[&record[..], &["invoke", "no.such-model", "--body", body]].concat());
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!((ran.code, lines.len()), (4, 2), "{}", ran.stderr);
    assert!(lines[0].contains("was not recorded") && lines[1].contains("was refused"), "{}", ran.stderr);
}

#[test]
fn a_recording_of_a_prompt_with_the_secret_in_use_is_replayed_and_the_secret_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "sEcReT+oF/mInE/40lEtTeRs")];
    let invoke = |mode: &str, body: &str| {
        let mut command = bedwire();
        command.envs(keys).args(match mode {
            "--record" => &["--offline", "--record"][..],
            _ => &["--replay"],
        });
        run(command.arg(folder.path()).args(["invoke", "amazon.titan-text-express-v1", "--body", body]))
    };
    let body = r#"{"inputText":"my sEcReT+oF/mInE/40lEtTeRs is out"}"#;
    assert_eq!(invoke("--record", body).code, 0);
    let replayed = invoke("--replay", body);
    assert_eq!(replayed.code, 0, "{}", replayed.stderr);
    let other = invoke("--replay", r#"{"inputText":"was sEcReT+oF/mInE/40lEtTeRs ever in?"}"#);
    assert!(other.stderr.contains("/inputText is \"was REDACTED ever in?\""), "{}", other.stderr);
    assert!(!other.stderr.contains("sEcReT"), "{}", other.stderr);
}

#[test]
fn a_recording_is_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let body = r#"{"inputText":"hello"}"#;
    let invoke = |body: &'static str| ["invoke", "amazon.titan-text-express-v1", "--body", body];
    let recorded = run_with(&[&["--offline", "--record", folder], &invoke(body)[..]].concat());
    assert_eq!(recorded.code, 0, "{}", recorded.stderr);
    let replayed = run_with(&[&["--replay", folder], &invoke(r#"{ "inputText" : "hello" }"#)[..]].concat());
    assert_eq!((replayed.code, &replayed.stdout), (0, &recorded.stdout), "{}", replayed.stderr);
    let other = run_with(&[&["--replay", folder], &invoke(r#"{"inputText":"bye"}"#)[..]].concat());
    assert!(
        other.stderr.contains("the nearest is") && other.stderr.contains("/inputText"),
        "{}",
        other.stderr
    );
}

#[test]
fn a_reader_that_has_gone_away_makes_no_verdict_a_success() {
    let folder = tempfile::tempdir().unwrap();
    let captured = folder.path().join("captured.txt");
    let shown = run(with_keys(&mut bedwire()).args(["--offline", "--dry-run", "converse", "x.y:1", "hello"]));
    std::fs::write(&captured, shown.stdout.replace("hello", "jello")).unwrap();
    let verify = ["verify", captured.to_str().unwrap()];
    let nobody = ["--endpoint-url", "http://127.0.0.1:9", "--max-attempts", "1", "doctor"];
    for (arguments, code) in [(&verify[..], 4), (&nobody[..], 6), (&["--offline", "models", "list"][..], 0)] {
        let ran = run_unread(with_keys(&mut bedwire()).args(arguments));
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn an_answer_that_is_no_json_is_printed_byte_for_byte() {
    let image = b"\x89PNG\r\n\x1a\n\xffend";
    let url = answering(2, "200 OK", "image/png", image);
    let commands =
        [&["invoke", "x.y:1", "--body", "{}"][..], &["request", "GET", "/output.png", "--service", "s3"]];
    for arguments in commands {
        let mut command = bedwire();
        with_keys(&mut command).env("AWS_ENDPOINT_URL", &url).args(arguments);
        let output = command.output().unwrap();
        assert_eq!(output.stdout, image, "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn what_others_write_is_no_command_to_the_terminal_and_no_line_of_ours() {
    let refused = br#"{"message":"bad \u001b]0;x\u0007 \u009b2J\nbedwire: forged"}"#;
    let url = answering(1, "400 Bad Request", "application/json", refused);
    let ran = run(with_keys(&mut bedwire()).env("AWS_ENDPOINT_URL", &url).args(["converse", "x.y:1", "hi"]));
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains(r"\u001b]0;x\u0007 \u009b2J\nbedwire: forged"), "{}", ran.stderr);

    let tool = br#"{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t",
        "name":"x\u001b[2Jy\nbedwire: forged","input":{"a":"\u009b"}}}]}},"stopReason":"tool_use",
        "usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}"#;
    let url = answering(1, "200 OK", "application/json", tool);
    let ran = run(with_keys(&mut bedwire()).env("AWS_ENDPOINT_URL", &url).args(["converse", "x.y:1", "hi"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains(r"tool x\u001b[2Jy\nbedwire: forged: "), "{}", ran.stderr);
    assert!(!ran.stderr.trim_end().contains(char::is_control), "{:?}", ran.stderr);
}

/// Those of the headers are compared that no clock changes.
#[cfg(unix)]
#[test]
fn the_curl_command_of_a_dry_run_sends_what_the_command_sends() {
    let longer = format!("{{\"a\":\"{}\"}}", "x".repeat(1_100_000));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("long"), longer).unwrap();
    let file = format!("@{}", folder.path().join("long").display());
    for arguments in [
        &["request", "POST", "/model/x/invoke", "--data", "{}"][..],
        &["request", "POST", "/x", "--data", "{}", "-H", "content-type: a/b", "-H", "user-agent: me"],
        &["request", "POST", "/x", "--data", &file],
        &["request", "GET", "/x"],
        &["request", "DELETE", "/x", "-H", "accept:"],
    ] {
        let (url, requests) = hearing(2);
        let command = |more: &[&str]| {
            let mut command = bedwire();
            with_keys(&mut command).env("AWS_ENDPOINT_URL", &url).args(more).args(arguments);
            command
        };
        assert_eq!(run(&mut command(&[])).code, 0, "{arguments:?}");
        let curl = run(&mut command(&["--dry-run=curl"])).stdout;
        let script = folder.path().join("script");
        std::fs::write(&script, curl).unwrap();
        let sent = std::process::Command::new("sh").arg(&script).env("NO_PROXY", "*").output().unwrap();
        if !sent.status.success() {
            println!("SKIPPED: curl does not run: {}", String::from_utf8_lossy(&sent.stderr));
            return;
        }
        let [ours, of_curl] = requests.join().unwrap().try_into().unwrap();
        assert!(ours == of_curl, "{arguments:?}: {:?} and {:?}", ours.0, of_curl.0);
    }
}

/// On a terminal that `script` makes.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_obeys_nothing_that_others_wrote_and_a_pipe_has_it_as_it_came() {
    let shown_at = |url: &str, arguments: &str| {
        let mut command = std::process::Command::new("script");
        let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_bedwire"));
        command.args(["-qec", &line, "/dev/null"]).stdin(std::process::Stdio::null());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", "/nonexistent");
        let shown = with_keys(&mut command).env("AWS_ENDPOINT_URL", url).output().ok()?;
        Some(String::from_utf8(shown.stdout).unwrap())
    };
    let evil = "safe\rbedwire: error: x \u{202e}\u{9b}2J \u{1b}]52;c;x\u{7}\r\nשלום é";
    let text: &'static [u8] = evil.as_bytes();
    let answer = serde_json::json!({"output": {"message": {"role": "assistant", "content": [{"text": evil}]}},
        "stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}});
    let answer: &'static [u8] = answer.to_string().leak().as_bytes();
    for (arguments, media_type, body) in [
        ("request GET /b/k --service s3", "text/plain", text),
        ("invoke x.y:1 --body {}", "text/plain", text),
        ("invoke x.y:1 --body {}", "application/json", answer),
        ("--output json converse x.y:1 hi", "application/json", answer),
        ("converse x.y:1 hi", "application/json", answer),
    ] {
        let Some(shown) = shown_at(&answering(1, "200 OK", media_type, body), arguments) else {
            println!("SKIPPED: there is no `script` that makes a terminal");
            return;
        };
        // The terminal itself makes \r\n of each \n.
        let rest = shown.replace("\r\r\n", "").replace("\r\n", "");
        assert!(!rest.contains(|c: char| c.is_control() || c == '\u{202e}'), "{arguments}: {shown:?}");
        let escaped = r"safe\rbedwire: error: x \u202e\u009b2J \u001b]52;c;x\u0007";
        assert!(shown.contains(escaped) && shown.contains("שלום é"), "{arguments}: {shown:?}");
        let mut piped = bedwire();
        let url = answering(1, "200 OK", media_type, body);
        let piped = with_keys(&mut piped).env("AWS_ENDPOINT_URL", &url).args(arguments.split(' ')).output();
        let stdout = piped.unwrap().stdout;
        assert!([text, answer].contains(&stdout.trim_ascii_end()), "{arguments}: {stdout:?}");
    }
    let image = answering(1, "200 OK", "image/png", b"\x89PNG\r\n\x1a\n\xff");
    let shown = shown_at(&image, "request GET /b/k --service s3").unwrap();
    assert!(shown.contains("are no text") && !shown.contains("PNG"), "{shown:?}");
    let explained = shown_at("http://127.0.0.1:1", "--dry-run=explain converse x.y:1 hi").unwrap();
    assert!(explained.contains("\u{1b}[1m== 1. Request"), "ours are in colour: {explained:?}");
}

/// Standard input is open, and nobody writes to it: what is refused first has not read it.
#[test]
fn two_readers_of_standard_input_are_refused_before_it_is_read() {
    for (arguments, readers) in [
        (&["converse", "x.y:1", "-", "--system", "-"][..], "PROMPT and --system both"),
        (&["converse", "x.y:1", "--system", "-"], "PROMPT (which is not given) and --system both"),
        (
            &["converse", "x.y:1", "hi", "--system", "-", "--tool-config", "-"],
            "--system and --tool-config both",
        ),
        (&["count-tokens", "x.y:1", "-", "--system", "-"], "PROMPT and --system both"),
        (&["guardrail", "apply", "gr", "-", "-", "--guardrail-version", "1"], "TEXT and TEXT both"),
        (&["verify", "--body", "-"], "FILE and --body both"),
        (&["diagnose", "-", "--secret-key", "-"], "--secret-key and FILE both"),
    ] {
        let (input, kept_open) = std::io::pipe().unwrap();
        let mut command = bedwire();
        let ran = run(with_keys(&mut command).arg("--offline").args(arguments).stdin(input));
        drop(kept_open);
        let said = format!("{readers} read standard input, which can be read once");
        assert!(ran.code == 2 && ran.stderr.contains(&said), "{arguments:?}: {}", ran.stderr);
    }
}

/// Rows are one line each, and a program that reads them gets no more than a person.
#[test]
fn rows_of_words_of_others_are_one_line_each() {
    let listed = br#"{"asyncInvokeSummaries":[{"invocationArn":"arn:aws:bedrock:us-west-2:123456789012:async-invoke/abcdefghijkl",
        "modelArn":"arn:aws:bedrock:us-west-2::foundation-model/x\u001b[2J\nforged","status":"Completed",
        "submitTime":"2026-01-02T03:04:05Z\u009b","outputDataConfig":{"s3OutputDataConfig":{"s3Uri":"s3://b/k"}}}]}"#;
    let models = br#"{"modelSummaries":[{"modelId":"x.y:1\u001b]0;x\u0007","modelArn":"a","providerName":"A\nforged"}]}"#;
    let job = br#"{"jobArn":"arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghijkl","status":"Failed",
        "message":"no\u001b[2J\r\nforged"}"#;
    let arn = "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/abcdefghijkl";
    for (body, arguments, shown) in [
        (&listed[..], &["async", "list"][..], r"x\u001b[2J\nforged"),
        (models, &["models", "list"], r"x.y:1\u001b]0;x\u0007  A\nforged"),
        (job, &["batch", "status", arn], r"no\u001b[2J\r\nforged"),
    ] {
        let run_as = |form: &str| {
            let url = answering(1, "200 OK", "application/json", body);
            let mut command = bedwire();
            run(with_keys(&mut command)
                .env("AWS_ENDPOINT_URL", &url)
                .args(["--output", form])
                .args(arguments))
        };
        let ran = run_as("text");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(shown), "{arguments:?}: {:?}", ran.stdout);
        assert!(!ran.stdout.trim_end().contains(char::is_control), "{arguments:?}: {:?}", ran.stdout);
        // JSON is what came.
        let ran = run_as("json");
        assert!(
            serde_json::from_str::<Value>(&ran.stdout).is_ok() && !ran.stdout.contains("u{1b}"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn the_log_of_the_emulator_obeys_no_path() {
    let mut emulate = Server::start(&["emulate"], &[]);
    let address = emulate.url.strip_prefix("http://").unwrap().to_owned();
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    socket.write_all("GET /x\u{9b}2J HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n".as_bytes()).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    let mut log = std::io::BufReader::new(emulate.stderr());
    let mut line = String::new();
    log.read_line(&mut line).unwrap();
    assert!(line.contains(r"GET /x\u009b2J") && !line.trim_end().contains(char::is_control), "{line:?}");
}

/// The URL of a server that gives so many requests this answer.
fn answering(requests: usize, status: &'static str, media_type: &'static str, body: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().take(requests).map(Result::unwrap) {
            let mut request = Vec::new();
            // The bodies of these tests end with a brace, or there is none.
            while !(request.ends_with(b"}") || request.ends_with(b"\r\n\r\n") && request.starts_with(b"GET"))
            {
                let mut chunk = [0; 4096];
                let read = socket.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..read]);
            }
            let head = format!("HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\nconnection: close");
            write!(socket, "{head}\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
            socket.write_all(body).unwrap();
        }
    });
    url
}

/// What comes before the body of a request, line by line, and the body.
#[cfg(unix)]
type Heard = (Vec<String>, Vec<u8>);

/// The URL of a server, and the requests that it was sent.
#[cfg(unix)]
fn hearing(requests: usize) -> (String, std::thread::JoinHandle<Vec<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let hear = |socket: std::net::TcpStream| {
            let mut reader = std::io::BufReader::new(&socket);
            let (mut head, mut length) = (Vec::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let (name, value) = line.trim_end().split_once(':').unwrap_or((line.trim_end(), ""));
                match name.to_ascii_lowercase().as_str() {
                    "" => break,
                    "x-amz-date" | "authorization" => continue,
                    "content-length" => length = value.trim().parse().unwrap(),
                    _ => {}
                }
                head.push(format!("{}: {}", name.to_ascii_lowercase(), value.trim()));
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            (&socket)
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            head.sort();
            (head, body)
        };
        listener.incoming().take(requests).map(Result::unwrap).map(hear).collect()
    });
    (url, heard)
}
