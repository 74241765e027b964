//! The cases of AWS's own SDK for Rust: where credentials come from, what is asked for them, and how profile files are
//! read. Every case runs, or is named with the reason why not.
#![cfg(feature = "client-core")]

mod credential_calls;
mod vectors;

use bedwire::client::Clock;
use bedwire::client::credentials::{EndpointMode, ProvideAuth, Routes, Wanted};
use bedwire::client::settings::{Environment, Overrides, Settings, SharedFiles};
use bedwire::protocol::auth::Auth;
use bedwire::protocol::endpoint::Service;
use bedwire::protocol::profile_file::{FileKind, ProfileFile, Section};
use bedwire::{Error, ErrorKind};
use credential_calls::{Aws, Sent};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What bedwire says where a directory's case fails, in its own words.
const OF_DIRECTORIES: [(&str, &str); 9] = [
    (
        "imds_default_chain_error",
        "instance metadata: http://169.254.169.254 says that the instance has no role",
    ),
    (
        "imds_no_iam_role",
        "credential_source = Ec2InstanceMetadata, which has no credentials: http://169.254.169.254 says that the instance has no role",
    ),
    (
        "profile_overrides_web_identity",
        "credential_source = Environment, which has no credentials: AWS_ACCESS_KEY_ID is not set",
    ),
    (
        "sso_no_token_file",
        "the SSO token file /home/.aws/sso/cache/dace00cba5f8355ec9d274ceb2bcebdfbeed0e12.json cannot be read: entity not found",
    ),
    (
        "web_identity_source_profile_no_env",
        "profile B has a web identity token file but no role to go with it",
    ),
    (
        "web_identity_token_invalid_jwt",
        "InvalidIdentityToken (400): No OpenIDConnect provider found in your account",
    ),
    ("credential_process_failure", "the credential_process of profile default failed with exit status: 1"),
    ("empty_config", "there is no profile \"default\" (from Overrides::profile)"),
    ("invalid_sso_credentials_config", "which gives a token and no credentials"),
];

/// What AWS's SDK says in its tables, and what bedwire says instead.
const OF_TABLES: [(&str, &str); 26] = [
    // Roles.
    ("profile must contain `source_profile`", "neither source_profile nor credential_source"),
    (
        "profile contained both source_profile and credential_source",
        "has both source_profile and credential_source",
    ),
    ("profile missing aws_secret_access_key", "but no aws_secret_access_key"),
    ("profile missing aws_access_key_id", "but no aws_access_key_id"),
    (
        "profile `B` did not contain credential information",
        "profile B, which profile A names as its source_profile, has no credentials",
    ),
    ("profile `A` did not contain credential information", "no credentials were found; "),
    (
        "could not find source profile B referenced from A",
        "profile A has source_profile = B, but there is no such profile",
    ),
    ("No profiles were defined", "in /h/.aws/config and /h/.aws/credentials; there are none"),
    ("profile formed an infinite loop", "the roles of the profiles go in a circle: A → B → A"),
    ("`role_arn` was missing", "has a web identity token file but no role to go with it"),
    ("if `sso_role_name` is set, then `sso_account_id` must also be set", "has no sso_account_id"),
    ("if `sso_account_id` is set, then `sso_role_name` must also be set", "has no sso_role_name"),
    ("`sso_region` can only be specified in the [sso-session]", "which gives a token and no credentials"),
    ("sso-session named `oops` (referenced by profile `A`) was not found", "there is no [sso-session oops]"),
    // Containers and instances.
    (
        "No environment variables were set to configure ECS provider",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set",
    ),
    ("URI did not specify a host", "has no host"),
    ("`error` is not a valid endpoint mode", "\"error\", which is no endpoint mode"),
    ("`IPv7` is not a valid endpoint mode", "\"IPv7\", which is no endpoint mode"),
    ("invalid uri character", "\"not a uri\", which is no URL"),
    // Profile files.
    ("Profile definition must end with ']'", "a section without its closing ']'"),
    ("Expected a profile definition", "before the first section"),
    ("Expected a property definition", "an indented line that goes on with nothing"),
    ("Property did not have a name", "a value without a name"),
    ("Expected an '=' sign defining a property", "neither a section nor 'name = value'"),
    ("Expected an '=' sign defining a sub-property", "that is not 'name = value'"),
    ("Sub-property did not have a name", "an indented value without a name"),
];

