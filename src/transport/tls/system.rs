//! TLS by the system: OpenSSL, SChannel or Secure Transport.

use super::bundle;
use reqwest::{Certificate, ClientBuilder};
use std::error::Error as _;
use std::path::{Path, PathBuf};

/// Trusts the certificates of `ca_bundle` (a PEM file and what named it), else the system's.
pub(super) fn with_tls(
    builder: ClientBuilder,
    ca_bundle: Option<&(PathBuf, String)>,
) -> Result<ClientBuilder, String> {
    let builder = builder.tls_backend_native();
    let Some((path, source)) = ca_bundle else { return Ok(builder) };
    let certificates = read(path).map_err(|problem| format!("{source} {}: {problem}", path.display()))?;
    Ok(builder.tls_certs_only(certificates))
}

fn read(path: &Path) -> Result<Vec<Certificate>, String> {
    let certificates = bundle::read(path)?;
    let certificates = certificates.iter().map(|der| Certificate::from_der(der));
    certificates.collect::<Result<_, _>>().map_err(|e| {
        // Its own words are no more than `builder error`.
        let cause = e.source().map_or_else(|| e.to_string(), ToString::to_string);
        format!("has a certificate that cannot be used ({cause})")
    })
}
