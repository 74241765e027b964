//! `models` and model names on the command line, answered by the embedded emulator.
#![cfg(feature = "cli")]

mod command;

use command::{Emulate, bedwire, run, run_with, with_keys};
use serde_json::{Value, json};

#[test]
fn resolve_prints_what_it_used() {
    let ran = run_with(&[
        "--offline",
        "models",
        "resolve",
        "claude-3-5-sonnet-latest",
        "--region",
        "us-west-2",
        "--output",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        serde_json::from_str::<Value>(&ran.stdout).unwrap(),
        json!({"name": "claude-3-5-sonnet-latest", "model_id": "us.anthropic.claude-3-5-sonnet-20241022-v2:0",
            "kind": "profile", "region": "us-west-2", "geography": "us", "from": "list"})
    );
    for (name, region, id) in [
        ("claude-3-haiku-20240307", "eu-central-1", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("claude-sonnet-4-5", "ap-southeast-2", "au.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("claude-sonnet-4-5", "us-gov-west-1", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("us.amazon.nova-lite-v1:0", "eu-central-1", "us.amazon.nova-lite-v1:0"),
    ] {
        let ran = run_with(&["--offline", "models", "resolve", name, "--region", region]);
        assert_eq!((ran.code, ran.stdout.trim()), (0, id), "{}", ran.stderr);
    }
}

#[test]
fn a_dry_run_of_resolve_prints_what_would_be_sent_and_nothing_else() {
    let profile = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc";
    for (arguments, request) in [
        (&["claude-sonnet-4"][..], "GET /inference-profiles?"),
        (&["no-such-name"], "GET /inference-profiles?"),
        (&["no-such-name", "--base"], "GET /inference-profiles?"),
        (&[profile, "--base"], "GET /inference-profiles/arn"),
        (&[profile], ""),
        (&["us.anthropic.claude-sonnet-4-20250514-v1:0"], ""),
        (&["claude-3-haiku-20240307"], ""),
        (&["claude-sonnet-4", "--base"], ""),
    ] {
        let ran = run(bedwire()
            .args(["--offline", "--region", "us-west-2", "--dry-run", "models", "resolve"])
            .args(arguments));
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.starts_with(request), "{arguments:?}: {}", ran.stdout);
        let is_told = ran.stderr.contains("nothing would be sent");
        assert_eq!(
            (request.is_empty(), request.is_empty()),
            (ran.stdout.is_empty(), is_told),
            "{arguments:?}"
        );
    }
}

#[test]
fn resolve_works_without_a_list_and_says_so() {
    // No credentials, and nobody who answers.
    let arguments = ["models", "resolve", "nova-lite", "--region", "eu-west-1", "--output", "json"];
    let nobody = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "example")];
    for environment in [&nobody[..], &[nobody, keys].concat()] {
        let ran = run(bedwire().envs(environment.iter().copied()).args(arguments));
        let found: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
        assert_eq!(
            (&found["model_id"], &found["from"]),
            (&json!("eu.amazon.nova-lite-v1:0"), &json!("table"))
        );
    }
}

