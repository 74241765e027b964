//! `OUTPUT.journal`: which batch an output file belongs to, and the lock that keeps a second run away from it. What is
//! done already, the output itself says: a result is in it as a whole line, or not at all.

use crate::client::open_or_create;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock::ModelInvocationType;
use crate::{Error, ErrorKind};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The longest journal that is read: what is written has a few hundred bytes.
const MAX_LENGTH: u64 = 64 * 1024;

/// What every journal begins with, also one that is cut off. Another file is not written over.
const BEGIN: &str = "{\"batch\":";

/// What makes two runs the same batch.
pub(super) struct Identity<'a> {
    pub(super) model_id: &'a ModelId,
    pub(super) operation: ModelInvocationType,
    /// Of the input file.
    pub(super) sha256: &'a str,
}

/// The journal of this run, locked. The lock ends with the process, however that ends.
pub(super) struct Journal {
    _file: File,
}

impl Journal {
    /// Opens or makes the journal of an output file.
    ///
    /// # Errors
    /// `InvalidInput`: the output belongs to another batch, or another process is at work on it.
    pub(super) fn open(output: &Path, identity: &Identity) -> Result<Self, Error> {
        let path = path(output);
        let is_known = path.exists();
        match std::fs::metadata(output) {
            Ok(metadata) if metadata.len() > 0 && !is_known => {
                return Err(refuse(
                    output,
                    "is there already and is no output of a batch; give another file",
                ));
            }
            _ => {}
        }
        let failed = |e: io::Error| {
            Error::new(ErrorKind::File, format!("the journal {} cannot be written: {e}", path.display()))
        };
        let mut file = open_or_create(&path, OpenOptions::new().read(true).write(true)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(refuse(output, "is being written by another bedwire batch; wait for its end"));
            }
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        let mut known = String::new();
        (&mut file).take(MAX_LENGTH).read_to_string(&mut known).map_err(failed)?;
        let has_results = std::fs::metadata(output).is_ok_and(|metadata| metadata.len() > 0);
        match serde_json::from_str::<Value>(&known) {
            Ok(known) if has_results => identity.check(output, &known)?,
            Ok(known) if known == identity.document() => {}
            Err(_) if has_results => {
                return Err(refuse(
                    output,
                    &format!("has a journal that cannot be read: {}", path.display()),
                ));
            }
            _ if !known.starts_with(BEGIN) && !BEGIN.starts_with(&known) => {
                return Err(refuse(
                    output,
                    &format!("has another file in the place of its journal: {}; remove it", path.display()),
                ));
            }
            // An output without a result belongs to no batch: the one before never began, or its results were taken
            // away. A journal that is cut off was written before the disk was full or the machine stopped.
            _ => {
                file.set_len(0).map_err(failed)?;
                file.rewind().map_err(failed)?;
                file.write_all(format!("{}\n", identity.document()).as_bytes()).map_err(failed)?;
                file.sync_all().map_err(failed)?;
            }
        }
        Ok(Self { _file: file })
    }
}

/// The journal beside a file, where it has one.
pub(super) fn beside(output: &Path) -> Option<PathBuf> {
    Some(path(output)).filter(|path| path.exists())
}

impl Identity<'_> {
    fn document(&self) -> Value {
        json!({
            "batch": 1,
            "model": self.model_id.as_str(),
            "operation": self.operation.as_str(),
            "input_sha256": self.sha256,
        })
    }

    fn check(&self, output: &Path, known: &Value) -> Result<(), Error> {
        for (name, what) in [
            ("batch", "another version of bedwire"),
            ("model", "another model"),
            ("operation", "another operation"),
            ("input_sha256", "another input (or this one before it was changed)"),
        ] {
            let (was, is) = (&known[name], &self.document()[name]);
            if was != is {
                return Err(refuse(
                    output,
                    &format!(
                        "belongs to another batch, of {what}: {was}, not {is}; give another file, or remove this one"
                    ),
                ));
            }
        }
        Ok(())
    }
}

fn path(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".journal");
    PathBuf::from(name)
}

fn refuse(output: &Path, problem: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("--output: {} {problem}", output.display()))
}
