//! The command with credentials that must be asked for: over real sockets, with no secret in what it shows.
#![cfg(feature = "cli")]

mod command;
mod credential_calls;

use bedwire::transport::serve;
use command::{bedwire, run};
use credential_calls::Aws;
use std::fs;
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
    assert!(ran.stderr.contains("given up after 3 attempts; --max-attempts allows more"), "{}", ran.stderr);
    let ran = run(unreachable.args(["--max-attempts", "2"]));
    assert!(ran.stderr.contains("given up after 2 attempts"), "{}", ran.stderr);

    let ran = run(&mut command("loop"));
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("go in a circle: loop → loop"), "{}", ran.stderr);
}
