//! TLS by rustls on `ring`. Root certificates are loaded at the first handshake: that saves every start that needs no
//! TLS 5 ms, and lets the file run where no certificate store exists.

use super::super::network_settings::{CertificatePlaces, NetworkSettings};
use super::super::sourced::Sourced;
use super::certificate::{Names, shown};
use super::{bundle, crypto_provider, system_roots};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, OtherError, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A configuration whose roots come from where the settings say, else from the system, else from Mozilla; and the
/// verifier in it, which can say whom it trusted. `protocols` are offered by ALPN.
pub(super) fn config(
    settings: &NetworkSettings,
    protocols: &[&[u8]],
) -> Result<(ClientConfig, Arc<LazyRoots>), TlsError> {
    let provider = crypto_provider::of_a_client();
    let verifier = Arc::new(LazyRoots {
        algorithms: provider.signature_verification_algorithms,
        bundle: settings.ca_bundle.clone(),
        places: settings.certificates.clone(),
        loaded: Mutex::new(None),
        signed_by: Mutex::new(None),
    });
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        // "Dangerous" is the name of every verifier of one's own; this one only delays rustls's own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::<LazyRoots>::clone(&verifier))
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok((config, verifier))
}

/// Verifies as rustls's own verifier does, with roots that are loaded at the first handshake. That one can also read
/// lists of revoked certificates, of which there are none here: without it, nothing that reads them is in a program.
pub(super) struct LazyRoots {
    algorithms: WebPkiSupportedAlgorithms,
    bundle: Option<Sourced<PathBuf>>,
    /// Where there is no bundle.
    places: CertificatePlaces,
    /// A load that fails is not kept: a file that is mounted late is read at the next handshake.
    loaded: Mutex<Option<Arc<Loaded>>>,
    signed_by: Mutex<Option<String>>,
}

struct Loaded {
    roots: RootCertStore,
    /// Where the roots come from, for a message.
    origin: String,
}

impl fmt::Debug for LazyRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hundred certificates tell nobody anything.
        f.debug_struct("LazyRoots").field("bundle", &self.bundle).finish_non_exhaustive()
    }
}

impl LazyRoots {
    /// The root that signed the last certificate that was accepted, and where that root is from.
    pub(super) fn signed_by(&self) -> Option<String> {
        self.signed_by.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn loaded(&self) -> Result<Arc<Loaded>, TlsError> {
        let mut kept = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = &*kept {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(self.load().map_err(TlsError::General)?);
        *kept = Some(Arc::clone(&loaded));
        Ok(loaded)
    }

    fn load(&self) -> Result<Loaded, String> {
        let Some(Sourced { value: path, source }) = &self.bundle else {
            let (roots, origin) = match system_roots::read(&self.places.or_of_process()) {
                Some(found) => from_places(found?)?,
                None => from_system()?,
            };
            return Ok(Loaded { roots, origin });
        };
        let roots = from_bundle(path).map_err(|problem| format!("{source} {}: {problem}", path.display()))?;
        let path = path.display();
        Ok(Loaded { roots, origin: format!("{path} ({source})") })
    }

    fn verify(
        &self,
        roots: &RootCertStore,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), TlsError> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let algorithms = self.algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
        verify_server_name(&certificate, server_name)
    }

    fn note_signer(&self, loaded: &Loaded, certificates: &mut dyn Iterator<Item = &CertificateDer<'_>>) {
        let root = certificates.filter_map(|certificate| Names::read(certificate)).find_map(|names| {
            loaded.roots.roots.iter().any(|root| &*root.subject == names.issuer).then(|| shown(names.issuer))
        });
        let signer = root.map(|root| format!("{root}, in {}", loaded.origin));
        *self.signed_by.lock().unwrap_or_else(PoisonError::into_inner) = signer;
    }
}

fn from_bundle(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in bundle::read(path)? {
        roots.add(certificate).map_err(|e| format!("has a certificate that cannot be used ({e})"))?;
    }
    Ok(roots)
}

/// Among the many of a folder, one that cannot be used is passed over.
fn from_places(
    (certificates, origin): (Vec<CertificateDer<'static>>, String),
) -> Result<(RootCertStore, String), String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        Err(format!("there is no certificate that can be used in {origin}"))
    } else {
        Ok((roots, origin))
    }
}

/// The system's, else Mozilla's where they are compiled in.
fn from_system() -> Result<(RootCertStore, String), String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut origin = "the system's certificate store";
    #[cfg(feature = "bundled-roots")]
    if roots.is_empty() {
        roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
        origin = "Mozilla's root certificates in this program, as this system has no certificate store";
    }
    if roots.is_empty() {
        origin = "this system has no certificate store; name a PEM file as ca_bundle or by AWS_CA_BUNDLE";
        return Err(origin.to_owned());
    }
    Ok((roots, origin.to_owned()))
}

/// A certificate that is not accepted: which, why, and what to do.
#[derive(Debug)]
struct NotAccepted(String);

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAccepted {}

impl NotAccepted {
    fn new(error: &CertificateError, certificate: &[u8], origin: &str) -> Self {
        let named = Names::read(certificate).map_or_else(
            || "the certificate".to_owned(),
            |names| {
                let (subject, issuer) = (shown(names.subject), shown(names.issuer));
                format!("the certificate of {subject:?}, issued by {issuer:?},")
            },
        );
        Self(match error {
            CertificateError::UnknownIssuer => format!(
                "{named} is signed by no certificate in {origin} (UnknownIssuer); if a proxy or a private CA signs here, \
                 name that CA's PEM file as ca_bundle or by AWS_CA_BUNDLE"
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
                "{named} is not accepted: {error}; either the server must renew it, or this machine's clock is wrong"
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("{named} is not accepted: {error}; is this machine's clock right?")
            }
            CertificateError::Other(OtherError(why)) if why.to_string() == "CaUsedAsEndEntity" => format!(
                "{named} is one of a CA, which may sign for a server, but not be its own; let it sign one for the server, \
                 or make it with basicConstraints=CA:FALSE"
            ),
            CertificateError::Other(OtherError(why)) => format!("{named} is not accepted: {why}"),
            other => format!("{named} is not accepted: {other}"),
        })
    }
}

impl ServerCertVerifier for LazyRoots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let loaded = self.loaded()?;
        let verified = self.verify(&loaded.roots, end_entity, intermediates, server_name, now);
        verified.map_err(|e| match e {
            TlsError::InvalidCertificate(why) => {
                let refused = NotAccepted::new(&why, end_entity, &loaded.origin);
                TlsError::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))))
            }
            other => other,
        })?;
        self.note_signer(&loaded, &mut std::iter::once(end_entity).chain(intermediates));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