/// Checks that an error says in bedwire's words what the SDK says in its own.
fn check_error(case: &str, table: &[(&str, &str)], theirs: &str, error: &str) {
    let ours = table.iter().find(|(key, _)| theirs.contains(key)).map(|(_, ours)| *ours);
    let ours = ours.unwrap_or_else(|| panic!("{case}: no words of ours for {theirs:?}; there is: {error}"));
    assert!(error.contains(ours), "{case}: {ours:?} is not in: {error}");
}

/// Straight to stderr: what a passing test prints with println! is not shown.
fn report(what: &str, ran: usize, left_out: &[&str]) {
    let mut line = format!("credentials: {ran} cases of {what} ran");
    for reason in left_out {
        let _ = write!(line, "; left out: {reason}");
    }
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap())
        .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn texts(object: &Value) -> BTreeMap<String, String> {
    let pairs = object.as_object().into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn environment(variables: &BTreeMap<String, String>, files: &BTreeMap<String, String>) -> Environment {
    let borrow = |map: &'_ BTreeMap<String, String>| {
        map.iter().map(|(name, value)| (name.clone(), value.clone())).collect::<Vec<_>>()
    };
    let (variables, files) = (borrow(variables), borrow(files));
    Environment::given(
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        files.iter().map(|(name, value)| (name.as_str(), value.as_str())),
    )
}

/// The files below `fs`, by their absolute paths in the case.
fn files_below(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(root, &path, found);
        } else {
            let name = format!("/{}", path.strip_prefix(root).unwrap().display());
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// An exchange of a case: what must be sent, and what comes back.
struct Exchange {
    method: String,
    uri: String,
    headers: BTreeMap<String, String>,
    body: String,
    status: u16,
    answer: String,
}

fn exchanges(traffic: &Value) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for event in traffic["events"].as_array().unwrap() {
        let action = &event["action"];
        if let Some(request) = action["Request"].get("request") {
            let headers = request["headers"].as_object().unwrap().iter();
            exchanges.push(Exchange {
                method: request["method"].as_str().unwrap().to_owned(),
                uri: request["uri"].as_str().unwrap().to_owned(),
                headers: headers
                    .map(|(name, values)| (name.to_lowercase(), values[0].as_str().unwrap().to_owned()))
                    .collect(),
                body: String::new(),
                status: 0,
                answer: String::new(),
            });
        }
        let Some(last) = exchanges.last_mut() else { continue };
        if let Some(response) = action["Response"].get("response") {
            last.status = u16::try_from(response["Ok"]["status"].as_u64().unwrap()).unwrap();
        }
        if let Some(data) = action.get("Data") {
            let text = data["data"]["Utf8"].as_str().unwrap();
            let request = data["direction"] == "Request";
            if request { &mut last.body } else { &mut last.answer }.push_str(text);
        }
    }
    exchanges
}

/// What says nothing about the question: who asks, when, and a signature over other headers.
const PASSED_OVER: [&str; 5] =
    ["user-agent", "x-amz-user-agent", "content-length", "x-amz-date", "authorization"];