#[test]
fn what_is_elsewhere_is_said_and_the_world_is_opt_in() {
    let ran = run_with(&["--offline", "models", "resolve", "gpt-5.4", "--region", "eu-central-1"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("it is in the geographies us, global"), "{}", ran.stderr);
    let ran = run_with(&[
        "--offline",
        "models",
        "resolve",
        "gpt-5.4",
        "--region",
        "eu-central-1",
        "--allow-global",
    ]);
    assert_eq!(ran.stdout.trim(), "global.openai.gpt-5.4");
    let ran = run_with(&["--offline", "models", "resolve", "no-such-model"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

#[test]
fn the_base_id_is_had_of_any_name() {
    for (name, base) in [
        ("claude-sonnet-4", "anthropic.claude-sonnet-4-20250514-v1:0"),
        ("us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"),
        (
            "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc123def456",
            "anthropic.claude-sonnet-4-20250514-v1:0",
        ),
    ] {
        let ran = run_with(&["--offline", "models", "resolve", "--base", name]);
        assert_eq!((ran.code, ran.stdout.trim()), (0, base), "{}", ran.stderr);
    }
    let profile = "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-lite-v1:0";
    let ran = run_with(&["--offline", "models", "resolve", "--base", profile]);
    assert_eq!(ran.stdout.trim(), "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0");
    assert_eq!(ran.stderr.trim(), format!("bedwire: the base id of {profile}, for us-west-2"));
}

#[test]
fn what_is_no_profile_is_not_asked_for_as_one() {
    for (resource, said) in [
        ("bedrock:us-east-1:123456789012:provisioned-model/abc", "of type provisioned-model"),
        ("bedrock:us-east-1:123456789012:imported-model/abc", "of type imported-model"),
        ("bedrock:us-east-1:123456789012:prompt-router/abc", "of type prompt-router"),
        (
            "bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0:300k/abc",
            "made from amazon.nova-lite-v1:0:300k",
        ),
        ("sagemaker:us-east-1:123456789012:endpoint/x", "of type endpoint"),
        ("s3:::bucket", "names no model"),
    ] {
        // Nobody listens there: a call would fail in another way.
        let arn = format!("arn:aws:{resource}");
        let arguments = ["--endpoint-url", "http://127.0.0.1:9", "models", "resolve", "--base", &arn];
        let ran = run(with_keys(&mut bedwire()).args(arguments));
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(
            ran.stderr.contains(said) && ran.stderr.contains("the id of the base model"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_table_of_ones_own_is_read_and_a_bad_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.tsv");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "acme.robot-v1\trobot\t*\t-\t-\t-\tours\n").unwrap();
    let ran = run_with(&["--offline", "models", "resolve", "robot", "--model-table", path]);
    assert_eq!(ran.stdout.trim(), "acme.robot-v1", "{}", ran.stderr);
    let ran = run(bedwire().env("BEDWIRE_MODELS", path).args(["--offline", "models", "resolve", "robot"]));
    assert_eq!(ran.stdout.trim(), "acme.robot-v1", "{}", ran.stderr);
    std::fs::write(&file, "robot\n").unwrap();
    let ran = run_with(&["--offline", "models", "resolve", "robot", "--model-table", path]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("model table, line 1"), "{}", ran.stderr);
    let ran = run(bedwire().env("BEDWIRE_MODELS", path).args(["--offline", "models", "resolve", "robot"]));
    assert!(ran.code == 2 && ran.stderr.contains("BEDWIRE_MODELS"), "{}", ran.stderr);
}

#[test]
fn a_model_of_ones_own_table_answers_in_the_emulator() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("models.tsv");
    let table = "amazon.nova-lite-v9:0\tnova-9\tus-west-2\t-\t-\t-\tours\n";
    std::fs::write(&file, table).unwrap();
    let table = [("BEDWIRE_MODELS", file.to_str().unwrap())];
    let asks = ["converse", "nova-9", "hi", "--region", "us-west-2"];
    let ran = run(bedwire().arg("--offline").args(asks).envs(table));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let emulate = Emulate::start(&[], &table);
    let ran = run(emulate.client().args(asks).envs(table));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // As an option, before or after the command, and of the command that only asks for the id.
    for command in [&["converse", "nova-9", "hi"][..], &["models", "resolve", "nova-9"]] {
        let table = ["--offline", "--region", "us-west-2", "--model-table", file.to_str().unwrap()];
        let ran = run(bedwire().args(command).args(table));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    // Who has no such table is told of a slip.
    let ran = run(bedwire().args(["--offline", "converse", "amazon.nova-lite-v9:0", "hi"]));
    assert!(ran.code == 4 && ran.stderr.contains("model identifier is invalid"), "{}", ran.stderr);
}

#[test]
fn lists_are_columns_or_documents() {
    let ran = run_with(&["--offline", "models", "list", "--provider", "luma"]);
    assert_eq!(
        ran.stdout, "luma.ray-v2:0  Luma AI  TEXT,IMAGE → VIDEO  ON_DEMAND  ACTIVE\n",
        "{}",
        ran.stderr
    );
    let ran =
        run_with(&["--offline", "--output", "json", "models", "list", "--output-modality", "embedding"]);
    let models: Value = serde_json::from_str(&ran.stdout).unwrap();
    let models = models["modelSummaries"].as_array().unwrap();
    assert!(models.len() > 5);
    assert!(models.iter().all(|model| model["outputModalities"] == json!(["EMBEDDING"])));
    let ran = run_with(&["--offline", "models", "profiles", "--region", "us-gov-west-1"]);
    assert!(
        ran.stdout.lines().count() > 5 && ran.stdout.lines().all(|line| line.starts_with("us-gov.")),
        "{}",
        ran.stdout
    );
    let ran = run_with(&["--offline", "--output", "json", "models", "profiles", "--type", "application"]);
    let profiles: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(profiles["inferenceProfileSummaries"][0]["inferenceProfileId"], "abc123def456");
    let ran = run_with(&["--offline", "models", "list", "--provider", "a/b"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn invoke_takes_a_name_hints_and_repairs() {
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"messages":[{"role":"user","content":"hi"}]}"#;
    let invoke = |rest: &[&str]| {
        let mut command = bedwire();
        command.args(["--offline", "invoke", "--body", body]).args(rest);
        run(&mut command)
    };
    let ran = invoke(&["claude-sonnet-4-6"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ran = invoke(&["anthropic.claude-sonnet-4-6"]);
    assert_eq!(ran.code, 4);
    assert!(ran.stderr.contains("isn\u{2019}t supported"), "{}", ran.stderr);
    assert!(ran.stderr.contains("use us.anthropic.claude-sonnet-4-6 in us-west-2"), "{}", ran.stderr);
    let ran = invoke(&["anthropic.claude-sonnet-4-6", "--repair"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("sent again with us.anthropic.claude-sonnet-4-6"), "{}", ran.stderr);
    let ran = invoke(&["us.anthropic.claude-3-5-sonnet-20240620-v1:0"]);
    assert!(ran.stderr.contains("has ended; use us.anthropic.claude-"), "{}", ran.stderr);
    let ran = invoke(&["eu.amazon.nova-lite-v1:0"]);
    assert!(ran.stderr.contains("use us.amazon.nova-lite-v1:0"), "{}", ran.stderr);
    let ran = run(bedwire().args(["--offline", "--dry-run", "invoke", "claude-sonnet-4-6", "--body", "{}"]));
    assert!(
        ran.stdout.starts_with("POST /model/us.anthropic.claude-sonnet-4-6/invoke"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn a_name_that_is_misspelt_is_told_from_an_id_that_is_not_there() {
    let hint = |model: &str| run(bedwire().args(["--offline", "invoke", model, "--body", "{}"])).stderr;
    let misspelt = hint("claude-sonet-4");
    assert!(
        misspelt.contains("no model is called \"claude-sonet-4\"; is it claude-sonnet-4 or "),
        "{misspelt}"
    );
    for id in ["anthropic.claude-sonet-4", "qqqqq"] {
        assert!(hint(id).contains("`bedwire models list --region us-west-2` shows the ids"), "{}", hint(id));
    }
}

#[test]
fn a_job_takes_a_name_and_is_started_with_the_id_behind_it() {
    let started = |region: &str, words: &[&str]| {
        let ran = run(bedwire().args(["--offline", "--dry-run", "--region", region]).args(words));
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.stderr);
        ran.stdout
    };
    let video = ["video", "create", "--prompt", "x", "--s3-uri", "s3://demo/out", "--model"];
    let job = |model: &str| {
        started(
            "us-west-2",
            &["async", "start", model, "--input", "{\"prompt\":\"x\"}", "--s3-uri", "s3://demo/out"],
        )
    };
    assert!(job("luma-ray2").contains("\"modelId\":\"luma.ray-v2:0\""));
    assert!(job("Luma.Ray2").contains("\"modelId\":\"Luma.Ray2\""), "an id is never looked up");
    for (name, id) in [("ray2", "luma.ray-v2:0"), ("nova-reel", "amazon.nova-reel-v1:1")] {
        let sent = started("us-east-1", &[&video[..], &[name]].concat());
        assert!(sent.contains(&format!("\"modelId\":\"{id}\"")), "{sent}");
    }
}
