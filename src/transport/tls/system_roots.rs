//! The certificates of `SSL_CERT_FILE` and `SSL_CERT_DIR`, which take the place of the system's: whoever sets one of
//! them wants no others trusted, so that nothing stands in for what cannot be read.

use super::super::network_settings::CertificatePlaces;
use super::bundle;
use rustls_pki_types::CertificateDer;
use std::fs;
use std::path::Path;

/// The certificates of all places, and where they are from, for a message. `None` where no place is set.
pub(super) fn read(
    places: &CertificatePlaces,
) -> Option<Result<(Vec<CertificateDer<'static>>, String), String>> {
    let of_file = places.file.iter().map(|file| ("SSL_CERT_FILE", file, bundle::read(file)));
    let of_folders = places.folders.iter().map(|folder| ("SSL_CERT_DIR", folder, read_folder(folder)));
    let (mut certificates, mut origins, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (source, path, found) in of_file.chain(of_folders) {
        let path = path.display();
        match found {
            Ok(found) => {
                certificates.extend(found);
                origins.push(format!("{path} ({source})"));
            }
            Err(problem) => {
                origins.push(format!("{path} ({source}, which {problem})"));
                problems.push(format!("{source} {path}: {problem}"));
            }
        }
    }
    if origins.is_empty() {
        return None;
    }
    if certificates.is_empty() {
        return Some(Err(problems.join("; ")));
    }
    // Folders have each certificate by its name and by its hash.
    certificates.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    certificates.dedup();
    Some(Ok((certificates, origins.join(" and "))))
}

/// Whatever has certificates there; a folder has other files, too.
fn read_folder(folder: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("cannot be read ({e})"))?;
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let certificates: Vec<_> = files.filter_map(|file| bundle::read(&file).ok()).flatten().collect();
    if certificates.is_empty() { Err("has no file with certificates".to_owned()) } else { Ok(certificates) }
}
