//! What the network transport is told.

use super::proxy::Proxies;
use super::sourced::Sourced;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Proxies, certificates and connections. Nothing here is read from the process: [`crate::client::settings`] is what
/// reads variables. One exception: where neither `ca_bundle` nor `certificates` is given, the system's certificates are
/// where `SSL_CERT_FILE` and `SSL_CERT_DIR` say to every program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSettings {
    /// A PEM file that takes the place of the system's certificates, and the option or variable that named it.
    pub ca_bundle: Option<Sourced<PathBuf>>,
    /// Where no `ca_bundle` is given: what takes the place of the system's certificates.
    pub certificates: CertificatePlaces,
    /// Which requests go through which proxy: none where nothing is said.
    pub proxies: Proxies,
    /// Never through a proxy, whatever `proxies` says: for the metadata services of an instance or a container, which
    /// answer on the machine's own link.
    pub direct: bool,
    /// Until a connection stands, TLS included: 10 s. First byte, idle and total time are the client's
    /// ([`crate::client::Timeouts`]).
    pub connect_timeout: Duration,
    /// Silence after which TCP asks whether the other end is still there: 60 s. NAT gateways and VPC endpoints forget a
    /// connection after 350 s, while a model may think for longer.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>
    pub tcp_keepalive: Duration,
    /// How long an unused connection is kept: 50 s. Load balancers close theirs after 60 s, and a request must not run
    /// into a closing one.
    pub pool_idle_timeout: Duration,
    /// How many unused connections are kept for one host: 128. Each holds about 20 KB; more calls at once than that open
    /// new ones.
    pub pool_idle_connections: usize,
    /// Whether HTTP/2 is offered in the TLS handshake; HTTP/1.1 is the default, and what a server gets that knows no
    /// other.
    #[cfg(feature = "http2")]
    pub http2: bool,
    /// Whether TLS is the operating system's own (OpenSSL, SChannel, Secure Transport) instead of rustls on `ring`:
    /// the way to validated cryptography (FIPS 140) where the system's is. By default it is where the feature `client`,
    /// which brings rustls, is not enabled. Another crate of the same program may enable it: say `true`
    /// ([`ClientBuilder::network`](crate::client::ClientBuilder::network)) where it must be the system's.
    /// Certificates that are named here are then read when the network is made, not at the first handshake.
    #[cfg(feature = "native-tls")]
    pub native_tls: bool,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            ca_bundle: None,
            certificates: CertificatePlaces::default(),
            proxies: Proxies::default(),
            direct: false,
            connect_timeout: Duration::from_secs(10),
            tcp_keepalive: Duration::from_mins(1),
            pool_idle_timeout: Duration::from_secs(50),
            pool_idle_connections: 128,
            #[cfg(feature = "http2")]
            http2: false,
            #[cfg(feature = "native-tls")]
            native_tls: cfg!(not(feature = "client")),
        }
    }
}

/// Where `SSL_CERT_FILE` and `SSL_CERT_DIR` say that the system's certificates are. Both count; where none of them has
/// any, that is an error, and nothing is trusted instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificatePlaces {
    /// `SSL_CERT_FILE`: a PEM file.
    pub file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: folders of PEM files.
    pub folders: Vec<PathBuf>,
}

impl CertificatePlaces {
    /// Reads both values; the second one is a list, as `PATH` is.
    pub fn from_variables(file: Option<&Path>, folders: Option<&Path>) -> Self {
        let is_named = |path: &PathBuf| !path.as_os_str().is_empty();
        let folders = folders.map(|folders| std::env::split_paths(folders).filter(is_named).collect());
        Self { file: file.map(Path::to_owned).filter(is_named), folders: folders.unwrap_or_default() }
    }

    /// What the process's own variables say, where nothing is given.
    #[cfg(feature = "client")]
    pub(super) fn or_of_process(&self) -> Self {
        if *self != Self::default() {
            return self.clone();
        }
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
        Self::from_variables(path("SSL_CERT_FILE").as_deref(), path("SSL_CERT_DIR").as_deref())
    }
}
