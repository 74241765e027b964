//! TLS, by rustls on `ring` (the feature `client`) or by the system (the feature `native-tls`).

mod bundle;
#[cfg(feature = "client")]
mod certificate;
#[cfg(feature = "client")]
mod crypto_provider;
pub(super) mod failure;
#[cfg(feature = "client")]
mod rustls;
#[cfg(feature = "native-tls")]
mod system;
mod system_roots;

use super::network_settings::NetworkSettings;
use reqwest::ClientBuilder;

/// What is trusted.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    /// Absent where TLS is the system's own.
    #[cfg(feature = "client")]
    roots: Option<std::sync::Arc<self::rustls::LazyRoots>>,
}

impl Trust {
    /// The root that signed the last certificate that was accepted, and where that root is from.
    pub(super) fn signed_by(&self) -> Option<String> {
        #[cfg(feature = "client")]
        return self.roots.as_ref()?.signed_by();
        #[cfg(not(feature = "client"))]
        None
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
        return Ok((system::with_tls(builder, settings)?, Trust::default()));
    }
    with_rustls(builder, settings, may_be_http2)
}

#[cfg(feature = "client")]
fn with_rustls(
    builder: ClientBuilder,
    settings: &NetworkSettings,
    may_be_http2: bool,
) -> Result<(ClientBuilder, Trust), String> {
    // A preconfigured TLS offers what it says and no more, so ALPN is said here.
    let protocols: &[&[u8]] = if may_be_http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
    let (tls, roots) =
        self::rustls::config(settings, protocols).map_err(|e| format!("TLS cannot be set up: {e}"))?;
    Ok((builder.tls_backend_preconfigured(tls), Trust { roots: Some(roots) }))
}

/// What is not the system's is never replaced by it unasked, nor the other way round.
#[cfg(not(feature = "client"))]
fn with_rustls(_: ClientBuilder, _: &NetworkSettings, _: bool) -> Result<(ClientBuilder, Trust), String> {
    let problem = "NetworkSettings::native_tls is false, but no other TLS is built in: leave it true, or enable the feature client";
    Err(problem.to_owned())
}
