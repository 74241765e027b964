//! Servers for tests of the network: TLS by a private CA in front of an emulator, and forward proxies. Each runs on a
//! thread of its own until it is dropped.
#![allow(dead_code)] // each test file uses its own part

mod proxy;

#[allow(unused_imports)]
pub(crate) use proxy::{HttpProxy, SocksProxy, Tinyproxy};

use bedwire::emulator::{Emulator, EmulatorOptions};
use bedwire::transport::{Body, BoxFuture, Transport, TransportError, serve};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A server on a thread of its own.
pub(crate) struct Running {
    pub(crate) port: u16,
    _stop: oneshot::Sender<()>,
}

impl Running {
    /// Serves on a free port of loopback until it is dropped.
    pub(crate) fn start<F: Future<Output = ()>>(
        serve: impl FnOnce(TcpListener) -> F + Send + 'static,
    ) -> Self {
        let (started, port) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                started.send(listener.local_addr().unwrap().port()).unwrap();
                tokio::select! { () = serve(listener) => {}, _ = stopped => {} }
            });
        });
        Self { port: port.recv().unwrap(), _stop: stop }
    }
}

/// A certificate authority of one's own.
pub(crate) struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { folder, issuer: Issuer::new(parameters, key) }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn pem(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Speaks TLS for this host, and these protocols where any are given.
    pub(crate) fn acceptor(&self, host: &str, protocols: &[&[u8]]) -> TlsAcceptor {
        let mut parameters = CertificateParams::new([host.to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, host);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

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
