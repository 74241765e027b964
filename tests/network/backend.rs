//! An emulator behind TLS.

use super::{Authority, Running};
use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError, serve};
use std::sync::Arc;
use tokio::net::TcpStream;

/// An emulator behind TLS, which answers AssumeRoleWithWebIdentity too.
pub(crate) struct Backend {
    host: String,
    tls: Running,
    _plain: Running,
}

impl Backend {
    pub(crate) fn start(authority: &Authority, host: &str) -> Self {
        let plain =
            Running::start(|listener| serve(listener, Arc::new(WithRoles::new()), std::future::pending()));
        let (acceptor, port) = (authority.acceptor(host, &[]), plain.port);
        let tls = Running::start(move |listener| async move {
            loop {
                let (outer, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that does not trust the certificate goes away here.
                    let Ok(mut outer) = acceptor.accept(outer).await else { return };
                    let mut inner = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
                });
            }
        });
        Self { host: host.to_owned(), tls, _plain: plain }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.target())
    }

    /// `localhost:8443`, as a proxy is asked for it.
    pub(crate) fn target(&self) -> String {
        format!("{}:{}", self.host, self.tls.port)
    }
}

/// The emulator, and the one call of STS that gives out credentials for a token.
struct WithRoles(Emulator);

impl WithRoles {
    fn new() -> Self {
        let credentials = |token: Option<&str>, key: &str| {
            let secret = bedwire::emulator::EXAMPLE_KEY_PAIR.1;
            aws_credential_types::Credentials::new(key, secret, token.map(Into::into), None, "test")
        };
        let credentials = vec![credentials(None, "AKIDEXAMPLE"), credentials(Some("TOKEN"), "ASIAEXAMPLE")];
        Self(Emulator::new(EmulatorOptions { credentials, ..EmulatorOptions::default() }))
    }
}

impl Transport for WithRoles {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect(1 << 20).await?;
            if !String::from_utf8_lossy(&body).contains("Action=AssumeRoleWithWebIdentity") {
                return self.0.send(http::Request::from_parts(parts, Body::Whole(body))).await;
            }
            let secret = bedwire::emulator::EXAMPLE_KEY_PAIR.1;
            let document = format!(
                "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
                 <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>\
                 <SessionToken>TOKEN</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>\
                 </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
            );
            Ok(http::Response::new(Body::Whole(document.into())))
        })
    }
}
