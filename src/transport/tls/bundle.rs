//! The certificates that are trusted in place of the system's.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error as PemError, PemObject};
use std::path::Path;

/// The certificates of a PEM file.
pub(super) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|e| in_words(&e))?;
    let certificates: Result<Vec<_>, _> = certificates.collect();
    let certificates = certificates.map_err(|e| in_words(&e))?;
    if certificates.is_empty() { Err("has no certificate".to_owned()) } else { Ok(certificates) }
}

/// Nothing of the file is in it: keys stand in such files, too.
fn in_words(error: &PemError) -> String {
    let problem = match error {
        PemError::Io(e) => return format!("cannot be read ({e})"),
        PemError::MissingSectionEnd { .. } => {
            "a BEGIN line has no END line: are the line ends lost, or is the file cut?"
        }
        PemError::IllegalSectionStart { .. } => {
            "a BEGIN line does not end with -----: are the line ends lost?"
        }
        PemError::Base64Decode(_) => "what is between BEGIN and END is no base64",
        PemError::SectionTooLarge => "a section is too long",
        _ => "it cannot be parsed",
    };
    format!("is no PEM file ({problem})")
}