fn check_request(case: &str, expected: &Exchange, sent: &Sent) {
    let whole = |uri: &str| {
        let (url, query) = uri.split_once('?').unwrap_or((uri, ""));
        let mut query = bedwire::protocol::sigv4::query_pairs(query);
        query.sort();
        (url.trim_end_matches('/').to_owned(), query)
    };
    assert_eq!((&sent.method, whole(&sent.uri)), (&expected.method, whole(&expected.uri)), "{case}");
    // The answers of this recording were changed, and its requests were not.
    let changed = case == "web_identity_token_source_profile";
    for (name, value) in &expected.headers {
        if PASSED_OVER.contains(&name.as_str()) {
            continue;
        }
        let value = if changed && name == "x-amz-security-token" { "TESTSESSIONTOKEN" } else { value };
        assert_eq!(sent.header(name), Some(value), "{case}: {name}");
    }
    let signer = |text: Option<&str>| {
        let scope = text?.split_once("Credential=")?.1.split(',').next()?;
        // The date is the test's.
        let mut parts: Vec<String> = scope.split('/').map(str::to_owned).collect();
        parts.remove(1);
        if changed {
            parts.remove(0);
        }
        Some(parts)
    };
    if let Some(theirs) = expected.headers.get("authorization") {
        assert_eq!(signer(sent.header("authorization")), signer(Some(theirs)), "{case}");
    }
    let form = |text: &str| {
        let mut form: BTreeMap<String, String> =
            bedwire::protocol::sigv4::query_pairs(text).into_iter().collect();
        // It holds the time.
        if form.contains_key("RoleSessionName") {
            form.insert("RoleSessionName".into(), "any".into());
        }
        // The file ends with a line break, which is no part of a token.
        if let Some(token) = form.get_mut("WebIdentityToken") {
            *token = token.trim_end().to_owned();
        }
        if changed {
            if let Some(role) = form.get_mut("RoleArn") {
                *role = role.replace("134095065856", "123456789012");
            }
            form.remove("WebIdentityToken");
        }
        form
    };
    assert_eq!(form(&sent.body), form(&expected.body), "{case}");
}

fn check_credentials(case: &str, expected: &Value, auth: &Auth) {
    let Auth::SigV4(credentials) = auth else { panic!("{case}: {auth:?}") };
    let expiry = credentials.expiry().map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs());
    let found = serde_json::json!({
        "access_key_id": credentials.access_key_id(),
        "secret_access_key": credentials.secret_access_key(),
        "session_token": credentials.session_token(),
        "account_id": credentials.account_id().map(|id| id.as_str().to_owned()),
        "expiry": expiry,
    });
    for name in ["access_key_id", "secret_access_key", "session_token", "account_id", "expiry"] {
        assert_eq!(found[name], expected[name], "{case}: {name}");
    }
}

async fn run_directory(folder: &Path, provider_only: bool) {
    let case = folder.file_name().unwrap().to_str().unwrap();
    let mut variables = texts(&json(&folder.join("env.json")));
    if provider_only {
        // These ask the profile and nothing else.
        variables.insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
    }
    let mut files = BTreeMap::new();
    files_below(&folder.join("fs"), &folder.join("fs"), &mut files);
    let environment = environment(&variables, &files).with_shell();
    let expected = exchanges(&json(&folder.join("http-traffic.json")));
    let aws = Aws::scripted(expected.iter().map(|exchange| (exchange.status, exchange.answer.as_str())));
    let result = &json(&folder.join("test-case.json"))["result"];
    // Before what comes back expires.
    let expiry = result["Ok"]["expiry"].as_u64().unwrap_or(1_700_000_000);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(expiry - 3600);
    let overrides =
        Overrides { profile: provider_only.then(|| "default".to_owned()), ..Overrides::default() };
    let found: Result<Auth, Error> = async {
        let settings = Settings::load(environment, overrides)?;
        let chain = settings.credentials(Routes::over(aws.clone())).clock(Clock::given(move || now));
        chain.auth(Wanted::new(&Service::BedrockRuntime)).await
    }
    .await;
    match (found, result.get("Ok"), result["ErrorContains"].as_str()) {
        (Ok(auth), Some(expected), _) => check_credentials(case, expected, &auth),
        (Err(error), _, Some(_)) => {
            assert_eq!(error.kind(), ErrorKind::Credentials, "{case}: {error}");
            check_error(case, &OF_DIRECTORIES, case, &error.to_string());
        }
        (found, ..) => panic!("{case}: {found:?} is not {result}"),
    }
    let sent = aws.sent();
    assert_eq!(sent.len(), expected.len(), "{case}: {:?}", aws.uris());
    for (expected, sent) in expected.iter().zip(&sent) {
        check_request(case, expected, sent);
    }
}

