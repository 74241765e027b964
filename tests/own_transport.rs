//! A client over an HTTP client of one's own, as the example has it: with the feature `client-core` there is no other.
#![cfg(feature = "client-core")]

mod support;

#[allow(dead_code)] // it is a program
#[path = "../examples/own_transport.rs"]
mod example;

use bedwire::client::ClientBuilder;
use bedwire::client::settings::{Environment, Overrides, Settings};
use bedwire::protocol::outcome::WireFailure;
use bedwire::protocol::retry::{AttemptOutcome, RetryPolicy};
use bedwire::protocol::sigv4::verify::Verifier;
use bedwire::{Client, ErrorKind};
use bytes::Bytes;
use example::Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const MODEL: &str = "anthropic.claude-3-5-sonnet-20241022-v2:0";

type Seen = Arc<Mutex<Vec<http::Request<Bytes>>>>;

/// Gives each connection an answer, in turn, and keeps what was asked. It closes the port after the last one.
async fn server<const N: usize>(answers: [String; N]) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let asked = Arc::clone(&seen);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let request = read(&mut stream).await;
            asked.lock().unwrap().push(request);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, seen)
}

async fn read(stream: &mut TcpStream) -> http::Request<Bytes> {
    let mut text = Vec::new();
    loop {
        stream.read_buf(&mut text).await.unwrap();
        let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(text[..end].to_vec()).unwrap();
        let mut lines = head.split("\r\n");
        let line: Vec<&str> = lines.next().unwrap().split(' ').collect();
        let mut request = http::Request::builder().method(line[0]).uri(line[1]);
        let mut length = 0;
        for (name, value) in lines.map(|line| line.split_once(": ").unwrap()) {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse().unwrap();
            }
            request = request.header(name, value);
        }
        while text.len() < end + 4 + length {
            stream.read_buf(&mut text).await.unwrap();
        }
        return request.body(Bytes::copy_from_slice(&text[end + 4..])).unwrap();
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn builder(url: &str) -> ClientBuilder {
    Client::builder()
        .region("us-west-2")
        .auth(support::credentials())
        .endpoint_url(None, url)
        .transport(Hyper::new(HttpConnector::new()))
        .retry_policy(RetryPolicy { max_attempts: Some(2), ..RetryPolicy::default() })
}

#[tokio::test]
async fn what_is_signed_is_what_arrives() {
    let (url, seen) = server([ok(r#"{"done":true}"#)]).await;
    let answer = builder(&url).build().unwrap().invoke_model(MODEL, r#"{"a": 1}"#).await.unwrap();
    assert_eq!(answer.body().text(), r#"{"done":true}"#);
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri().path(), "/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke");
    assert_eq!(&seen[0].body()[..], br#"{"a": 1}"#);
    let verifier = Verifier {
        now: SystemTime::now(),
        credentials: &|_| Some(support::credentials()),
        region: Some("us-west-2"),
        services: &["bedrock"],
    };
    verifier.verify(&seen[0]).unwrap();
}

#[tokio::test]
async fn a_body_that_is_cut_is_asked_for_again_and_a_closed_port_twice() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"do".to_owned();
    let (url, seen) = server([cut, ok("{}")]).await;
    let client = builder(&url).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    assert_eq!(seen.lock().unwrap().len(), 2);
    let error = client.invoke_model(MODEL, "{}").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts().len()), (ErrorKind::Network, 2), "{error}");
    let outcome = &error.attempts()[0].outcome;
    assert!(
        matches!(outcome, AttemptOutcome::Failed { failure: WireFailure::Connect, .. }),
        "{error}: {outcome:?}"
    );
}

#[tokio::test]
async fn credentials_are_asked_for_over_it_too() {
    let keys =
        r#"{"AccessKeyId":"ASIAOWN","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00Z"}"#;
    let (url, seen) = server([ok(keys), ok("{}")]).await;
    let container = format!("{url}/keys");
    let variables = [("AWS_REGION", "us-west-2"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &*container)];
    let settings = Settings::load(Environment::given(variables, []), Overrides::default()).unwrap();
    let client = ClientBuilder::from_settings(&settings).unwrap();
    let client = client.endpoint_url(None, &url).transport(Hyper::new(HttpConnector::new())).build().unwrap();
    client.invoke_model(MODEL, "{}").await.unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].uri().path(), "/keys");
    let authorization = seen[1].headers()["authorization"].to_str().unwrap();
    assert!(authorization.contains("Credential=ASIAOWN/"), "{authorization}");
}
