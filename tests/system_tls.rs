//! The system's own TLS, beside rustls or without it.
#![cfg(feature = "native-tls")]

mod network;

use bedwire::client::settings::{NetworkSettings, Sourced};
use bedwire::transport::reqwest::Network;
use bedwire::transport::{Body, Transport as _, TransportError};
use network::{Authority, Running};
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Answers every request over TLS with the same line.
fn server(authority: &Authority) -> Running {
    let acceptor = authority.acceptor("localhost", &[]);
    Running::start(move |listener| async move {
        loop {
            let (outer, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate goes away here.
            let Ok(mut stream) = acceptor.accept(outer).await else { continue };
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
            let _ = stream.shutdown().await;
        }
    })
}

fn settings(ca_bundle: &Path) -> NetworkSettings {
    let ca_bundle = Some(Sourced::new(ca_bundle.to_owned(), "the test"));
    NetworkSettings { native_tls: true, ca_bundle, ..NetworkSettings::default() }
}

async fn ask(server: &Running, settings: &NetworkSettings) -> Result<Body, TransportError> {
    let request = http::Request::get(format!("https://localhost:{}/", server.port));
    let network = Network::new(settings).unwrap();
    Ok(network.send(request.body(Body::empty()).unwrap()).await?.into_body())
}

#[tokio::test]
async fn a_ca_of_ones_own_is_trusted_and_no_other() {
    let (authority, other) = (Authority::new("Bedwire Test CA"), Authority::new("Another CA"));
    let server = server(&authority);
    let body = ask(&server, &settings(&authority.pem())).await.unwrap();
    assert_eq!(&body.collect(100).await.unwrap()[..], b"hi");
    let error = ask(&server, &settings(&other.pem())).await.unwrap_err().to_string();
    assert!(error.starts_with("no TLS with localhost") && error.contains("AWS_CA_BUNDLE"), "{error}");
}

#[test]
fn a_bundle_that_is_of_no_use_is_named_with_what_is_wrong_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    for (content, problem) in [
        (None, "cannot be read"),
        (Some(""), "has no certificate"),
        (Some("-----BEGIN CERTIFICATE-----\nAAAA\n"), "is no PEM file"),
        (
            Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "has a certificate that cannot be used",
        ),
    ] {
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let error = Network::new(&settings(&path)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("the test {}: {problem}", path.display())), "{error}");
        assert!(!error.contains("builder error"), "{error}");
    }
}

/// Trusting nobody would only fail later, and not say why.
#[test]
fn places_without_a_certificate_that_can_be_used_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let mut settings = NetworkSettings { native_tls: true, ..NetworkSettings::default() };
    settings.certificates.folders = vec![folder.path().to_owned()];
    let error = Network::new(&settings).unwrap_err().to_string();
    assert!(error.starts_with("there is no certificate that can be used in "), "{error}");
    assert!(error.contains("SSL_CERT_DIR"), "{error}");
}

#[test]
fn it_is_the_choice_where_there_is_no_other() {
    let is_alone = cfg!(not(feature = "client"));
    assert_eq!(NetworkSettings::default().native_tls, is_alone);
    let rustls = Network::new(&NetworkSettings { native_tls: false, ..NetworkSettings::default() });
    assert_eq!(rustls.is_err(), is_alone);
    if let Err(refused) = rustls {
        assert!(refused.to_string().contains("the feature client"), "{refused}");
    }
}
