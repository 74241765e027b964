//! TLS by the system: OpenSSL, SChannel or Secure Transport.

use super::super::network_settings::NetworkSettings;
use super::super::sourced::Sourced;
use super::{bundle, system_roots};
use reqwest::{Certificate, ClientBuilder};
use std::error::Error as _;
use std::path::Path;

/// Trusts the certificates that the settings name, else the system's.
pub(super) fn with_tls(builder: ClientBuilder, settings: &NetworkSettings) -> Result<ClientBuilder, String> {
    let builder = builder.tls_backend_native();
    if let Some(Sourced { value: path, source }) = &settings.ca_bundle {
        let certificates = read(path).map_err(|problem| format!("{source} {}: {problem}", path.display()))?;
        return Ok(builder.tls_certs_only(certificates));
    }
    match system_roots::read(&settings.certificates) {
        Some(found) => {
            // Among the many of a folder, one that cannot be used is passed over.
            let (certificates, origin) = found?;
            let usable: Vec<_> =
                certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
            if usable.is_empty() {
                return Err(format!("there is no certificate that can be used in {origin}"));
            }
            Ok(builder.tls_certs_only(usable))
        }
        None => Ok(builder),
    }
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
