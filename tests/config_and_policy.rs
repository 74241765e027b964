//! `config`, `doctor` and `policy`, as a program reads them.
#![cfg(feature = "cli")]

mod command;

use command::{Emulate, bedwire, run, run_with};
use serde_json::Value;

#[test]
fn config_says_where_everything_is_from_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = "[profile dev]\nregion = eu-west-1\nservices = local\nuse_fips_endpoint = false\n[services local]\nbedrock_runtime =\n  \
                endpoint_url = http://127.0.0.1:9\n";
    std::fs::write(&config, text).unwrap();
    let mut command = bedwire();
    command.args(["config", "--output", "json", "--profile", "dev"]).env("AWS_CONFIG_FILE", &config);
    command.env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("credentials"));
    std::fs::write(
        folder.path().join("credentials"),
        "[dev]\naws_access_key_id = AKIAVISIBLEENDWXYZ\naws_secret_access_key = HIDDENSECRET\n",
    )
    .unwrap();
    command.env("HTTPS_PROXY", "http://user:HIDDENPASSWORD@proxy.example.com:3128");
    let ran = run(&mut command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let all = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!all.contains("HIDDEN") && !all.contains("AKIAVISIBLE"), "{all}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["region"], "eu-west-1");
    assert_eq!(document["endpoints"]["bedrock_runtime"], "http://127.0.0.1:9");
    assert_eq!(document["endpoints"]["bedrock"], "https://bedrock.eu-west-1.amazonaws.com");
    assert!(document["credentials"]["source"].is_string(), "{document}");
    assert_eq!(document["credentials"]["access_key_id"], "****WXYZ");
    assert_eq!(document["network"]["https_proxy"], "http://***@proxy.example.com:3128");
    let source = |path: &str| document["sources"][path].as_str().unwrap_or_default().to_owned();
    assert_eq!(source("region"), "region of profile dev");
    assert_eq!(source("endpoints.bedrock_runtime"), "bedrock_runtime in services local");
    assert_eq!(source("network.https_proxy"), "HTTPS_PROXY");
    assert_eq!(source("profile"), "--profile");
}

/// The home of another user, as where a container's image says HOME=/root and its user is somebody else.
#[cfg(unix)]
struct OthersHome(tempfile::TempDir);

