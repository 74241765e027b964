//! No secret, token, key or Authorization value appears in Debug output, errors, `-vv` logs or recorded fixtures.
#![cfg(feature = "cli")]

mod command;

use aws_credential_types::Credentials;
use bedwire::client::credentials::Routes;
use bedwire::client::settings::{Environment, Overrides, Settings};
use bedwire::protocol::auth::{ApiKey, Auth};
use bedwire::protocol::endpoint::{EndpointOptions, SigningScope};
use bedwire::protocol::sigv4::sign;
use command::{Emulate, Ran, run};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

const KEY: &str = "AKIDSECRETSTEST";
const SECRET: &str = "sEcReT/aCcEsS+kEy";
const TOKEN: &str = "sEsSiOnToKeN//////////wEaCXVz";
const API_KEY: &str = "bedrock-api-key-sEcReT";

fn assert_clean(what: &str, text: &str) {
    for secret in [SECRET, TOKEN, API_KEY] {
        assert!(!text.contains(secret), "{what} shows {secret}:\n{text}");
    }
    // A signature alone opens nothing after five minutes, but what is logged or recorded has none all the same.
    let shown = text.lines().filter(|line| line.to_ascii_lowercase().contains("authorization: "));
    for line in shown {
        assert!(line.ends_with("Signature=<redacted>"), "{what} shows an authorization: {line}");
    }
}

#[test]
fn debug_output_shows_none() {
    let credentials = Credentials::new(KEY, SECRET, Some(TOKEN.into()), None, "test");
    let auth = Auth::SigV4(credentials.clone());
    let request = http::Request::post("https://bedrock-runtime.us-west-2.amazonaws.com/async-invoke")
        .body(bytes::Bytes::from_static(b"{}"))
        .unwrap();
    let scope = SigningScope::new("us-west-2", "bedrock");
    let signed = sign(request.clone(), &auth, &scope, SystemTime::now()).unwrap();
    let bearer = Auth::Bearer(ApiKey::new(API_KEY));
    let with_key = sign(request, &bearer, &scope, SystemTime::now()).unwrap();
    let variables = [
        ("AWS_ACCESS_KEY_ID", KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", TOKEN),
        ("HOME", "/h"),
    ];
    let file = format!(
        "[default]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\naws_session_token={TOKEN}\n"
    );
    let environment = Environment::given(variables, [("/h/.aws/credentials", file.as_str())]);
    let overrides = Overrides {
        proxy: Some(format!("http://user:{TOKEN}@proxy.example.com")),
        endpoint_urls: vec![(None, format!("http://user:{API_KEY}@h"))],
        ..Overrides::default()
    };
    let settings =
        Settings::load(environment.clone(), Overrides { proxy: None, ..overrides.clone() }).unwrap();
    let endpoint = EndpointOptions::at(format!("http://user:{API_KEY}@h"));
    for (what, text) in [
        ("EndpointOptions", format!("{endpoint:?}")),
        ("Auth", format!("{auth:?} {bearer:?}")),
        ("SignedRequest", format!("{signed:?} {with_key:?}")),
        ("Environment", format!("{environment:?}")),
        ("Overrides", format!("{overrides:?}")),
        (
            "Settings",
            format!("{settings:?} {:?}", settings.credentials(Routes::network(settings.network()).unwrap())),
        ),
        (
            "Client",
            format!(
                "{:?}",
                bedwire::Client::builder().region("us-west-2").auth(credentials).build().unwrap()
            ),
        ),
        ("explain", bedwire::protocol::explain::as_text(&signed)),
    ] {
        assert_clean(what, &text);
        assert!(!text.contains("Signature=") || text.contains("redacted"), "{what}: {text}");
    }
}

#[test]
fn a_malformed_file_is_not_quoted() {
    let file = format!("[default]\naws_secret_access_key {SECRET}\n");
    let environment = Environment::given([("HOME", "/h")], [("/h/.aws/credentials", file.as_str())]);
    let error = Settings::load(environment, Overrides::default()).unwrap_err();
    assert_clean("the error", &format!("{error} {error:?}"));
    assert!(error.to_string().contains("line 2"), "{error}");
}

#[test]
fn what_is_refused_is_not_quoted_where_it_may_be_a_secret() {
    let url = format!("https://h:99999/k?X-Amz-Security-Token={TOKEN}");
    let header = format!("x-api-key {API_KEY}");
    let in_option = format!("ftp://bob:{API_KEY}@h");
    let in_variable = format!("bob:{API_KEY}/?x@h.example");
    let container = format!("http://u:{API_KEY}@127.0.0.1:1/x y");
    let instance = format!("http://u:{API_KEY}@127.0.0.1:1");
    let of_instance =
        [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.as_str())];
    let no_address = format!("http://999.9.9.9/k?X-Amz-Security-Token={TOKEN}");
    let with_user = format!("http://bob:{API_KEY}@127.0.0.1:1/k");
    let keys = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    let unused: &[(&str, &str)] = &[];
    for (environment, arguments, word) in [
        (unused, &["--offline", "request", "GET", &url][..], "https://h:99999/k"),
        (
            unused,
            &["--offline", "request", "GET", "/x", "-H", "a: b", "-H", &header],
            "-H number 2 has no ':'",
        ),
        (unused, &["--endpoint-url", &in_option, "request", "GET", "/x"], "@h"),
        (&[("AWS_ENDPOINT_URL", &in_variable)], &["--dry-run", "request", "GET", "/x"], "@h.example"),
        (&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container)], &["request", "GET", "/x"], "is no URL"),
        (&of_instance, &["request", "GET", "/x"], "@127.0.0.1:1 does not answer"),
        (&keys, &["request", "GET", &no_address], "http://999.9.9.9/k"),
        (&keys, &["request", "-vv", "GET", &with_user], "user name or password"),
    ] {
        for output in ["text", "json"] {
            let mut command = command::bedwire();
            command.env("AWS_REGION", "us-west-2").envs(environment.iter().copied());
            let ran = run(command.args(["--output", output]).args(arguments));
            assert!(ran.code != 0 && ran.stderr.contains(word), "{arguments:?}: {}", ran.stderr);
            assert_clean("the refusal", &format!("{}{}", ran.stdout, ran.stderr));
        }
    }
}

