//! TLS, by rustls on `ring` or by the system.

mod bundle;
mod certificate;
mod crypto_provider;
pub(super) mod failure;
mod rustls;
#[cfg(feature = "native-tls")]
mod system;

use self::rustls::{LazyRoots, config};
use super::network_settings::NetworkSettings;
use reqwest::ClientBuilder;
use std::sync::Arc;

/// What is trusted.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    /// Absent where TLS is the system's own.
    roots: Option<Arc<LazyRoots>>,
}

impl Trust {
    /// The root that signed the last certificate that was accepted, and where that root is from.
    pub(super) fn signed_by(&self) -> Option<String> {
        self.roots.as_ref()?.signed_by()
    }
}

/// The same with TLS as the settings want it.
pub(super) fn with_tls(
    builder: ClientBuilder,
    settings: &NetworkSettings,
    may_be_http2: bool,
) -> Result<(ClientBuilder, Trust), String> {
    #[cfg(feature = "native-tls")]
    if settings.native_tls {
        return Ok((system::with_tls(builder, settings.ca_bundle.as_ref())?, Trust::default()));
    }
    // A preconfigured TLS offers what it says and no more, so ALPN is said here.
    let protocols: &[&[u8]] = if may_be_http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
    let (tls, roots) =
        config(settings.ca_bundle.clone(), protocols).map_err(|e| format!("TLS cannot be set up: {e}"))?;
    Ok((builder.tls_backend_preconfigured(tls), Trust { roots: Some(roots) }))
}
