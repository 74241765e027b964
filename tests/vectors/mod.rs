//! Where the vectors of other projects lie: `BEDWIRE_VECTORS`, else `../shared/vectors`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A file or folder of the vectors; says so where it is absent, and the test is skipped.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("BEDWIRE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    // Straight to stderr: what a passing test prints with println! is not shown.
    let _ = writeln!(std::io::stderr(), "skipped: there is no {}", path.display());
    None
}
