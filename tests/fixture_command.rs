//! `fixture check` and `fixture import`, and prompts that are recorded as hashes and still replay.
#![cfg(feature = "cli")]

mod command;

use bedwire::fixture::import::{from_har, from_vcr};
use bedwire::fixture::{Provenance, Store};
use command::{Emulate, run, run_with};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const URL: &str = "https://bedrock-runtime.us-west-2.amazonaws.com/model/us.amazon.nova-lite-v1%3A0/converse";
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-west-2/bedrock/aws4_request, SignedHeaders=host, Signature=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn text_of(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        text += &if path.is_dir() { text_of(&path) } else { fs::read_to_string(&path).unwrap() };
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn har() -> Value {
    let entry = |status: u16, text: &str, encoding: Option<&str>, size: usize| {
        json!({
            "startedDateTime": "2026-01-02T03:04:05.000Z",
            "request": {"method": "POST", "url": URL, "headers": [
                {"name": ":authority", "value": "x"},
                {"name": "Authorization", "value": AUTHORIZATION},
                {"name": "X-Amz-Security-Token", "value": "THE-SESSION-TOKEN"},
                {"name": "Content-Type", "value": "application/json"},
            ], "postData": {"text": "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"A prompt\"}]}]}"}},
            "response": {"status": status, "headers": [{"name": "content-type", "value": "application/json"},
                {"name": "content-encoding", "value": "gzip"}],
                "content": {"text": text, "encoding": encoding, "size": size}},
        })
    };
    json!({"log": {"entries": [
        entry(429, "{\"message\":\"slow\"}", None, 18),
        entry(200, "eyJvayI6dHJ1ZX0=", Some("base64"), 11),
        entry(0, "", None, 0),
        entry(200, "", None, 11),
    ]}})
}

#[test]
fn a_har_file_becomes_fixtures_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (write(folder.path(), "saved.har", &har().to_string()), folder.path().join("out"));
    let ran = run_with(&["fixture", "import", path(&file), path(&out)]);
    assert_eq!(
        (ran.code, ran.stdout.contains("2 exchanges imported")),
        (0, true),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert!(
        ran.stderr.contains("entry 3: has no answer") && ran.stderr.contains("entry 4: has an answer whose")
    );
    let text = text_of(&out);
    for secret in ["AWS4-HMAC", "THE-SESSION-TOKEN", "AKIAIOSFODNN7EXAMPLE"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let store = Store::open(&out).unwrap();
    let [case] = store.cases() else { panic!("a 429 and the 200 after it are one case") };
    assert_eq!(case.name, "bedrock/converse/amazon-nova-lite");
    assert_eq!((case.provenance, case.date.as_str()), (Provenance::Recorded, "2026-01-02T03:04:05Z"));
    assert!(case.source.ends_with(", imported from saved.har"), "{}", case.source);
    assert_eq!(case.responses[1].body(), r#"{"ok":true}"#);
    assert_eq!(run_with(&["fixture", "check", path(&out)]).code, 0);
}

#[test]
fn what_is_imported_twice_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let file = write(folder.path(), "saved.har", &har().to_string());
    let import = |file: &Path, more: &[&str]| {
        let ran =
            run_with(&[&["--output", "json", "fixture", "import", path(file), path(&out)], more].concat());
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        let counts: Value = serde_json::from_str(&ran.stdout).unwrap();
        [&counts["imported"], &counts["skipped"], &counts["already_there"]].map(|n| n.as_u64().unwrap())
    };
    assert_eq!(import(&file, &[]), [2, 2, 0]);
    let first = text_of(&out);
    assert_eq!(import(&file, &[]), [0, 4, 2]);
    assert_eq!(text_of(&out), first);
    let ran = run_with(&["fixture", "import", path(&file), path(&out)]);
    assert!(ran.stdout.contains("0 exchanges imported into"), "{}", ran.stdout);
    assert!(ran.stdout.contains("4 skipped, of which 2 are there already"), "{}", ran.stdout);

    // Another answer to the same request is another exchange, and so is the same one with its prompts hashed.
    let mut other = har();
    other["log"]["entries"][1]["response"]["content"] = json!({"text": "{\"ok\":false}", "size": 12});
    let other = write(folder.path(), "other.har", &other.to_string());
    assert_eq!(import(&other, &[]), [1, 3, 1]);
    assert_eq!(import(&other, &["--hash-prompts"]), [2, 2, 0]);
    assert_eq!(import(&other, &["--hash-prompts"]), [0, 4, 2]);
}

#[test]
fn the_body_of_a_request_in_a_har_file_is_decoded_and_missed() {
    let with = |post_data: Value, size: i64| {
        let mut har = har();
        let entry = &mut har["log"]["entries"][0];
        entry["request"]["postData"] = post_data;
        entry["request"]["bodySize"] = size.into();
        from_har(har.to_string().as_bytes()).unwrap().next().unwrap()
    };
    let sent = |post_data, size| with(post_data, size).unwrap().request.into_body();
    assert_eq!(sent(json!({"text": "eyJhIjoxfQ==", "encoding": "base64"}), 7), r#"{"a":1}"#);
    assert_eq!(sent(json!({"text": "eyJhIjoxfQ=="}), 12), "eyJhIjoxfQ==");
    assert_eq!(sent(Value::Null, 0), "");
    assert_eq!(sent(Value::Null, -1), "", "nobody knows");
    let refused = |post_data, size| with(post_data, size).unwrap_err().to_string();
    assert!(refused(Value::Null, 7).contains("a request whose body was not saved"));
    assert!(refused(json!({"text": "{}", "encoding": "base64"}), 2).contains("a request that is no base64"));
}

const CASSETTE: &str = r#"interactions:
- request:
    body: '{"messages": [{"role": "user", "content": [{"text": "It''s a
      prompt"}]}]}'
    headers: &id001
      Authorization:
      - AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260102/us-west-2/bedrock/aws4_request
      Content-Type:
      - application/json
    method: POST
    uri: https://bedrock-runtime.us-west-2.amazonaws.com/model/us.amazon.nova-lite-v1%3A0/converse
  response:
    body:
      string: !!binary |
        eyJvayI6
        dHJ1ZX0=
    headers:
      Content-Type:
      - application/json
    status:
      code: 200
      message: OK
- request:
    body: null
    headers: *id001
    method: GET
    uri: https://bedrock.us-west-2.amazonaws.com/foundation-models
  response:
    body: {string: '{"modelSummaries":[]}'}
    headers: {}
    status: {code: 200, message: OK}
version: 1
"#;

const RUBY: &str = r#"---
http_interactions:
- request:
    method: post
    uri: https://bedrock-runtime.us-west-2.amazonaws.com/model/m.x/invoke
    body: {encoding: UTF-8, string: "{\"inputText\":\"hi\"}"}
    headers: {Content-Type: [application/json]}
  response:
    status: {code: 400, message: Bad Request}
    headers: {X-Amzn-Errortype: [ValidationException]}
    body: {encoding: ASCII-8BIT, base64_string: eyJtZXNzYWdlIjoibm8ifQ==}
  recorded_at: Fri, 02 Jan 2026 03:04:05 GMT
recorded_with: VCR 6.2.0
"#;

#[test]
fn cassettes_of_python_and_ruby_become_fixtures() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for (name, text) in [("python.yaml", CASSETTE), ("ruby.yml", RUBY)] {
        let ran = run_with(&["fixture", "import", path(&write(folder.path(), name, text)), path(&out)]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
    }
    let store = Store::open(&out).unwrap();
    let names: Vec<&str> = store.cases().iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let of = |operation| store.of_operation(operation).next().unwrap();
    let converse = of("bedrock/converse");
    assert_eq!(
        converse.request.body(),
        r#"{"messages": [{"role": "user", "content": [{"text": "It's a prompt"}]}]}"#
    );
    assert_eq!(converse.responses[0].body(), r#"{"ok":true}"#);
    assert!(!converse.request.headers().contains_key("authorization"));
    let invoke = of("bedrock/invoke-model");
    assert_eq!(invoke.responses[0].body(), r#"{"message":"no"}"#);
    assert_eq!(invoke.date, "2026-01-02T03:04:05Z");
}

#[test]
fn what_is_no_file_of_exchanges_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let deep = "[".repeat(100_000);
    for text in [
        "",
        "{}",
        "[1, 2",
        "hello",
        "\0\u{1}",
        "a: *b",
        "interactions: 7",
        "{\"log\":{\"entries\":[{}]}}",
        &deep,
    ] {
        let file = write(folder.path(), "file", text);
        let ran = run_with(&["fixture", "import", path(&file), path(&folder.path().join("out"))]);
        let beginning: String = text.chars().take(20).collect();
        assert_eq!(ran.code, 2, "{beginning}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("bedwire: "), "{beginning}: {}", ran.stderr);
    }
    assert!(from_har(b"\xff\xfe").is_err() && from_vcr(b"\xff\xfe").is_err());
}

#[test]
fn damaged_files_are_read_or_refused_but_never_a_panic() {
    let har = har().to_string();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let signs = b"\0\t\n :-?&*!|>'\"%@`{}[],#~\xff\xc3\xa9";
    for _ in 0..rounds() {
        let mut bytes = [CASSETTE, RUBY, &har][next(3)].as_bytes().to_vec();
        for _ in 0..=next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = signs[next(signs.len())],
                1 => bytes.insert(at, signs[next(signs.len())]),
                2 => bytes.truncate(at + 1),
                _ => drop(bytes.drain(at..(at + next(20)).min(bytes.len()))),
            }
            if bytes.is_empty() {
                bytes.push(b'-');
            }
        }
        let _ = (from_har(&bytes).map(Iterator::count), from_vcr(&bytes).map(Iterator::count));
    }
}

#[test]
fn what_repeats_itself_takes_no_memory_and_no_stack() {
    let headers = |count: usize| (0..count).map(|n| format!("        h{n}: v\n")).collect::<String>();
    let cassette = |headers: &str, repeated: usize| {
        format!(
            "interactions:\n  - &a\n    request:\n      method: GET\n      uri: https://h/\n      headers:\n{headers}\
             \x20   response:\n      status: {{code: 200}}\n{}",
            "  - *a\n".repeat(repeated)
        )
    };
    // Each has 900 headers, and all of them together would take gigabytes.
    let many = cassette(&headers(900), 20_000);
    let mut exchanges = from_vcr(many.as_bytes()).unwrap();
    assert_eq!(exchanges.next().unwrap().unwrap().request.headers().len(), 900);
    let rest = exchanges.size_hint();
    assert_eq!(rest, (20_000, Some(20_000)));
    let refused = |text: &str| from_vcr(text.as_bytes()).unwrap().next().unwrap().unwrap_err().to_string();
    assert!(refused(&cassette(&headers(30_000), 0)).contains("more than 1000 headers"));
    let list = format!("        h0: &l [{}]\n", "v, ".repeat(1_000));
    let lists: String = (1..1_000).map(|n| format!("        h{n}: *l\n")).collect();
    assert!(refused(&cassette(&(list + &lists), 0)).contains("more than 1000 headers"));
    let chain: String = (1..200_000).map(|n| format!("- &a{n} [*a{}]\n", n - 1)).collect();
    let deep = from_vcr(format!("- &a0 [x]\n{chain}").as_bytes()).err().unwrap().to_string();
    assert!(deep.contains("is deeper than 64 levels"), "{deep}");
}

/// A pipe would be waited for, and a device may have no end.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("bedrock/converse/case");
    std::fs::create_dir_all(&case).unwrap();
    std::os::unix::fs::symlink("/dev/null", case.join("case.json")).unwrap();
    let directory = path(folder.path());
    for arguments in [&["fixture", "check", directory][..], &["--replay", directory, "converse", "m", "hi"]] {
        let ran = run_with(arguments);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("it is no regular file"), "{}", ran.stdout);
    }
}

/// How often: BEDWIRE_FUZZ_ROUNDS, else as often as takes a second.
fn rounds() -> u32 {
    std::env::var("BEDWIRE_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3000)
}

#[test]
fn check_names_what_is_broken_and_what_is_secret() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let ran = run_with(&["fixture", "check", path(&own)]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);

    let folder = tempfile::tempdir().unwrap();
    let case = |name: &str, request: &str, response: &str| {
        let directory = folder.path().join("bedrock/converse").join(name);
        fs::create_dir_all(&directory).unwrap();
        let manifest = r#"{"description":"d","provenance":"synthetic","source":"s","region":"us-west-2","date":"2026-01-02"}"#;
        write(&directory, "case.json", manifest);
        write(&directory, "request.http", request);
        write(&directory, "response.http", "HTTP/1.1 200 OK\n");
        write(&directory, "response.json", response);
    };
    let plain = "POST /model/m/converse HTTP/1.1\nhost: h\n\n{}\n";
    case("good", plain, "{}");
    case("no-json", plain, "{");
    case("header", "POST / HTTP/1.1\nhost: h\nauthorization: Bearer abcdefghijklmnopqrstuvwxyz\n", "{}");
    case("member", plain, r#"{"secretAccessKey":"THE-SECRET"}"#);
    case("account", plain, r#"{"arn":"arn:aws:bedrock:us-west-2:987654321098:x"}"#);
    let ran = run_with(&["fixture", "check", path(folder.path()), "--output", "json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("4 of 5 fixtures"), "{}", ran.stderr);
    let problems = |name: &str| -> String {
        let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let case = lines.into_iter().find(|case| case["name"] == format!("bedrock/converse/{name}")).unwrap();
        case["problems"].to_string()
    };
    assert_eq!(problems("good"), "[]");
    assert!(problems("no-json").contains("is not valid JSON"), "{}", problems("no-json"));
    assert!(problems("header").contains("has the header authorization"), "{}", problems("header"));
    assert!(
        problems("member").contains("answer 1 holds a secret: secretAccessKey"),
        "{}",
        problems("member")
    );
    assert!(problems("account").contains("account id"), "{}", problems("account"));
    assert!(!ran.stdout.contains("THE-SECRET") && !ran.stdout.contains("987654321098"));
}

#[test]
fn hashed_prompts_replay_and_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cassettes = path(folder.path());
    let call = |options: &[&str], prompt: &str| {
        run_with(&[options, &["converse", "us.amazon.nova-lite-v1:0", prompt][..]].concat())
    };
    let recorded = call(&["--offline", "--record", cassettes, "--hash-prompts"], "My SECRET plan");
    assert_eq!(recorded.code, 0, "{}", recorded.stderr);
    let text = text_of(folder.path());
    assert!(
        !text.contains("SECRET") && text.contains("sha256:") && text.contains("prompt text (sha256)"),
        "{text}"
    );

    let replayed = call(&["--replay", cassettes], "My SECRET plan");
    assert_eq!((replayed.code, &replayed.stdout), (0, &recorded.stdout), "{}", replayed.stderr);
    assert_ne!(call(&["--replay", cassettes], "Another plan").code, 0);
    let emulate = Emulate::start(&["--fixtures", cassettes], &[]);
    let mut client = emulate.client();
    let answered = run(client.args(["converse", "us.amazon.nova-lite-v1:0", "My SECRET plan"]));
    assert_eq!((answered.code, &answered.stdout), (0, &recorded.stdout), "{}", answered.stderr);
    assert_eq!(call(&["--offline", "--hash-prompts"], "x").code, 2);
}
