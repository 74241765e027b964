//! Opens files at names that others can foretell, in folders that others may write to: a link there would lead the
//! writing to any file of ours, and a pipe would wait for its other end for ever. The standard library has no name for
//! "follow no link", so what stands there is looked at before it is opened, and compared after.

use super::token::random_bytes;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// How often a file may be replaced while it is opened.
const TRIES: u32 = 10;

/// Opens a file that is there. `how` neither creates nor truncates.
pub(super) fn open(path: &Path, how: &OpenOptions) -> io::Result<File> {
    for _ in 0..TRIES {
        let there = std::fs::symlink_metadata(path)?;
        check(&there)?;
        let file = how.open(path)?;
        if is_same(&there, &file.metadata()?) {
            return Ok(file);
        }
    }
    Err(io::Error::other("it is replaced again and again"))
}

/// Opens a file that is there, or makes it. `how` neither creates nor truncates.
pub(crate) fn open_or_create(path: &Path, how: &OpenOptions) -> io::Result<File> {
    opened_or_made(path, how).map(|(file, _)| file)
}

/// The same for a file that is ours alone: what another user has made there stays in his hands whatever is written into
/// it.
pub(super) fn open_or_create_own(path: &Path, how: &OpenOptions) -> io::Result<File> {
    let (file, is_made) = opened_or_made(path, how)?;
    if !is_made && !is_own(path, &file.metadata()?)? {
        return Err(io::Error::other("it belongs to another user; remove it"));
    }
    Ok(file)
}

/// The file, and whether it was made here: what stands there now may have come after the last look.
fn opened_or_made(path: &Path, how: &OpenOptions) -> io::Result<(File, bool)> {
    for _ in 0..TRIES {
        match open(path, how) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => return Ok((opened?, false)),
        }
        match how.clone().create_new(true).open(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return Ok((made?, true)),
        }
    }
    Err(io::Error::other("it is made and removed again and again"))
}

/// Whether everybody may change a file, whoever made it.
#[cfg(unix)]
pub(super) fn is_writable_by_all(file: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(file) & 0o002 != 0
}

/// Who we are is told by what we make: beside the file, as a share may give its files to somebody else.
#[cfg(unix)]
fn is_own(path: &Path, file: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(probe(path)?.metadata()?.uid() == file.uid())
}

/// A file beside this one, which was made and is removed again: an error where none may be written there.
pub(super) fn probe(beside: &Path) -> io::Result<File> {
    let path = unused_name(beside)?;
    let made = File::create_new(&path)?;
    std::fs::remove_file(&path)?;
    Ok(made)
}

/// Puts other bytes into a file that is there, in one step; whose it is and who may read it stays as it was. A link is
/// followed to the file that it means. One that is read-only stays what it is.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = std::fs::canonicalize(path)?;
    let there = std::fs::metadata(&path)?;
    if there.permissions().readonly() {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let draft = unused_name(&path)?;
    let written = own_file(&draft).and_then(|mut file| {
        file.write_all(bytes)?;
        give_to_owner_of(&there, &file)?;
        file.set_permissions(there.permissions())?;
        file.sync_all()?;
        std::fs::rename(&draft, &path)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    written
}

/// A hidden name in the same folder that nobody can foretell.
fn unused_name(beside: &Path) -> io::Result<PathBuf> {
    let number = random_bytes().map_err(io::Error::other)?;
    Ok(beside.with_file_name(format!(".bedwire-{}", hex::encode(number))))
}

/// A new file that nobody else may read.
fn own_file(path: &Path) -> io::Result<File> {
    let mut how = OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how.open(path)
}

/// Of root, who may write what is another user's, the new file would be root's: its owner could not read it any more.
#[cfg(unix)]
fn give_to_owner_of(there: &Metadata, made: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let (owner, own) = ((there.uid(), there.gid()), made.metadata()?);
    if owner == (own.uid(), own.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(made, Some(owner.0), Some(owner.1))
}

/// Whether an open file is what stands there: it may have been renamed or removed since.
pub(super) fn stands_at(path: &Path, file: &File) -> bool {
    let there = std::fs::symlink_metadata(path).and_then(|there| Ok(is_same(&there, &file.metadata()?)));
    there.unwrap_or(false)
}

fn check(there: &Metadata) -> io::Result<()> {
    let why = if there.is_symlink() {
        "it is a link, which may lead anywhere; remove it"
    } else if !there.is_file() {
        "it is no regular file"
    } else if has_other_names(there) {
        "it is a second name of another file; remove it"
    } else {
        return Ok(());
    };
    Err(io::Error::other(why))
}

#[cfg(unix)]
fn has_other_names(there: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(there) > 1
}

#[cfg(unix)]
fn is_same(there: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (there.dev(), there.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
pub(super) fn is_writable_by_all(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_own(_: &Path, _: &Metadata) -> io::Result<bool> {
    Ok(true)
}

#[cfg(not(unix))]
fn give_to_owner_of(_: &Metadata, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, opened: &Metadata) -> bool {
    opened.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn what_was_made_here_is_told_from_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut how) = (folder.path().join("a"), OpenOptions::new());
        how.append(true);
        assert!(opened_or_made(&path, &how).unwrap().1);
        assert!(!opened_or_made(&path, &how).unwrap().1);
        symlink("a", folder.path().join("b")).unwrap();
        assert!(opened_or_made(&folder.path().join("b"), &how).is_err());
    }

    #[test]
    fn what_is_replaced_keeps_its_mode_and_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a"), folder.path().join("b"));
        assert_eq!(replace(&file, b"new").unwrap_err().kind(), ErrorKind::NotFound);
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        replace(&link, b"new").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_read_only_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "old").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(replace(&file, b"new").unwrap_err().kind(), ErrorKind::PermissionDenied);
        assert_eq!(std::fs::read(&file).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_root_replaces_stays_its_owners() {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        std::fs::write(&file, "old").unwrap();
        // Nobody else can give files away, or write what is not theirs.
        if let Err(error) = chown(&file, Some(1234), Some(1235)) {
            println!("SKIPPED: {error}");
            return;
        }
        replace(&file, b"new").unwrap();
        let there = file.metadata().unwrap();
        assert_eq!((there.uid(), there.gid()), (1234, 1235));
        assert_eq!(std::fs::read(&file).unwrap(), b"new");
    }
}
