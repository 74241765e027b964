//! The network as people really have it: a TLS server with a private CA, and forward proxies (an HTTP one with a
//! password, a SOCKS one, and tinyproxy where it is installed), on loopback. Everything through the `bedwire` command.
#![cfg(feature = "cli")]

mod command;
mod network;

use bedwire::client::Timeouts;
use bedwire::client::settings::{NetworkSettings, Sourced};
use bedwire::emulator::{Emulator, EmulatorOptions, example_credentials};
use bedwire::protocol::auth::ApiKey;
use bedwire::protocol::endpoint::SigningScope;
use bedwire::protocol::operation::bedrock_runtime::ListAsyncInvokes;
use bedwire::protocol::outcome::WireFailure;
use bedwire::protocol::retry::{AttemptOutcome, RetryPolicy};
use bedwire::transport::proxy::{Proxies, Proxy};
use bedwire::transport::reqwest::Network;
use bedwire::transport::serve;
use bedwire::{Client, Error, ErrorKind};
use bytes::Bytes;
use command::{Ran, bedwire, run};
use network::{Authority, Backend, HttpProxy, Running, SocksProxy};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// A Bedrock and an STS behind TLS by one private CA.
struct Setup {
    authority: Authority,
    bedrock: Backend,
    sts: Backend,
}

impl Setup {
    fn new() -> Self {
        Self::named("localhost")
    }

    /// With a name that only a proxy of these tests takes for this machine's.
    fn behind_a_proxy() -> Self {
        Self::named("bedwire.test")
    }

    fn named(host: &str) -> Self {
        let authority = Authority::new("Bedwire Test CA");
        let bedrock = Backend::start(&authority, host);
        let sts = Backend::start(&authority, host);
        Self { authority, bedrock, sts }
    }

    /// A command that is to reach both, without any certificate or proxy yet.
    fn command(&self) -> Command {
        let mut command = bedwire();
        command.env("AWS_REGION", "us-west-2").env("AWS_MAX_ATTEMPTS", "1").args(["--timeout", "60"]);
        command.env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", self.bedrock.url());
        command.env("AWS_ENDPOINT_URL_STS", self.sts.url());
        command
    }

    fn with_keys(&self) -> Command {
        let mut command = self.command();
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        command.env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        command
    }

    /// Credentials come from STS, so that both a credential call and a data call are made.
    fn with_web_identity(&self) -> Command {
        let mut command = self.command();
        let token = self.authority.folder().join("token");
        std::fs::write(&token, "a.b.c").unwrap();
        command.env("AWS_WEB_IDENTITY_TOKEN_FILE", token);
        command.env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/demo");
        command
    }

    fn trusted(&self, mut command: Command) -> Command {
        command.env("AWS_CA_BUNDLE", self.authority.pem());
        command
    }
}

fn listed(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("asyncInvokeSummaries"), "{}", ran.stdout);
}

const LIST: [&str; 4] = ["--output", "json", "async", "list"];

#[test]
fn with_the_ca_it_works() {
    let setup = Setup::new();
    listed(&run(setup.trusted(setup.with_keys()).args(LIST)));
    let pem = setup.authority.pem();
    let option = ["--ca-bundle", pem.to_str().unwrap()];
    listed(&run(setup.with_keys().args(option).args(LIST)));
}

