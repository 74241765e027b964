//! The certificates that are trusted in place of the system's.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::path::Path;

/// The certificates of a PEM file.
pub(super) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|e| format!("cannot be read ({e})"))?;
    let certificates: Result<Vec<_>, _> = certificates.collect();
    let certificates = certificates.map_err(|e| format!("is no PEM file ({e})"))?;
    if certificates.is_empty() { Err("has no certificate".to_owned()) } else { Ok(certificates) }
}
