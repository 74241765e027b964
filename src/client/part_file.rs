//! The file that a download grows in: `.<name>.part` beside its target. It takes the target's name only when it is
//! whole, and what a broken download left in it is used by the next one.

use super::regular_file;
use crate::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// How often another download may end while it is opened.
const TRIES: u32 = 10;
/// The longest text about a download that is believed to be ours.
const LONGEST_NOTES: u64 = 1 << 16;

/// A download that is not whole yet.
pub(super) struct PartFile {
    target: PathBuf,
    path: PathBuf,
    file: File,
    length: u64,
    etag: Option<String>,
    source: String,
    is_finished: bool,
}

/// Refuses a target that a download could not write, without leaving anything behind.
pub(super) fn check_target(target: &Path) -> Result<(), Error> {
    let refuse = |why: &str| {
        Error::new(ErrorKind::InvalidInput, format!("{} cannot be written: {why}", target.display()))
    };
    if let Ok(there) = std::fs::metadata(target) {
        if there.is_dir() {
            return Err(refuse("it is a folder; name a file in it"));
        }
        // A rename would put a file in the place of a device.
        if !there.is_file() {
            return Err(refuse("it is no regular file"));
        }
        if there.permissions().readonly() {
            return Err(refuse("it is read-only"));
        }
    }
    if target.file_name().is_none() {
        return Err(refuse("it names no file"));
    }
    let part = beside(&resolved(target), "part");
    may_be_written(&part)
        .map_err(|e| refuse(&format!("what has arrived would be kept in {}: {e}", part.display())))
}

/// What is not there is not made: another download may be about to hold it.
fn may_be_written(part: &Path) -> io::Result<()> {
    if part.symlink_metadata().is_ok() {
        return open_part(part).map(drop);
    }
    regular_file::probe(part).map(drop)
}

impl PartFile {
    /// Opens what an earlier download of the same object left, or an empty file. `source` tells one object from
    /// another. Only one download at a time may hold it.
    pub(super) fn open(target: &Path, source: &str) -> Result<Self, Error> {
        let target = resolved(target);
        let path = beside(&target, "part");
        let Some(file) =
            locked(&path, || open_part(&path)).map_err(|e| failed("cannot be opened", &path, &e))?
        else {
            let message = format!("{} is being written by another download", target.display());
            return Err(Error::new(ErrorKind::File, message));
        };
        let mut part =
            Self { length: 0, etag: None, source: source.to_owned(), target, path, file, is_finished: false };
        match part.remembered() {
            Some(etag) => {
                part.length =
                    part.file.metadata().map_err(|e| failed("cannot be read", &part.path, &e))?.len();
                part.etag = Some(etag);
            }
            None => part.restart(None)?,
        }
        Ok(part)
    }

    /// The bytes that are there.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Which version of the object they are of.
    pub(super) fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// Begins anew, with this version of the object. Without an ETag it cannot be continued later.
    pub(super) fn restart(&mut self, etag: Option<String>) -> Result<(), Error> {
        self.file.set_len(0).map_err(|e| failed("cannot be emptied", &self.path, &e))?;
        self.length = 0;
        let notes = beside(&self.target, "part.etag");
        // A new file each time: what stands there may be a link.
        let _ = std::fs::remove_file(&notes);
        if let Some(etag) = &etag {
            File::create_new(&notes)
                .and_then(|mut file| file.write_all(format!("{etag}\n{}\n", self.source).as_bytes()))
                .map_err(|e| failed("cannot be written", &notes, &e))?;
        }
        self.etag = etag;
        Ok(())
    }

    /// Adds what has arrived.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|e| failed("cannot be written", &self.path, &e))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Gives it the target's name.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.file.sync_all().map_err(|e| failed("cannot be written", &self.path, &e))?;
        std::fs::rename(&self.path, &self.target)
            .map_err(|e| failed("cannot be written", &self.target, &e))?;
        let _ = std::fs::remove_file(beside(&self.target, "part.etag"));
        self.is_finished = true;
        Ok(())
    }

    /// The ETag of the bytes that are there, if they are of the same object, and nobody else can have changed them.
    fn remembered(&self) -> Option<String> {
        if self.file.metadata().is_ok_and(|file| regular_file::is_writable_by_all(&file)) {
            return None;
        }
        let notes = beside(&self.target, "part.etag");
        let notes = regular_file::open(&notes, OpenOptions::new().read(true)).ok()?;
        let notes = io::read_to_string(notes.take(LONGEST_NOTES)).ok()?;
        let mut lines = notes.lines();
        let etag = lines.next().filter(|etag| !etag.is_empty())?;
        (lines.next() == Some(&self.source)).then(|| etag.to_owned())
    }
}

impl Drop for PartFile {
    /// What is empty helps nobody to go on.
    fn drop(&mut self) {
        if self.length == 0 && !self.is_finished {
            let _ = std::fs::remove_file(&self.path);
            let _ = std::fs::remove_file(beside(&self.target, "part.etag"));
        }
    }
}

/// What a link leads to is replaced, not the link.
fn resolved(target: &Path) -> PathBuf {
    std::fs::canonicalize(target).unwrap_or_else(|_| target.to_owned())
}

/// Opens and locks it; `None` where another download holds it. Between the two, that one may have given it the target's
/// name: then it is a file that is whole, and another one is opened here.
fn locked(path: &Path, open: impl Fn() -> io::Result<File>) -> io::Result<Option<File>> {
    for _ in 0..TRIES {
        let file = open()?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Ok(None);
        }
        if regular_file::stands_at(path, &file) {
            return Ok(Some(file));
        }
    }
    Err(io::Error::other("it is renamed again and again"))
}

fn open_part(path: &Path) -> io::Result<File> {
    regular_file::open_or_create_own(path, OpenOptions::new().append(true))
}

/// `out/.name.ending`, in the target's own folder: only there is a rename sure to work.
fn beside(target: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".");
    name.push(ending);
    target.with_file_name(name)
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::File, format!("{} {what}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_file_that_was_finished_before_it_was_locked_is_another_downloads() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join(".out.mp4.part"), folder.path().join("out.mp4"));
        std::fs::write(&path, "whole").unwrap();
        let is_first = Cell::new(true);
        let file = locked(&path, || {
            let file = open_part(&path);
            if is_first.replace(false) {
                std::fs::rename(&path, &target)?;
            }
            file
        });
        let file = file.unwrap().unwrap();
        assert!(regular_file::stands_at(&path, &file) && !regular_file::stands_at(&target, &file));
        assert_eq!(file.metadata().unwrap().len(), 0);
        assert!(locked(&path, || open_part(&path)).unwrap().is_none(), "one at a time");
    }
}