async fn run_directories(name: &str, provider_only: bool, least: usize) {
    let Some(root) = vectors::find(&format!("credentials/{name}")) else { return };
    let mut folders: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.retain(|folder| folder.is_dir());
    for folder in &folders {
        run_directory(folder, provider_only).await;
    }
    assert!(folders.len() >= least, "{name}: {}", folders.len());
    report(name, folders.len(), &[]);
}

#[tokio::test(start_paused = true)]
async fn the_default_chain() {
    run_directories("default-credential-provider-chain", false, 15).await;
}

#[tokio::test(start_paused = true)]
async fn the_profile() {
    run_directories("profile-provider", true, 9).await;
}

/// The steps by which credentials were found, in the words of the table.
fn steps(expected: &[Value], sent: &[Sent]) -> Vec<Value> {
    let mut steps = Vec::new();
    let mut sent = sent.iter().peekable();
    if let Some(first) = expected.first().filter(|step| step.get("AccessKey").is_some()) {
        // An access key shows where it signs.
        let mut step = first.clone();
        step["AccessKey"]["access_key_id"] = sent.peek().unwrap().access_key().unwrap().into();
        steps.push(step);
    }
    while let Some(request) = sent.next() {
        if request.uri.ends_with("/latest/api/token") {
            sent.nth(1);
            steps.push(serde_json::json!({"NamedSource": "Ec2InstanceMetadata"}));
            continue;
        }
        let form = request.parameters();
        let mut step = serde_json::Map::new();
        let mut copy = |name: &str, parameter: &str| {
            if let Some(value) = form.get(parameter).filter(|value| !value.starts_with("bedwire-session-")) {
                step.insert(name.to_owned(), value.as_str().into());
            }
        };
        let kind = if request.uri.contains("/federation/credentials") {
            copy("sso_account_id", "account_id");
            copy("sso_role_name", "role_name");
            let region = request.uri.split('.').nth(2).unwrap();
            step.insert("sso_region".into(), region.into());
            assert_eq!(request.header("x-amz-sso_bearer_token"), Some("sso-token"));
            step.insert("sso_start_url".into(), "https://foo.bar".into());
            "Sso"
        } else {
            copy("role_arn", "RoleArn");
            copy("role_session_name", "RoleSessionName");
            copy("external_id", "ExternalId");
            if form["Action"] == "AssumeRoleWithWebIdentity" {
                assert_eq!((form["WebIdentityToken"].as_str(), request.access_key()), ("the-token", None));
                step.insert("web_identity_token_file".into(), "/var/token.jwt".into());
                "WebIdentityToken"
            } else {
                "AssumeRole"
            }
        };
        steps.push(serde_json::json!({ kind: step }));
    }
    steps
}

