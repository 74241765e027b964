//! The file that results go to: which one a name means, and whether it may be written.

use crate::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// More links in a row are a circle.
const MOST_LINKS: usize = 40;

/// The file behind a name. A link is followed to where it leads, also where nothing is yet: the journal lies beside the
/// file itself, and it is the file that is replaced.
///
/// # Errors
/// `InvalidInput`: it is no file, or could not be one.
pub(super) fn file_behind(results: &Path) -> Result<PathBuf, Error> {
    let refuse = |problem: &str| {
        Error::new(ErrorKind::InvalidInput, format!("--output: {} {problem}", results.display()))
    };
    if results.as_os_str() == "-" {
        return Err(refuse("is standard output, and results are read again; give a file (./- if it is one)"));
    }
    if let Ok(there) = std::fs::metadata(results) {
        if !there.is_file() {
            return Err(refuse("is no regular file; give a file for the results"));
        }
        if there.permissions().readonly() {
            return Err(refuse("is read-only; give another file"));
        }
    }
    let mut file = results.to_owned();
    let mut links = 0;
    while let Ok(target) = std::fs::read_link(&file) {
        file = file.parent().unwrap_or(Path::new("")).join(target);
        links += 1;
        if links > MOST_LINKS {
            return Err(refuse("is a link that leads in a circle; give a file for the results"));
        }
    }
    if file.file_name().is_none() {
        return Err(refuse("names no file; give a file for the results"));
    }
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(refuse(&format!("is in no folder: there is no {}", folder.display())))
        }
        _ => Ok(file),
    }
}