#[test]
fn without_the_ca_the_error_names_the_certificate_and_the_option() {
    let setup = Setup::new();
    let ran = run(setup.with_keys().args(LIST));
    assert_eq!(ran.code, 6, "{}", ran.stdout);
    for word in ["localhost", "Bedwire Test CA", "UnknownIssuer", "ca_bundle", "AWS_CA_BUNDLE"] {
        assert!(ran.stderr.contains(word), "no {word} in {}", ran.stderr);
    }
    let other = Authority::new("Another CA");
    let ran = run(setup.with_keys().env("AWS_CA_BUNDLE", other.pem()).args(LIST));
    assert!(ran.stderr.contains(other.pem().to_str().unwrap()), "{}", ran.stderr);
    let by_address = setup.bedrock.url().replace("localhost", "127.0.0.1");
    let ran = run(setup.trusted(setup.with_keys()).args(["--endpoint-url", &by_address]).args(LIST));
    assert!(ran.stderr.contains("not valid for name"), "{}", ran.stderr);
    let ran = run(setup.with_keys().args(["--ca-bundle", "/nonexistent/ca.pem"]).args(LIST));
    assert!(ran.stderr.contains(": --ca-bundle /nonexistent/ca.pem: cannot be read"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("unexpected"), "{}", ran.stderr);
}

#[test]
fn the_systems_certificates_are_where_the_variables_say_and_nowhere_else() {
    let setup = Setup::new();
    let other = Authority::new("Another CA");
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(setup.authority.pem(), folder.path().join("corp.pem")).unwrap();
    std::fs::write(folder.path().join("README"), "none here").unwrap();
    let (with_ca, empty) = (folder.path().to_owned(), tempfile::tempdir().unwrap());
    let (other, nowhere) = (other.pem(), folder.path().join("nowhere"));
    let both = std::env::join_paths([empty.path(), &with_ca]).unwrap();
    let set = |variables: &[(&str, &std::ffi::OsStr)]| {
        run(setup.with_keys().envs(variables.iter().copied()).args(LIST))
    };
    let (file, dir) = ("SSL_CERT_FILE", "SSL_CERT_DIR");
    let pem = setup.authority.pem();
    for variables in [
        &[(file, pem.as_os_str())][..],
        &[(dir, with_ca.as_os_str())],
        &[(dir, both.as_os_str())],
        &[(file, other.as_os_str()), (dir, with_ca.as_os_str())],
        &[(file, pem.as_os_str()), (dir, nowhere.as_os_str())],
        &[("AWS_CA_BUNDLE", pem.as_os_str()), (file, nowhere.as_os_str())],
    ] {
        listed(&set(variables));
    }
    for (variables, said) in [
        (&[(file, other.as_os_str())][..], "(SSL_CERT_FILE) (UnknownIssuer)"),
        (&[(file, nowhere.as_os_str())], "SSL_CERT_FILE /"),
        (&[(dir, empty.path().as_os_str())], "has no file with certificates"),
        (&[(dir, nowhere.as_os_str())], "SSL_CERT_DIR /"),
        (&[(file, other.as_os_str()), (dir, nowhere.as_os_str())], "(SSL_CERT_DIR, which cannot be read"),
    ] {
        let ran = set(variables);
        assert!(ran.code == 6 && ran.stderr.contains(said), "{said}: {}", ran.stderr);
        assert!(!ran.stderr.contains("Mozilla") && !ran.stderr.contains("the system's"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn certificates_that_come_late_are_read_when_they_are_there() {
    let setup = Setup::new();
    let late = setup.authority.folder().join("late.pem");
    let ca_bundle = Some(Sourced::new(late.clone(), "the test"));
    let client = client(&setup.bedrock.url(), &NetworkSettings { ca_bundle, ..NetworkSettings::default() });
    let list = ListAsyncInvokes::default();
    let error = client.list_async_invokes(&list).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Network, 1), "{error}");
    std::fs::copy(setup.authority.pem(), &late).unwrap();
    client.list_async_invokes(&list).await.unwrap();
}

#[test]
fn nothing_of_a_certificate_file_that_is_none_is_shown() {
    let setup = Setup::new();
    let certificate = std::fs::read_to_string(setup.authority.pem()).unwrap();
    let key = "-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----\n";
    let on_one_line = format!("{certificate}{key}").replace('\n', " ");
    let cut = format!("{certificate}-----BEGIN SECRET KEY-----\nSECRET");
    for (text, problem) in [
        (on_one_line.as_str(), "are the line ends lost"),
        (&cut, "a BEGIN line has no END line"),
        ("-----BEGIN SECRET KEY\n", "does not end with -----"),
        ("-----BEGIN CERTIFICATE-----\n!SECRET!\n-----END CERTIFICATE-----\n", "no base64"),
    ] {
        let path = setup.authority.folder().join("bundle.pem");
        std::fs::write(&path, text).unwrap();
        let ran = run(setup.with_keys().env("AWS_CA_BUNDLE", &path).args(LIST));
        let shown = ran.stdout + &ran.stderr;
        assert!(shown.contains("AWS_CA_BUNDLE") && shown.contains("is no PEM file"), "{shown}");
        assert!(shown.contains(problem) && !shown.contains("SECRET") && !shown.contains("83, 69"), "{shown}");
    }
}

#[test]
fn a_ca_that_is_its_own_server_is_told_in_words() {
    let (setup, authority) = (Setup::new(), Authority::new("Its Own CA"));
    let acceptor = authority.acceptor_of_its_own();
    let server = Running::start(|listener| async move {
        loop {
            let _ = acceptor.accept(listener.accept().await.unwrap().0).await;
        }
    });
    let url = format!("https://localhost:{}", server.port);
    let mut command = setup.with_keys();
    let ran = run(command.env("AWS_CA_BUNDLE", authority.pem()).args(["--endpoint-url", &url]).args(LIST));
    assert!(ran.stderr.contains("Its Own CA") && ran.stderr.contains("CA:FALSE"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("OtherError"), "{}", ran.stderr);
}

fn client(url: &str, settings: &NetworkSettings) -> Client {
    Client::builder()
        .region("us-west-2")
        .auth(example_credentials())
        .endpoint_url(None, url)
        .transport(Network::new(settings).unwrap())
        .retry_policy(RetryPolicy { max_attempts: Some(2), ..RetryPolicy::default() })
        .build()
        .unwrap()
}

/// A call in each way that TLS is made, directly or through a proxy, which trusts this authority alone and fails.
async fn failures(url: &str, trusted: &Authority, proxy: &HttpProxy) -> Vec<Error> {
    let proxied =
        Proxies::from_variables(Some(Proxy::new(&proxy.url(""), "the test").unwrap()), &|_| Ok(None));
    let mut ways = Vec::new();
    for proxies in [Proxies::default(), proxied.unwrap()] {
        let ca_bundle = Some(Sourced::new(trusted.pem(), "the test"));
        let settings = NetworkSettings { ca_bundle, proxies, ..NetworkSettings::default() };
        ways.push(settings.clone());
        #[cfg(feature = "native-tls")]
        ways.push(NetworkSettings { native_tls: true, ..settings });
    }
    let mut failures = Vec::new();
    for settings in ways {
        failures
            .push(client(url, &settings).list_async_invokes(&ListAsyncInvokes::default()).await.unwrap_err());
    }
    failures
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_not_asked_for_again() {
    let (setup, proxy) = (Setup::new(), HttpProxy::start(None));
    let other = Authority::new("Another CA");
    for error in failures(&setup.bedrock.url(), &other, &proxy).await {
        let text = error.to_string();
        assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Network, 1), "{text}");
        let target = setup.bedrock.target();
        assert!(text.contains(&format!("no TLS with {target}")) && text.contains("ca_bundle"), "{text}");
        assert!(!text.contains("NotAccepted") && !text.contains("--max-attempts"), "{text}");
    }
    assert!(!proxy.targets().is_empty());
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_handshake_is_made_again() {
    let server = Running::start(|listener| async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    let (authority, proxy) = (Authority::new("Bedwire Test CA"), HttpProxy::start(None));
    let url = format!("https://localhost:{}", server.port);
    for error in failures(&url, &authority, &proxy).await {
        assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Network, 2), "{error}");
        let failed = &error.attempts()[0].outcome;
        assert!(!matches!(failed, AttemptOutcome::Failed { failure: WireFailure::Tls, .. }), "{error}");
    }
}

#[test]
fn data_and_credential_calls_go_through_the_proxy() {
    let setup = Setup::behind_a_proxy();
    let proxy = HttpProxy::start(Some("user:pa%ss"));
    let url = proxy.url("user:pa%25ss@");
    let mut command = setup.trusted(setup.with_web_identity());
    listed(&run(command.env("HTTPS_PROXY", &url).args(LIST)));
    assert_eq!(proxy.targets(), [setup.sts.target(), setup.bedrock.target()]);

    // A proxy for the given option, on the way to this machine, too; and none for the hosts of NO_PROXY.
    let setup = Setup::new();
    let mut direct = setup.trusted(setup.with_keys());
    listed(&run(direct.args(["--proxy", &url]).env("NO_PROXY", "localhost").args(LIST)));
    assert_eq!(proxy.targets().len(), 2);
    listed(&run(setup.trusted(setup.with_keys()).args(["--proxy", &url]).args(LIST)));
    assert_eq!(proxy.targets().len(), 3);
}

#[test]
fn a_proxy_of_variables_is_not_asked_for_this_machine() {
    let (setup, proxy) = (Setup::new(), HttpProxy::start(None));
    for variable in ["HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        listed(&run(setup.trusted(setup.with_web_identity()).env(variable, proxy.url("")).args(LIST)));
    }
    assert!(proxy.targets().is_empty(), "{:?}", proxy.targets());
}

#[test]
fn an_api_key_does_not_leave_this_machine_in_plain_http_through_a_proxy() {
    let options = EmulatorOptions { api_keys: vec![ApiKey::new("SECRETKEY")], ..EmulatorOptions::default() };
    let emulator = Arc::new(Emulator::new(options));
    let here = Running::start(move |listener| serve(listener, emulator, std::future::pending()));
    let elsewhere = "http://proxy.invalid:3128";
    let url = format!("http://localhost:{}", here.port);
    let with_key = |endpoint: &str| {
        let mut command = bedwire();
        command.env("AWS_REGION", "us-west-2").env("AWS_BEARER_TOKEN_BEDROCK", "SECRETKEY");
        command.args(["--max-attempts", "1", "--endpoint-url", endpoint]).args(LIST);
        command
    };
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        listed(&run(with_key(&url).env(variable, elsewhere)));
    }
    let ran = run(with_key(&url).args(["--proxy", elsewhere]));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    for word in ["nothing was sent", "API key", "proxy.invalid:3128 (--proxy)", "NO_PROXY"] {
        assert!(ran.stderr.contains(word), "no {word} in {}", ran.stderr);
    }
    listed(&run(with_key(&url).args(["--proxy", elsewhere]).env("NO_PROXY", "localhost")));
    // Nobody is at the endpoint: what answers is the proxy, which is this machine's own.
    listed(&run(with_key("http://localhost:1").args(["--proxy", &url])));
}

#[test]
fn a_token_that_buys_credentials_stays_off_plain_http() {
    let setup = Setup::new();
    for url in ["http://mock.invalid:8080", "http://10.0.0.1"] {
        let mut command = setup.with_web_identity();
        let ran = run(command.env("AWS_ENDPOINT_URL_STS", url).args(["--max-attempts", "1"]).args(LIST));
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        let said = "a token that gives credentials may not go over plain HTTP; use https";
        assert!(ran.stderr.contains("nothing was sent") && ran.stderr.contains(said), "{}", ran.stderr);
    }
}

#[test]
fn a_token_that_buys_credentials_is_shown_to_no_proxy_elsewhere() {
    let setup = Setup::new();
    let mut command = setup.with_web_identity();
    command.env("AWS_ENDPOINT_URL_STS", "http://localhost:1");
    let ran = run(command.args(["--proxy", "http://proxy.invalid:3128"]).args(LIST));
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    for word in ["nothing was sent", "a token that gives credentials", "proxy.invalid:3128 (--proxy)"] {
        assert!(ran.stderr.contains(word), "no {word} in {}", ran.stderr);
    }
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let setup = Setup::new();
    let proxy = HttpProxy::start(Some("user:right"));
    for url in [proxy.url("user:HIDDEN@"), "http://user:HIDDEN@127.0.0.1:1".to_owned()] {
        let ran = run(setup.trusted(setup.with_keys()).args(["--proxy", &url]).args(LIST));
        assert_eq!(ran.code, 6, "{}", ran.stdout);
        assert!(ran.stderr.contains("the proxy http://***@127.0.0.1"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("HIDDEN"), "{}", ran.stderr);
    }
    let ran = run(setup.with_keys().env("HTTPS_PROXY", "ftp://user:HIDDEN@h").args(LIST));
    assert!(
        ran.code == 2 && ran.stderr.contains("HTTPS_PROXY") && !ran.stderr.contains("HIDDEN"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_proxy_that_wants_another_password_is_asked_once() {
    let (setup, proxy) = (Setup::new(), HttpProxy::start(Some("user:right")));
    for (user, problem) in
        [("", "the proxy wants a user name and password"), ("user:wrong@", "does not accept the user name")]
    {
        for url in ["https://bedwire.test", "http://bedwire.test"] {
            let before = proxy.targets().len();
            let mut command = setup.with_keys();
            command.args(["--max-attempts", "3", "--endpoint-url", url, "--proxy", &proxy.url(user)]);
            let ran = run(command.args(LIST));
            assert_eq!(ran.code, 6, "{}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains(problem), "no {problem} in {}", ran.stderr);
            assert!(
                !ran.stderr.contains("--max-attempts") && !ran.stderr.contains("wrong"),
                "{}",
                ran.stderr
            );
            assert_eq!(proxy.targets().len() - before, 1, "{url}");
        }
    }
}

#[test]
fn a_socks_proxy_that_wants_another_password_is_asked_once() {
    let (setup, proxy) = (Setup::behind_a_proxy(), SocksProxy::that_accepts_no_password());
    for (user, problem, asked) in [
        ("", "the proxy wants a user name and password", "none"),
        ("user:wrong@", "does not accept the user name", "wrong"),
    ] {
        let before = proxy.targets().len();
        let ran =
            run(setup.with_keys().args(["--max-attempts", "3", "--proxy", &proxy.url(user)]).args(LIST));
        assert_eq!(ran.code, 6, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(problem) && !ran.stderr.contains("--max-attempts"), "{}", ran.stderr);
        assert_eq!(proxy.targets()[before..], [asked]);
    }
}

/// No other route, no other record and no data call is a reason to send it again.
#[test]
fn a_proxy_that_wants_another_password_is_asked_once_whatever_calls() {
    let (setup, proxy) = (Setup::new(), HttpProxy::start(Some("user:right")));
    let folder = tempfile::tempdir().unwrap();
    let records: String =
        (0..20).map(|id| format!("{{\"id\":\"{id}\",\"body\":{{\"messages\":[]}}}}\n")).collect();
    std::fs::write(folder.path().join("in.jsonl"), records).unwrap();
    let model = "amazon.nova-lite-v1:0";
    let routes = ["--fallback", "us-east-1=amazon.nova-lite-v1:0", "--fallback", "amazon.nova-micro-v1:0"];
    let converse = [&["converse", model, "hi"], &routes[..]].concat();
    // A name, whose list is asked for first.
    let named = ["converse", "claude-sonnet-latest", "hi"];
    let batch = ["batch", model, "--input", "in.jsonl", "--output", "out.jsonl", "--concurrency", "1"];
    for (command, words) in [
        (setup.with_keys(), &converse[..]),
        (setup.with_keys(), &batch[..]),
        (setup.with_keys(), &named[..]),
        (setup.with_web_identity(), &converse[..]),
    ] {
        let (mut command, before) = (command, proxy.targets().len());
        let ran =
            run(command.current_dir(folder.path()).args(["--proxy", &proxy.url("u:wrong@")]).args(words));
        assert_eq!(ran.code, 6, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("does not accept the user name"), "{}", ran.stderr);
        assert_eq!(proxy.targets().len() - before, 1, "{words:?}: {}", ran.stderr);
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("out.jsonl")).unwrap(), "");
}

#[test]
fn what_a_proxy_does_not_do_is_told_as_its() {
    let (setup, proxy) = (Setup::new(), HttpProxy::start(None));
    let ran = run(setup
        .with_keys()
        .args(["--endpoint-url", "https://forbidden.test", "--proxy", &proxy.url("")])
        .args(LIST));
    let place = "no connection to forbidden.test through the proxy http://127.0.0.1";
    assert!(ran.stderr.contains(place) && ran.stderr.contains("refuses to connect to it"), "{}", ran.stderr);

    // Its own certificate is not trusted: the service was never asked.
    let by_tls = setup.sts.url();
    let endpoint = ["--endpoint-url", "https://bedwire.test", "--max-attempts", "3", "--proxy", &by_tls];
    let ran = run(setup.with_keys().args(endpoint).args(LIST));
    assert!(ran.stderr.contains(&format!("no TLS with the proxy {by_tls} (--proxy)")), "{}", ran.stderr);
    assert!(!ran.stderr.contains("given up"), "{}", ran.stderr);
    let ran = run(setup.with_keys().args(endpoint).arg("doctor"));
    assert!(ran.stdout.contains("failed  proxy") && !ran.stdout.contains("tls  no TLS"), "{}", ran.stdout);
}

#[test]
fn a_socks_proxy_works() {
    let setup = Setup::behind_a_proxy();
    let proxy = SocksProxy::start();
    listed(&run(setup.trusted(setup.with_keys()).env("ALL_PROXY", proxy.url("")).args(LIST)));
    assert_eq!(proxy.targets(), [setup.bedrock.target()]);
}

#[test]
fn tinyproxy_works() {
    let Some(proxy) = network::Tinyproxy::start() else { return };
    let setup = Setup::new();
    let mut command = setup.trusted(setup.with_web_identity());
    listed(&run(command.args(["--proxy", &proxy.url()]).args(LIST)));
    let log = proxy.log();
    for target in [setup.sts.target(), setup.bedrock.target()] {
        assert!(log.contains(&target), "no {target} in {log}");
    }
}

#[test]
fn doctor_says_which_root_signed_and_where_it_fails() {
    let setup = Setup::new();
    let ran = run(setup.trusted(setup.with_keys()).args(["doctor", "--output", "json"]));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let state = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["check"] == name).unwrap().clone()
    };
    for name in ["dns", "tcp", "tls", "clock", "credentials", "identity"] {
        assert_eq!(state(name)["state"], "ok", "{}", state(name));
    }
    let tls = state("tls")["detail"].as_str().unwrap().to_owned();
    assert!(tls.contains("Bedwire Test CA") && tls.contains("AWS_CA_BUNDLE"), "{tls}");
    let ran = run(setup.with_keys().arg("doctor"));
    assert!(ran.code == 6 && ran.stdout.contains("failed  tls"), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("ok      tcp") && ran.stdout.contains("ca_bundle"), "{}", ran.stdout);
}

#[test]
fn doctor_says_who_looks_names_up() {
    let (setup, proxy) = (Setup::new(), SocksProxy::start());
    for (url, told) in [
        (proxy.url(""), "127.0.0.1 (the proxy; it looks up the service's name itself)"),
        (proxy.url("").replace("socks5h", "socks5"), "127.0.0.1 (the proxy), localhost is 127.0.0.1, ::1"),
    ] {
        let ran = run(setup.trusted(setup.with_keys()).args(["--proxy", &url, "doctor"]));
        assert!(ran.code == 0 && ran.stdout.contains(told), "{}{}", ran.stdout, ran.stderr);
    }
    let of_the_service =
        |target: &String| target.ends_with(setup.bedrock.target().trim_start_matches("localhost"));
    assert!(proxy.targets().iter().any(|target| of_the_service(target) && target.starts_with("127.0.0.1")));
}

#[test]
fn doctor_speaks_of_no_tls_where_there_is_none() {
    let server = Running::start(|listener| async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    let setup = Setup::new();
    let url = format!("http://localhost:{}", server.port);
    let ran = run(setup.with_keys().args(["--endpoint-url", &url, "doctor"]));
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    for line in ["skipped tls", "failed  answer"] {
        assert!(ran.stdout.contains(line), "no {line} in {}", ran.stdout);
    }
}

#[tokio::test]
async fn what_would_go_out_as_another_url_than_was_signed_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = Client::builder()
        .region("us-west-2")
        .auth(example_credentials())
        .transport(Network::new(&NetworkSettings::default()).unwrap())
        .timeouts(Timeouts::of_call(Duration::from_secs(5)))
        .build()
        .unwrap();
    for target in ["/a/%2E%2E/b", "/a/../b", "/a{}", "/a?q='"] {
        let request = http::Request::get(format!("{url}{target}")).body(Bytes::new()).unwrap();
        let scope = SigningScope::new("us-west-2", "bedrock");
        let error = client.request(request, scope, true).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::InvalidInput, 1), "{target}: {error}");
        let said = format!("nothing was sent: {target:?} would go out as");
        assert!(error.message().contains(&said), "{target}: {error}");
        assert!(listener.accept().is_err(), "{target}: there was a connection");
    }
}
