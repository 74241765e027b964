//! The command with credentials that must be asked for: over real sockets, with no secret in what it shows.
#![cfg(feature = "cli")]

mod command;
mod credential_calls;

use bedwire::transport::{Body, BoxFuture, Transport, TransportError, serve};
use command::{bedwire, run};
use credential_calls::Aws;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn a_role_is_assumed_over_the_network() {
    // The test's own Aws answers STS and a container on a socket.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let aws = Aws::default();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(serve(listener, Arc::new(aws.clone()), std::future::pending()));
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".aws")).unwrap();
    fs::write(
        home.path().join(".aws/config"),
        "[profile role]\nrole_arn=arn:aws:iam::1:role/R\ncredential_source=EcsContainer\n\
         [profile loop]\nrole_arn=arn:aws:iam::1:role/R\nsource_profile=loop\n",
    )
    .unwrap();
    let command = |profile: &str| {
        let mut command = bedwire();
        command
            .env("HOME", home.path())
            // A proxy that answers nobody.
            .env("HTTP_PROXY", "http://127.0.0.1:9")
            .env("NO_PROXY", "127.0.0.1")
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/container"))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "SECRET-TOKEN")
            .env("AWS_ENDPOINT_URL_STS", &url)
            .args(["--region", "us-west-2", "--dry-run", "-vv", "--profile", profile, "async", "list"]);
        command
    };
    let ran = run(&mut command("role"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("Credential=ASIAR/"), "{}", ran.stdout);
    assert!(ran.stderr.contains("AssumeRole: attempt 1: 200"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("SECRET-TOKEN"), "{}", ran.stderr);
    assert_eq!(aws.uris().len(), 2, "{:?}", aws.uris());
    assert_eq!(aws.sent()[0].header("authorization"), Some("SECRET-TOKEN"));
    assert_eq!(aws.sent()[1].access_key(), Some("ASIACONTAINER"));

    // A metadata service is never asked through a proxy, whatever is said about it.
    let mut direct = bedwire();
    direct
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/container"))
        .args(["--region", "us-west-2", "--dry-run", "--proxy", "http://127.0.0.1:9", "async", "list"]);
    let ran = run(&mut direct);
    assert!(ran.stdout.contains("Credential=ASIACONTAINER/"), "{}", ran.stderr);
    direct
        .env_remove("AWS_CONTAINER_CREDENTIALS_FULL_URI")
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    let ran = run(&mut direct);
    assert!(ran.stdout.contains("Credential=ASIAIMDS/"), "{}", ran.stderr);

    let mut unreachable = command("role");
    let ran = run(unreachable.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"));
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert!(ran.stderr.contains("did not get its role"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("given up after 3 attempts; a higher limit allows more: --max-attempts N"),
        "{}",
        ran.stderr
    );
    let ran = run(unreachable.args(["--max-attempts", "2"]));
    assert!(ran.stderr.contains("given up after 2 attempts"), "{}", ran.stderr);

    let ran = run(&mut command("loop"));
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("go in a circle: loop → loop"), "{}", ran.stderr);
}

/// sha1("dev")
const TOKEN_FILE: &str = ".aws/sso/cache/34c6fceca75e456f25e7e99531e2425c6c1de443.json";

fn sso_token(access_token: &str, expires_at: &str, refresh_token: &str) -> String {
    format!(
        r#"{{"startUrl":"https://x","accessToken":"{access_token}","expiresAt":"{expires_at}","clientId":"c","clientSecret":"cs","registrationExpiresAt":"2099-01-01T00:00:00Z","refreshToken":"{refresh_token}"}}"#
    )
}

/// Another program refreshes the token while ours asks, and its refresh token can be used once.
struct Meanwhile(Aws, PathBuf);

impl Transport for Meanwhile {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        if request.uri().path() == "/token" {
            fs::write(&self.1, sso_token("of-another", "2098-01-01T00:00:00Z", "r9")).unwrap();
            let spent = Body::Whole(r#"{"error":"invalid_grant"}"#.into());
            return Box::pin(async { Ok(http::Response::builder().status(400).body(spent).unwrap()) });
        }
        self.0.send(request)
    }
}

#[test]
fn an_sso_token_is_refreshed_in_its_file_or_by_another_program() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let listen = |transport: Arc<dyn Transport>| {
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(serve(listener, transport, std::future::pending()));
        url
    };
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(TOKEN_FILE);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let config = "[default]\nsso_session=dev\nsso_account_id=1\nsso_role_name=R\n\
                  [sso-session dev]\nsso_region=eu-west-1\nsso_start_url=https://x\n";
    fs::write(home.path().join(".aws/config"), config).unwrap();
    let list = |url: &str| {
        run(bedwire()
            .env("HOME", home.path())
            .env("AWS_ENDPOINT_URL_SSO", url)
            .env("AWS_ENDPOINT_URL_SSO_OIDC", url)
            .args(["--region", "us-west-2", "--dry-run", "async", "list"]))
    };
    let expired = sso_token("old", "2020-01-01T00:00:00Z", "r");

    fs::write(&file, &expired).unwrap();
    let aws = Aws::default();
    let ran = list(&listen(Arc::new(aws.clone())));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(aws.sent()[1].header("x-amz-sso_bearer_token"), Some("fresh-token"));
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.contains(r#""accessToken":"fresh-token""#), "{written}");
    assert!(written.ends_with(r#""registrationExpiresAt":"2099-01-01T00:00:00Z","refreshToken":"next"}"#));
    assert_eq!(files_in(file.parent().unwrap()), 1);

    fs::write(&file, &expired).unwrap();
    let aws = Aws::default();
    let ran = list(&listen(Arc::new(Meanwhile(aws.clone(), file.clone()))));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(aws.sent()[0].header("x-amz-sso_bearer_token"), Some("of-another"));
    assert!(fs::read_to_string(&file).unwrap().contains(r#""refreshToken":"r9""#));
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}
