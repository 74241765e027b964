//! Short-term API keys: the golden ones, and those of AWS's own generator (PyPI's aws-bedrock-token-generator), which is
//! installed into an environment below `target/`; without Python or a registry that part is skipped with a word.
#![cfg(feature = "cli")]

mod command;
mod vectors;

use bedwire::protocol::api_key::{self, ApiKeyClaim};
use bedwire::protocol::timestamp::{iso_8601, parse_amz_date};
use command::{Emulate, bedwire, run, run_with};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const DATE: &str = "20260102T030405Z";

#[test]
fn the_golden_keys_are_made() {
    let Some(path) = vectors::find("event-stream/named.txt") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let golden = text.lines().find(|line| line.starts_with("bedrock-api-key-")).unwrap();
    let decoded = |line: &str| {
        let line = line.strip_prefix("b'").unwrap().strip_suffix('\'').unwrap().to_owned();
        line.starts_with("bedrock.amazonaws.com").then_some(line)
    };
    let urls: Vec<String> =
        text.lines().filter(|line| line.starts_with("b'bedrock.")).filter_map(decoded).collect();
    let made = |token: Option<&str>| {
        let credentials =
            aws_credential_types::Credentials::new(KEY, SECRET, token.map(Into::into), None, "test");
        let now = parse_amz_date(DATE).unwrap();
        api_key::create(&credentials, "us-west-2", now, Duration::from_hours(12)).unwrap()
    };
    assert_eq!(made(None).reveal(), golden);
    let encode = |url: &str| format!("bedrock-api-key-{}", base64_simd::STANDARD.encode_to_string(url));
    assert_eq!(made(None).reveal(), encode(&urls[0]));
    assert_eq!(made(Some("TOKEN/+=")).reveal(), encode(&urls[1]));
    let printed = run(bedwire()
        .args(["api-key", "create", "--region", "us-west-2", "--signing-date", DATE])
        .envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)]));
    assert_eq!(printed.stdout.trim(), golden, "{}", printed.stderr);
}