#[tokio::test(start_paused = true)]
async fn roles() {
    let Some(path) = vectors::find("credentials/assume-role-tests.json") else { return };
    let table = json(&path);
    let (mut ran, mut left_out) = (0, Vec::new());
    for case in table.as_array().unwrap() {
        let docs = case["docs"].as_str().unwrap();
        let input = &case["input"];
        let mut config = String::new();
        let mut sections = |prefix: &str, sections: &Value| {
            for (name, properties) in sections.as_object().into_iter().flatten() {
                let _ = writeln!(config, "[{prefix} {name}]");
                for (property, value) in texts(properties) {
                    let _ = writeln!(config, "{property} = {value}");
                }
            }
        };
        sections("profile", &input["profiles"]);
        sections("sso-session", &input["sso_sessions"]);
        let token = r#"{"accessToken":"sso-token","expiresAt":"2026-01-03T00:00:00Z"}"#;
        // sha1("https://foo.bar"), as `aws sso login` names its file.
        let cache = "/h/.aws/sso/cache/7c459196c60f9c8b83244ac9c88b673bfec5eece.json".to_owned();
        let files = BTreeMap::from([
            ("/h/.aws/config".to_owned(), config),
            ("/var/token.jwt".to_owned(), "the-token\n".to_owned()),
            (cache, token.to_owned()),
        ]);
        let chain = case["output"]["ProfileChain"].as_array();
        let on_ec2 = chain.is_some_and(|chain| chain[0].get("NamedSource").is_some());
        let variables = BTreeMap::from([
            ("HOME".to_owned(), "/h".to_owned()),
            ("AWS_REGION".to_owned(), "us-east-1".to_owned()),
            ("AWS_PROFILE".to_owned(), input["selected_profile"].as_str().unwrap().to_owned()),
            ("AWS_EC2_METADATA_DISABLED".to_owned(), (!on_ec2).to_string()),
        ]);
        let aws = Aws::default();
        let found = credential_calls::find(environment(&variables, &files), None, &aws).await;
        if docs == "SSO token profile selected" {
            // It ends in a token; bedwire reads credentials, and says so.
            let error = found.unwrap_err().to_string();
            assert!(error.contains("which gives a token and no credentials"), "{error}");
            left_out.push(
                "\"SSO token profile selected\", which ends in a token and no credentials (an error here)",
            );
            continue;
        }
        match (found, chain, case["output"]["Error"].as_str()) {
            (Ok(_), Some(expected), _) => assert_eq!(&steps(expected, &aws.sent()), expected, "{docs}"),
            (Err(error), _, Some(expected)) => check_error(docs, &OF_TABLES, expected, &error.to_string()),
            (found, ..) => panic!("{docs}: {found:?} is not {}", case["output"]),
        }
        // What assumes a role is what the step before gave.
        let roles: Vec<Sent> = aws.sent().into_iter().filter(|sent| !sent.body.is_empty()).collect();
        for pair in roles.windows(2) {
            let before = pair[0].parameters()["RoleArn"].rsplit('/').next().unwrap().to_owned();
            assert_eq!(pair[1].access_key(), Some(format!("ASIA{before}").as_str()), "{docs}");
        }
        ran += 1;
    }
    assert!(ran >= 27, "{ran}");
    report("roles", ran, &left_out);
}

#[tokio::test(start_paused = true)]
async fn containers() {
    let Some(path) = vectors::find("credentials/ecs-tests.json") else { return };
    let table = json(&path);
    let cases = table["tests"].as_array().unwrap();
    for case in cases {
        let docs = case["docs"].as_str().unwrap();
        let mut variables = texts(&case["env"]);
        variables.insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
        let aws = Aws::default();
        let found = credential_calls::find(environment(&variables, &BTreeMap::new()), None, &aws).await;
        match (found, case["result"]["Ok"].as_str(), case["result"]["ErrorContains"].as_str()) {
            (Ok(_), Some(expected), _) => assert_eq!(aws.uris(), [expected], "{docs}"),
            (Err(error), _, Some(expected)) => check_error(docs, &OF_TABLES, expected, &error.to_string()),
            (found, ..) => panic!("{docs}: {found:?} is not {}", case["result"]),
        }
    }
    assert!(cases.len() >= 11, "{}", cases.len());
    report("containers", cases.len(), &[]);
}