#[cfg(unix)]
impl OthersHome {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(home.0.path().join(".aws")).unwrap();
        std::fs::write(home.config(), "[default]\nregion = eu-west-1\n").unwrap();
        home.may(0o000);
        home
    }

    fn config(&self) -> std::path::PathBuf {
        self.0.path().join(".aws/config")
    }

    fn may(&self, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(self.0.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// `bedwire` as somebody who may not look into it; nothing where nobody else may run the binary.
    fn bedwire(&self) -> Option<std::process::Command> {
        use std::os::unix::process::CommandExt as _;
        let somebody = || {
            let mut command = bedwire();
            if std::fs::read(self.config()).is_ok() {
                // Root may look into everything.
                command.uid(54_321).gid(54_321).current_dir("/");
            }
            command
        };
        if let Err(e) = somebody().arg("--version").output() {
            eprintln!("SKIPPED: another user cannot run the binary: {e}");
            return None;
        }
        let mut command = somebody();
        command.env("HOME", self.0.path());
        Some(command)
    }
}

#[cfg(unix)]
impl Drop for OthersHome {
    fn drop(&mut self) {
        self.may(0o700);
    }
}

#[cfg(unix)]
#[test]
fn a_home_that_may_not_be_looked_into_has_no_files_and_is_named() {
    let home = OthersHome::new();
    let Some(mut command) = home.bedwire() else { return };
    let ran = run(command.args(["--offline", "converse", "amazon.nova-lite-v1:0", "hi"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    let mut command = home.bedwire().unwrap();
    let ran = run(command::with_keys(&mut command).args(["config", "--output", "json"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let path = home.config().display().to_string();
    assert_eq!(document["files"]["config"], path);
    assert_eq!(document["sources"]["files.config"], "the default place");
    let why = document["files"]["config_state"].as_str().unwrap();
    assert!(why.starts_with("cannot be read: Permission denied"), "{document}");
    assert_eq!(document["credentials"]["source"], "environment");

    let named = format!("{path} (which cannot be read: Permission denied");
    for (variable, value) in [("AWS_REGION", ""), ("AWS_PROFILE", "dev"), ("AWS_REGION", "us-west-2")] {
        let ran = run(home.bedwire().unwrap().env(variable, value).args(["async", "list"]));
        assert!(ran.code != 0 && ran.stderr.contains(&named), "{variable}={value}: {}", ran.stderr);
    }

    // Whoever names a file wants it read.
    let mut command = home.bedwire().unwrap();
    command::with_keys(&mut command).env("AWS_CONFIG_FILE", &path);
    let ran = run(command.args(["--offline", "async", "list"]));
    assert!(ran.code == 2 && ran.stderr.contains("cannot be read: Permission denied"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn without_home_the_user_database_says_where_the_files_are_and_never_the_current_folder() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;

    // Anybody may make a folder of that name in /tmp, with a command in it.
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("~/.aws")).unwrap();
    let config = "[default]\nregion = eu-west-3\ncredential_process = touch PWNED; echo {}\n";
    std::fs::write(folder.path().join("~/.aws/config"), config).unwrap();
    let homeless = || {
        let mut command = bedwire();
        command.env_remove("HOME").current_dir(folder.path());
        command
    };
    // With keys, so that no command of the user's own files runs here; the region is left to the files.
    let mut with_keys = homeless();
    command::with_keys(&mut with_keys).env_remove("AWS_REGION");
    let ran = run(with_keys.args(["config", "--output", "json"]));
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("eu-west-3"), "{}", ran.stdout);
    let user = std::fs::metadata(folder.path()).unwrap().uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let found = users.lines().map(fields).find(|fields| fields.get(2) == Some(&user));
    match found.as_ref().and_then(|fields| fields.get(5)) {
        Some(home) => {
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains(&format!("{home}/.aws/config")), "{said}");
        }
        None => eprintln!("SKIPPED: user {user} is not in /etc/passwd"),
    }

    // A user that no database knows, in a folder where everybody may write.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    let unknown = homeless().uid(54_322).gid(54_322).args(["config", "--region", "us-west-2"]).output();
    match unknown {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.contains("files.config_state") && said.contains("not there"), "{said}");
            assert!(said.contains("profile default is not in ~/.aws/config"), "{said}");
        }
        Err(e) => eprintln!("SKIPPED: another user cannot run the binary: {e}"),
    }
    assert!(!folder.path().join("PWNED").exists());
}

/// Docker makes a folder of a file that is mounted and not there.
#[cfg(unix)]
#[test]
fn a_folder_where_a_shared_file_should_be_is_no_file() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(home.path().join(".aws/credentials")).unwrap();
    let mut command = bedwire();
    command::with_keys(&mut command).env("HOME", home.path()).args(["config", "--output", "json"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["files"]["config_state"], "not there");
    let state = document["files"]["credentials_state"].as_str().unwrap();
    assert!(state.starts_with("cannot be read: Is a directory"), "{document}");
    let ran = run(command.env("AWS_SHARED_CREDENTIALS_FILE", home.path()));
    assert!(ran.code == 2 && ran.stderr.contains("Is a directory"), "{}", ran.stderr);
}

#[test]
fn config_names_what_gave_each_setting() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = "[default]\nregion = us-west-2\nmax_attempts = 4\nsso_session = corp\n\
                [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.test\n";
    std::fs::write(&config, text).unwrap();
    let shown = |variables: &[(&str, &str)], options: &[&str]| -> Value {
        let mut command = command::bedwire();
        command::with_keys(&mut command).env_remove("AWS_REGION").env("AWS_CONFIG_FILE", &config);
        command.envs(variables.iter().copied()).args(["config", "--output", "json"]).args(options);
        let ran = run(&mut command);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let with = |document: &Value, path: &str| {
        let (group, name) = path.split_once('.').unwrap();
        (document[group][name].clone(), document["sources"][path].clone())
    };
    let variables = [
        ("AWS_RETRY_MODE", "standard"),
        ("no_proxy", ".amazonaws.com"),
        ("HTTPS_PROXY", "http://p:1"),
        ("BEDWIRE_MODELS", "/none"),
        ("SSL_CERT_FILE", "/etc/ca.pem"),
        ("SSL_CERT_DIR", "/etc/one:/etc/other"),
        ("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1:9"),
    ];
    let document = shown(&variables, &[]);
    for (path, value, source) in [
        ("retry.mode", "standard".into(), "AWS_RETRY_MODE"),
        ("retry.max_attempts", 4.into(), "max_attempts of profile default"),
        ("network.no_proxy", ".amazonaws.com".into(), "no_proxy"),
        ("network.certificate_file", "/etc/ca.pem".into(), "SSL_CERT_FILE"),
        ("network.certificate_dir", "/etc/one:/etc/other".into(), "SSL_CERT_DIR"),
        ("models.table", "/none".into(), "BEDWIRE_MODELS"),
        ("endpoints.sso", "http://127.0.0.1:9".into(), "AWS_ENDPOINT_URL_SSO"),
        (
            "endpoints.sso_oidc",
            "https://oidc.eu-central-1.amazonaws.com".into(),
            "the region and AWS's naming",
        ),
    ] as [(&str, Value, &str); 8]
    {
        assert_eq!(with(&document, path), (value, source.into()), "{path}");
    }
    let document = shown(&variables, &["--max-attempts", "3", "--fail-fast", "--ca-bundle", "/ca.pem"]);
    for (path, value, source) in [
        ("retry.mode", "fail-fast".into(), "--fail-fast".into()),
        ("retry.max_attempts", 3.into(), "--max-attempts".into()),
        ("network.ca_bundle", "/ca.pem".into(), "--ca-bundle".into()),
        ("network.certificate_file", Value::Null, Value::Null),
    ] as [(&str, Value, Value); 4]
    {
        assert_eq!(with(&document, path), (value, source), "{path}");
    }
    let document = shown(&variables, &["--rpm", "5", "--tpm", "100"]);
    assert_eq!(with(&document, "pacing.requests_per_minute"), (5.into(), "--rpm".into()));
    assert_eq!(with(&document, "pacing.tokens_per_minute"), (100.into(), "--tpm".into()));
    // Who gives URLs needs no region, here neither.
    let mut command = bedwire();
    command.args(["config", "--endpoint-url", "http://127.0.0.1:9", "--output", "json"]);
    assert_eq!(run(&mut command).code, 0);
    let mut command = bedwire();
    for name in ["BEDROCK_RUNTIME", "BEDROCK", "S3", "STS"] {
        command.env(format!("AWS_ENDPOINT_URL_{name}"), "http://127.0.0.1:9");
    }
    let ran = run(command.args(["config", "--output", "json"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["endpoints"]["sso"], Value::Null);
}

/// Calls with keys need no sign-in, and `config` is what one asks when something is wrong.
#[test]
fn what_is_wrong_with_the_sign_in_is_said_beside_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let shown = |config: &str, variables: &[(&str, &str)]| -> Value {
        let file = folder.path().join("config");
        std::fs::write(&file, config).unwrap();
        let mut command = bedwire();
        command::with_keys(&mut command).env("AWS_CONFIG_FILE", &file).envs(variables.iter().copied());
        let ran = run(command.args(["config", "--output", "json"]));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let session = |region: &str| {
        format!(
            "[default]\nsso_session = corp\n[sso-session corp]\nsso_region = {region}\nsso_start_url = https://corp.test\n"
        )
    };
    let private = "https://vpce-0a1b.bedrock-runtime.us-west-2.vpce.amazonaws.com";
    for (region, variables) in [("us-east-1", &[("AWS_ENDPOINT_URL", private)][..]), ("us_east_1", &[])] {
        let document = shown(&session(region), variables);
        let endpoints = &document["endpoints"];
        assert!(endpoints["bedrock_runtime"].is_string() && endpoints["sso"].is_null(), "{endpoints}");
        let problem = endpoints["sso_problem"].as_str().unwrap();
        assert!(problem.starts_with(&format!("sso_region of [sso-session corp] is {region}: ")), "{problem}");
    }
    // Where the role's own credentials come from, and nowhere where nobody signs in.
    let role = format!(
        "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = corp\n{}",
        session("eu-central-1").replace("[default]", "[profile corp]")
    );
    let document = shown(&role, &[]);
    assert_eq!(document["endpoints"]["sso"], "https://portal.sso.eu-central-1.amazonaws.com");
    let document = shown("[default]\nrole_arn = r\nsource_profile = default\n", &[]);
    assert_eq!(document["endpoints"]["sso"], Value::Null);
    // Calls to Bedrock would take the API key, not the keys beside it.
    let document = shown("", &[("AWS_BEARER_TOKEN_BEDROCK", "ab\ncd")]);
    let credentials = &document["credentials"];
    assert!(credentials["source"].is_null(), "{credentials}");
    assert!(credentials["problem"].as_str().unwrap().contains("AWS_BEARER_TOKEN_BEDROCK"), "{credentials}");
}

#[test]
fn an_endpoint_that_cannot_be_resolved_is_an_error() {
    for arguments in
        [&["config"][..], &["config", "--region", "us west"], &["config", "--endpoint-url", "ftp://x"]]
    {
        let ran = run_with(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
    }
    let ran = run(bedwire().args(["config", "--region", "us-west-2"]).env("AWS_ENDPOINT_URL_S3", "ftp://x"));
    assert!(ran.code == 2 && ran.stderr.contains("AWS_ENDPOINT_URL_S3"), "{}", ran.stderr);
}

#[test]
fn doctor_checks_in_order_and_writes_only_when_asked() {
    let emulate = Emulate::start(&[], &[]);
    let names = |ran: &command::Ran| -> Vec<(String, String)> {
        let report: Value = serde_json::from_str(&ran.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let checks = report["checks"].as_array().unwrap().iter();
        checks.map(|check| (text(&check["check"]), text(&check["state"]))).collect()
    };
    let ran = run(emulate.client().args([
        "doctor",
        "--output",
        "json",
        "--s3-uri",
        "s3://demo/x",
        "--write-probe",
    ]));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let found = names(&ran);
    let without_sources: Vec<&str> =
        found.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "source").collect();
    let order = ["dns", "tcp", "proxy", "tls", "clock", "credentials", "identity", "model", "bucket"];
    assert_eq!(without_sources, order);
    for kind in ["provisioned-model", "imported-model"] {
        let arn = format!("arn:aws:bedrock:us-west-2:123456789012:{kind}/abcdefghijkl");
        let ran = run(emulate.client().args(["doctor", "--model", &arn]));
        let said = format!(
            "skipped model         Bedrock tells of base models whether they may be used, and {arn} is"
        );
        assert!(ran.code == 0 && ran.stdout.contains(&said), "{}{}", ran.stdout, ran.stderr);
    }
    for resource in ["foundation-modle/amazon.nova-lite-v1:0", "guardrail/abcdefghijkl"] {
        let arn = format!("arn:aws:bedrock:us-west-2:123456789012:{resource}");
        let ran = run(emulate.client().args(["doctor", "--model", &arn]));
        assert!(ran.code != 0 && ran.stdout.contains("failed  model"), "{arn}: {}{}", ran.stdout, ran.stderr);
    }
    let state = |wanted: &str| found.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
    for (name, expected) in
        [("dns", "ok"), ("tls", "skipped"), ("identity", "ok"), ("model", "skipped"), ("bucket", "ok")]
    {
        assert_eq!(state(name), expected, "{name}");
    }

    let wrong_clock = Emulate::start(&["--clock-skew", "7200"], &[]);
    let ran = run(wrong_clock.client().args(["doctor"]));
    assert!(ran.code == 3 && ran.stdout.contains("failed  clock"), "{}{}", ran.stdout, ran.stderr);

    let nobody = run(bedwire()
        .args(["doctor", "--region", "us-west-2", "--endpoint-url", "http://127.0.0.1:1"])
        .env("AWS_EC2_METADATA_DISABLED", "true"));
    assert_eq!(nobody.code, 6, "{}", nobody.stderr);
    assert!(
        nobody.stdout.contains("failed  tcp") && nobody.stdout.contains("failed  credentials"),
        "{}",
        nobody.stdout
    );
    assert!(nobody.stdout.contains("start the server at port 1 of this machine"), "{}", nobody.stdout);
}

#[test]
fn a_credential_process_that_hangs_takes_no_longer_than_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "[default]\ncredential_process = sleep 15\n").unwrap();
    let timed = |arguments: &[&str]| {
        let started = std::time::Instant::now();
        let mut command = bedwire();
        command.env("AWS_CONFIG_FILE", &config).env("AWS_EC2_METADATA_DISABLED", "true");
        command.args(["--timeout", "0.3", "--region", "us-west-2", "--endpoint-url", "http://127.0.0.1:1"]);
        let ran = run(command.args(arguments));
        assert!(started.elapsed().as_secs() < 12, "{:?}: {}{}", started.elapsed(), ran.stdout, ran.stderr);
        ran
    };
    let ran = timed(&["config"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("process: no answer within the 0.3 s of a call"), "{}", ran.stdout);
    let ran = timed(&["doctor"]);
    assert!(ran.stdout.contains("process: no answer within the 0.3 s of a call"), "{}", ran.stdout);
    assert!(ran.stdout.contains("failed  credentials"), "{}", ran.stdout);
}

/// A code of an MFA device works once, and so may a refresh token.
#[cfg(unix)]
#[test]
fn doctor_asks_each_source_once() {
    let folder = tempfile::tempdir().unwrap();
    let keys = r#"{"Version":1,"AccessKeyId":"AKIDEXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}"#;
    std::fs::write(folder.path().join("keys"), keys).unwrap();
    let emulate = Emulate::start(&[], &[]);
    for (command, expected) in [
        ("echo x >> ran; cat keys", "ok      identity"),
        (
            "echo x >> ran; echo no card >&2; exit 1",
            "failed  credentials   the credential_process of profile",
        ),
    ] {
        std::fs::write(folder.path().join("config"), format!("[default]\ncredential_process = {command}\n"))
            .unwrap();
        let mut doctor = bedwire();
        doctor.args(["doctor", "--region", "us-west-2", "--endpoint-url", &emulate.url]);
        let ran = run(doctor.current_dir(folder.path()).env("AWS_CONFIG_FILE", "config"));
        assert!(ran.stdout.contains(expected), "{}{}", ran.stdout, ran.stderr);
        let times = std::fs::read_to_string(folder.path().join("ran")).unwrap();
        assert_eq!(times, "x\n", "{}", ran.stdout);
        std::fs::remove_file(folder.path().join("ran")).unwrap();
    }
}

#[test]
fn a_policy_is_the_least() {
    let ran = run_with(&[
        "policy",
        "video",
        "--region",
        "us-west-2",
        "--model",
        "luma.ray-v2:0",
        "--bucket",
        "s3://demo/videos",
        "--account",
        "123456789012",
        "--output",
        "json",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let policy: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(policy["Version"], "2012-10-17");
    let text = policy.to_string();
    assert!(text.contains("arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0"), "{text}");
    assert!(text.contains("arn:aws:s3:::demo/videos/*") && !text.contains("ResponseStream"), "{text}");
    for arguments in [
        &["policy", "--region", "us-west-2"][..],
        &["policy", "invoke", "--region", "us-west-2"],
        &["policy", "video", "--region", "us-west-2", "--model", "luma.ray-v2:0"],
        &["policy", "models"],
        &["policy", "models", "--region", "us-west-2", "--account", "12"],
    ] {
        assert_eq!(run_with(arguments).code, 2, "{arguments:?}");
    }
    // Where nothing leaves this machine, a region need not be set.
    for option in [&["--offline"][..], &["--replay", "/nonexistent"]] {
        let ran = run_with(&[option, &["policy", "models"]].concat());
        assert_eq!(ran.code, 0, "{option:?}: {}", ran.stderr);
    }
}

#[test]
fn what_a_policy_is_for_is_allowed_by_it() {
    let allowed = |arguments: &[&str]| {
        let ran =
            run(bedwire().args(["--offline", "--region", "us-west-2", "--output", "json"]).args(arguments));
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        ran.stdout
    };
    // What is asked of Bedrock is what the policy names.
    let asked = allowed(&["--dry-run=json", "count-tokens", "claude-sonnet-4", "hi"]);
    let counted = allowed(&["policy", "count-tokens", "--model", "claude-sonnet-4"]);
    let base = "anthropic.claude-sonnet-4-20250514-v1";
    assert!(
        asked.contains(&format!("/model/{base}")) && counted.contains(&format!("foundation-model/{base}"))
    );
    assert!(!counted.contains("Condition"), "{counted}");
    assert!(allowed(&["policy", "guardrail"]).contains("bedrock:InvokeGuardrailChecks"));
    let profile = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abc";
    for (arguments, asks) in [
        (&["policy", "serve"][..], true),
        (&["policy", "invoke", "--tpm", "100"], true),
        (&["policy", "invoke"], false),
    ] {
        let policy = allowed(&[arguments, &["--model", profile]].concat());
        assert_eq!(policy.contains("bedrock:GetInferenceProfile"), asks, "{arguments:?}: {policy}");
    }
    // `POST /v1/messages/count_tokens`
    let served = allowed(&["policy", "serve", "--model", "claude-sonnet-4"]);
    let invoked = allowed(&["policy", "invoke", "--model", "claude-sonnet-4"]);
    assert!(served.contains("bedrock:CountTokens") && !invoked.contains("bedrock:CountTokens"), "{served}");
    let role = "arn:aws:iam::123456789012:role/batch";
    let job = ["policy", "batch-job", "--model", "claude-3-haiku", "--bucket", "demo", "--role-arn", role];
    let policy = allowed(&job);
    for part in
        ["bedrock:CreateModelInvocationJob", "bedrock:GetModelInvocationJob", "iam:PassRole", "s3:GetObject"]
    {
        assert!(policy.contains(part), "{part}: {policy}");
    }
    // What is late is told from what is denied: S3 answers 404 and not 403 to who may list.
    let waits = allowed(&["policy", "video", "--model", "luma.ray-v2:0", "--bucket", "demo"]);
    assert!(waits.contains("s3:ListBucket") && waits.contains("\"arn:aws:s3:::demo\""), "{waits}");
    for arguments in [
        &["policy", "batch", "--model", "claude-3-haiku", "--bucket", "demo"][..],
        &["policy", "models", "--role-arn", role],
        &["policy", "models", "--role-arn", "batch"],
        &job[..6],
        &job[..4],
    ] {
        let ran = run(bedwire().args(["--offline"]).args(arguments));
        assert!(ran.code == 2 && ran.stdout.is_empty(), "{arguments:?}: {}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn a_path_of_bytes_is_found_and_other_variables_of_bytes_are_refused_by_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join(OsStr::from_bytes(b"h\xe9"));
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    let config = "[default]\nregion = eu-west-1\naws_access_key_id = AKIAINHOME\naws_secret_access_key = S\n";
    std::fs::write(home.join(".aws/config"), config).unwrap();
    std::fs::write(home.join("ca.pem"), "").unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let with = |variables: &[(&str, &OsStr)]| {
        let mut command = bedwire();
        command.args(["config", "--output", "json"]).envs(variables.iter().copied());
        run(&mut command)
    };
    let file = home.join(".aws/config");
    let bundle = home.join("ca.pem");
    for variables in [
        &[("HOME", home.as_os_str())][..],
        &[("HOME", elsewhere.as_os_str()), ("AWS_CONFIG_FILE", file.as_os_str())],
        &[("HOME", home.as_os_str()), ("AWS_CA_BUNDLE", bundle.as_os_str())],
    ] {
        let ran = with(variables);
        assert_eq!(ran.code, 0, "{variables:?}: {}", ran.stderr);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            (&document["region"], &document["credentials"]["access_key_id"]),
            (&"eu-west-1".into(), &"****HOME".into())
        );
        let bundle = variables.iter().find(|(name, _)| *name == "AWS_CA_BUNDLE");
        assert_eq!(document["network"]["ca_bundle"].is_string(), bundle.is_some(), "{document}");
    }
    let bytes = OsStr::from_bytes(b"pr\xe9d");
    for name in [
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_MAX_ATTEMPTS",
        "AWS_USE_FIPS_ENDPOINT",
        "https_proxy",
        "NO_PROXY",
    ] {
        let ran = with(&[("HOME", home.as_os_str()), (name, bytes)]);
        let said = format!("the variable {name} is no UTF-8 text");
        assert!(
            ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(&said),
            "{name}: {}",
            ran.stderr
        );
    }
    // What an option says is not looked for in the variable.
    let mut command = bedwire();
    command.args(["config", "--region", "eu-west-2"]).env("HOME", &home).env("AWS_REGION", bytes);
    assert_eq!(run(&mut command).code, 0);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_BEARER_TOKEN_BEDROCK"] {
        for place in [&["--offline"][..], &["--endpoint-url", "http://127.0.0.1:9"]] {
            let mut command = bedwire();
            command
                .args(place)
                .args(["--dry-run", "converse", "x.y:1", "hi"])
                .env("HOME", &home)
                .env(name, bytes);
            let ran = run(&mut command);
            let said = format!("the variable {name} is no UTF-8 text");
            assert!(
                ran.code != 0 && ran.stdout.is_empty() && ran.stderr.contains(&said),
                "{name}: {}",
                ran.stderr
            );
        }
    }
}