#[test]
fn a_key_is_what_awss_own_generator_makes() {
    let Some(python) = python_with_generator() else { return };
    for (region, seconds, token) in [
        ("us-west-2", "43200", None),
        ("eu-central-1", "900", Some("IQoJb3/+=EXAMPLE")),
        ("us-gov-west-1", "1", None),
    ] {
        let mut credentials = vec![("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
        credentials.extend(token.map(|token| ("AWS_SESSION_TOKEN", token)));
        let script = "import sys; from datetime import timedelta; from aws_bedrock_token_generator import provide_token; \
                      print(provide_token(sys.argv[1], expiry=timedelta(seconds=int(sys.argv[2]))))";
        let theirs = Command::new(&python)
            .args(["-c", script, region, seconds])
            .env_clear()
            .envs(credentials.clone())
            .output()
            .unwrap();
        let theirs = String::from_utf8(theirs.stdout).unwrap().trim().to_owned();
        // Theirs takes no date, so ours is made for the date that theirs says.
        let claim = ApiKeyClaim::read(&theirs).unwrap();
        let date = iso_8601(claim.created).replace(['-', ':'], "");
        let ours = run(bedwire()
            .args(["api-key", "create", "--region", region, "--expires", seconds, "--signing-date", &date])
            .envs(credentials));
        assert_eq!(ours.stdout.trim(), theirs, "{}", ours.stderr);
    }
}

#[test]
fn the_emulator_takes_keys_as_bedrock_does() {
    let long_term = ("AWS_BEARER_TOKEN_BEDROCK", "ABSK-of-a-test");
    let emulate = Emulate::start(&[], &[long_term]);
    let create = |region: &str, expires: &str, date: Option<&str>| {
        let mut command = emulate.client();
        command.args(["api-key", "create", "--region", region, "--expires", expires]);
        run(command.args(date.map(|date| ["--signing-date", date]).iter().flatten())).stdout.trim().to_owned()
    };
    let good = create("eu-west-1", "60", None);
    let expired = create("eu-west-1", "60", Some(DATE));
    let of_another = api_key::create(
        &aws_credential_types::Credentials::new(KEY, "another", None, None, "test"),
        "eu-west-1",
        std::time::SystemTime::now(),
        Duration::from_mins(1),
    );
    let invoke = ["invoke", "amazon.titan-text-express-v1", "--body", r#"{"inputText":"x"}"#];
    for (key, code, says) in [
        (long_term.1, 0, ""),
        (good.as_str(), 0, ""),
        (expired.as_str(), 3, "Bearer Token has expired"),
        (of_another.unwrap().reveal(), 3, "Please make sure your API Key is valid"),
        ("ABSK-of-nobody", 3, "Please make sure your API Key is valid"),
    ] {
        let mut command = bedwire();
        command.args(["--region", "eu-west-1", "--endpoint-url", &emulate.url]).args(invoke);
        let ran = run(command.env("AWS_BEARER_TOKEN_BEDROCK", key));
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert!(ran.stderr.contains(says) && !ran.stderr.contains(key), "{}", ran.stderr);
    }
    // The embedded one takes what is set; a bucket takes no key.
    let offline =
        |arguments: &[&str]| run(bedwire().env(long_term.0, long_term.1).arg("--offline").args(arguments));
    assert_eq!(offline(&invoke).code, 0);
    assert!(
        offline(&["--dry-run", "async", "list"]).stdout.contains("authorization: Bearer "),
        "no key is sent"
    );
    let bucket = ["--dry-run", "request", "GET", "/demo/x", "--service", "s3"];
    assert!(offline(&bucket).stdout.contains("Credential=AKIDEXAMPLE/"), "no signature is sent");
    assert!(offline(&["config"]).stdout.contains("API key"), "config does not say so");
}

#[test]
fn a_key_for_one_region_opens_no_other() {
    let emulate = Emulate::start(&["--region", "us-west-2"], &[]);
    let created = run(emulate.client().args(["api-key", "create", "--region", "eu-west-1"]));
    let mut command = bedwire();
    command.args(["--region", "us-west-2", "--endpoint-url", &emulate.url, "async", "list"]);
    let ran = run(command.env("AWS_BEARER_TOKEN_BEDROCK", created.stdout.trim()));
    assert!(ran.code == 3 && ran.stderr.contains("API Key is valid"), "{}", ran.stderr);
}

#[test]
fn inspect_reads_a_key_and_never_its_secret() {
    let created = run(bedwire()
        .args(["api-key", "create", "--region", "eu-west-1", "--expires", "60", "--signing-date", DATE])
        .envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)]));
    let read = run(bedwire()
        .args(["api-key", "inspect", "--output", "json"])
        .env("AWS_BEARER_TOKEN_BEDROCK", created.stdout.trim()));
    let read: serde_json::Value = serde_json::from_str(&read.stdout).unwrap();
    assert_eq!(read["region"], "eu-west-1");
    assert_eq!(read["access_key_id"], KEY);
    assert_eq!(read["created"], "2026-01-02T03:04:05Z");
    assert_eq!(read["expires"], "2026-01-02T03:05:05Z");
    assert_eq!(read["expired"], true);
    assert!(!created.stdout.contains(SECRET));
}

#[test]
fn bad_input_is_refused_and_not_repeated() {
    for (arguments, word) in [
        (&["api-key", "inspect"][..], "AWS_BEARER_TOKEN_BEDROCK is not set"),
        (&["api-key", "inspect", "HIDDEN"], "begin with bedrock-api-key-"),
        (&["api-key", "inspect", "ABSKHIDDEN"], "long-term key"),
        (&["--offline", "api-key", "create", "--expires", "43201"], "43200"),
        (&["--offline", "api-key", "create", "--expires", "0"], "43200"),
    ] {
        let ran = run_with(arguments);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(word) && !ran.stderr.contains("HIDDEN"), "{}", ran.stderr);
    }
}

/// The Python of an environment that has the generator, made at the first need.
fn python_with_generator() -> Option<PathBuf> {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("token-generator");
    let python = environment.join("bin/python");
    let import = ["-c", "import aws_bedrock_token_generator"];
    let has_it = || Command::new(&python).args(import).output().is_ok_and(|run| run.status.success());
    if has_it() {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment).output();
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"];
    let installed = Command::new(&python).args(install).arg("aws-bedrock-token-generator").output();
    if has_it() {
        return Some(python);
    }
    println!("SKIPPED: no Python with aws-bedrock-token-generator: {made:?} {installed:?}");
    None
}