#[tokio::test(start_paused = true)]
async fn instances() {
    let Some(path) = vectors::find("credentials/imds-config/imds-endpoint-tests.json") else { return };
    let table = json(&path);
    let cases = table["tests"].as_array().unwrap();
    for case in cases {
        let docs = case["docs"].as_str().unwrap();
        let aws = Aws::default();
        let environment = environment(&texts(&case["env"]), &texts(&case["fs"]));
        let mut chain = credential_calls::chain(environment, None, &aws).unwrap();
        if let Some(url) = case["endpoint_override"].as_str() {
            chain = chain.imds_endpoint(url);
        }
        if let Some(mode) = case["mode_override"].as_str() {
            chain = chain.imds_endpoint_mode(if mode == "IPv6" {
                EndpointMode::IPv6
            } else {
                EndpointMode::IPv4
            });
        }
        let found = chain.auth(Wanted::new(&Service::S3)).await;
        match (found, case["result"]["Ok"].as_str(), case["result"]["Err"].as_str()) {
            (Ok(_), Some(expected), _) => assert_eq!(aws.uris()[0], expected, "{docs}"),
            (Err(error), _, Some(expected)) => check_error(docs, &OF_TABLES, expected, &error.to_string()),
            (found, ..) => panic!("{docs}: {found:?} is not {}", case["result"]),
        }
    }
    assert!(cases.len() >= 14, "{}", cases.len());
    report("instances", cases.len(), &[]);
}

#[test]
fn profile_files() {
    let Some(path) = vectors::find("credentials/profile-files/profile-parser-tests.json") else { return };
    let table = json(&path);
    let cases = table["tests"].as_array().unwrap();
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let parse = |file: &str, kind| ProfileFile::parse(case["input"][file].as_str().unwrap_or(""), kind);
        let both = parse("configFile", FileKind::Config).and_then(|mut file| {
            file.merge(parse("credentialsFile", FileKind::Credentials)?);
            Ok(file)
        });
        let output = &case["output"];
        match (both, output["errorContaining"].as_str()) {
            (Err(error), Some(expected)) => check_error(name, &OF_TABLES, expected, &error.to_string()),
            (Ok(file), None) => {
                let expected = |sections: &Value| -> BTreeMap<String, BTreeMap<String, String>> {
                    let sections = sections.as_object().into_iter().flatten();
                    sections.map(|(name, properties)| (name.clone(), texts(properties))).collect()
                };
                let properties = |section: &Section| -> BTreeMap<String, String> {
                    section.properties().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
                };
                let profiles: BTreeMap<_, _> = file
                    .names()
                    .map(|name| (name.to_owned(), properties(file.profile(name).unwrap())))
                    .collect();
                assert_eq!(profiles, expected(&output["config"]["profiles"]), "{name}");
                let sessions: BTreeMap<_, _> = file
                    .sso_session_names()
                    .map(|name| (name.to_owned(), properties(file.sso_session(name).unwrap())))
                    .collect();
                assert_eq!(sessions, expected(&output["config"]["sso_sessions"]), "{name}");
            }
            (both, _) => panic!("{name}: {both:?} is not {output}"),
        }
    }
    assert!(cases.len() >= 65, "{}", cases.len());
    report("profile files", cases.len(), &[]);
}

#[test]
fn where_profile_files_are() {
    let Some(path) = vectors::find("credentials/profile-files/file-location-tests.json") else { return };
    let table = json(&path);
    let cases = table["tests"].as_array().unwrap();
    let (here, elsewhere): (Vec<&Value>, Vec<&Value>) =
        cases.iter().partition(|case| case["platform"] == "linux");
    for case in &here {
        let files = SharedFiles::load(&environment(&texts(&case["environment"]), &BTreeMap::new())).unwrap();
        let (config, credentials) = (case["configLocation"].as_str(), case["credentialsLocation"].as_str());
        assert_eq!(files.places(), format!("{} and {}", config.unwrap(), credentials.unwrap()), "{case}");
    }
    let reason = format!("{} of Windows, whose paths have other slashes", elsewhere.len());
    report("file locations", here.len(), &[&reason]);
}
