//! HTTP/2, where it is asked for: the host travels as `:authority` and is signed as `host`; a server that knows only
//! HTTP/1.1 gets that.

mod network;

use aws_credential_types::Credentials;
use bedwire::Client;
use bedwire::client::settings::{NetworkSettings, Sourced};
use bedwire::emulator::{EXAMPLE_KEY_PAIR, example_credentials};
use bedwire::protocol::operation::bedrock_runtime::ListAsyncInvokes;
use bedwire::protocol::sigv4::verify::Verifier;
use bedwire::transport::reqwest::Network;
use bytes::Bytes;
use network::{Authority, Backend, Running};
use std::sync::mpsc;
use std::time::SystemTime;

fn client(authority: &Authority, url: &str) -> Client {
    let ca_bundle = Some(Sourced::new(authority.pem(), "the test"));
    let settings = NetworkSettings { ca_bundle, http2: true, ..NetworkSettings::default() };
    Client::builder()
        .region("us-west-2")
        .auth(example_credentials())
        .endpoint_url(None, url)
        .transport(Network::new(&settings).unwrap())
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_host_is_the_authority_and_the_signature_holds() {
    let authority = Authority::new("Bedwire Test CA");
    let acceptor = authority.acceptor("localhost", &[b"h2"]);
    let (seen, requests) = mpsc::channel();
    let server = Running::start(move |listener| async move {
        let (outer, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(acceptor.accept(outer).await.unwrap()).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            seen.send(request.map(|_| ())).unwrap();
            let answer = http::Response::new(());
            let mut body = respond.send_response(answer, false).unwrap();
            body.send_data(Bytes::from_static(b"{\"asyncInvokeSummaries\":[]}"), true).unwrap();
        }
    });
    let url = format!("https://localhost:{}", server.port);
    client(&authority, &url).list_async_invokes(&ListAsyncInvokes::default()).await.unwrap();

    let mut request = requests.recv().unwrap();
    assert_eq!(request.version(), http::Version::HTTP_2);
    assert!(!request.headers().contains_key("host"));
    let host = request.uri().authority().unwrap().to_string();
    assert_eq!(host, format!("localhost:{}", server.port));
    request.headers_mut().insert("host", host.parse().unwrap());
    let (key, secret) = EXAMPLE_KEY_PAIR;
    let credentials = |asked: &str| (asked == key).then(|| Credentials::new(key, secret, None, None, "test"));
    let now = SystemTime::now();
    let verifier =
        Verifier { now, credentials: &credentials, region: Some("us-west-2"), services: &["bedrock"] };
    verifier.verify(&request.map(|()| Bytes::new())).unwrap();
}

#[tokio::test]
async fn a_server_of_http_1_gets_http_1() {
    let authority = Authority::new("Bedwire Test CA");
    let backend = Backend::start(&authority, "localhost");
    let client = client(&authority, &backend.url());
    client.list_async_invokes(&ListAsyncInvokes::default()).await.unwrap();
}
