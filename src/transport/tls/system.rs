//! TLS by the system: OpenSSL, SChannel or Secure Transport.

use super::bundle;
use reqwest::{Certificate, ClientBuilder};
use std::fmt;

/// Trusts the certificates of `ca_bundle` (a PEM file and what named it), else the system's.
pub(super) fn with_tls(
    builder: ClientBuilder,
    ca_bundle: Option<&(String, String)>,
) -> Result<ClientBuilder, String> {
    let builder = builder.tls_backend_native();
    let Some((path, source)) = ca_bundle else { return Ok(builder) };
    let refuse = |problem: &dyn fmt::Display| format!("{source} {path}: {problem}");
    let certificates = bundle::read(path).map_err(|e| refuse(&e))?;
    let certificates: Result<Vec<_>, _> = certificates.iter().map(|der| Certificate::from_der(der)).collect();
    Ok(builder.tls_certs_only(certificates.map_err(|e| refuse(&e))?))
}