#[test]
fn logs_errors_and_recordings_show_none() {
    let keys = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", TOKEN)];
    let emulate = Emulate::start(&["--throttle-first", "1"], &keys);
    let folder = tempfile::tempdir().unwrap();
    let recordings = folder.path().join("recordings");
    let call = |secret: &str, arguments: &[&str]| -> Ran {
        let mut client = emulate.client();
        client.envs(keys).env("AWS_SECRET_ACCESS_KEY", secret).arg("-vv").arg("--record").arg(&recordings);
        run(client.args(arguments))
    };
    let body = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#;
    let invoke = ["invoke", "anthropic.claude-3-haiku-20240307-v1:0", "--body", body];
    let ran = call(SECRET, &invoke);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("429 ThrottlingException") && ran.stderr.contains("Canonical request"),
        "{}",
        ran.stderr
    );
    assert_clean("-vv", &format!("{}{}", ran.stdout, ran.stderr));

    // Whatever is a secret elsewhere is none of an explanation's business, either.
    let others = ["request", "GET", "/x?api_key=hIdDeN1&X-Amz-Security-Token=hIdDeN2&plain=shown"];
    let headers = ["-H", "x-api-key: hIdDeN3", "-H", "cookie: hIdDeN4"];
    let ran = call(SECRET, &[&others[..], &headers].concat());
    assert!(ran.stderr.contains("plain=shown") && !ran.stderr.contains("hIdDeN"), "{}", ran.stderr);

    // The message of a refused signature quotes the canonical request, which has the token in it.
    for output in ["text", "json"] {
        let ran = call("another secret", &[&["--output", output], &invoke[..]].concat());
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains("String-to-Sign"), "{}", ran.stderr);
        assert_clean("the refusal", &format!("{}{}", ran.stdout, ran.stderr));
    }

    // A prompt that quotes what signs it: the request shows it, since it is what was written; the recording does not.
    let body = format!(r#"{{"inputText":"who may see {SECRET} and {TOKEN}?"}}"#);
    let ran = call(SECRET, &["invoke", "amazon.titan-text-express-v1", "--body", &body]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    let mut files = 0;
    walk(&recordings, &mut |path| {
        files += 1;
        let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        assert_clean(&path.display().to_string(), &text);
        assert!(!text.to_ascii_lowercase().contains("authorization: aws4"), "{}: {text}", path.display());
    });
    assert!(files > 4, "{files} files were recorded");
}

fn walk(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}
