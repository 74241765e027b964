//! Data from the command line: the text itself, `@FILE`, or `-` for standard input.

use crate::{Error, ErrorKind};
use bytes::Bytes;
use std::io::Read as _;

/// Reads `TEXT`, `@FILE` or `-`.
pub(super) fn read(option: &str, value: &str) -> Result<Bytes, Error> {
    if value == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(|e| {
            Error::new(ErrorKind::InvalidInput, format!("{option}: standard input cannot be read: {e}"))
        })?;
        return Ok(bytes.into());
    }
    match value.strip_prefix('@') {
        Some(path) => read_file(option, path),
        None => Ok(Bytes::copy_from_slice(value.as_bytes())),
    }
}

/// Reads text from the same three places.
pub(super) fn read_text(option: &str, value: &str) -> Result<String, Error> {
    String::from_utf8(read(option, value)?.into())
        .map_err(|_| Error::new(ErrorKind::InvalidInput, format!("{option}: is no UTF-8 text")))
}

/// Reads a file that an option names.
pub(super) fn read_file(option: &str, path: &str) -> Result<Bytes, Error> {
    std::fs::read(path).map(Bytes::from).map_err(|e| {
        Error::new(ErrorKind::InvalidInput, format!("{option}: the file {path} cannot be read: {e}"))
    })
}
