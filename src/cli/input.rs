//! Data from the command line: the text itself, `@FILE`, or `-` for standard input.

use crate::{Error, ErrorKind};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most that is read into memory, in bytes.
const MOST: usize = 256 << 20;

/// What stands for standard input.
const STDIN: &str = "-";

/// Refuses options of which two read standard input: whoever came second would find it empty. Each is given with its
/// name.
pub(super) fn refuse_two_readers<'a>(
    given: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> Result<(), Error> {
    let mut readers = given.into_iter().filter(|(_, value)| *value == STDIN).map(|(name, _)| name);
    let (Some(first), Some(second)) = (readers.next(), readers.next()) else { return Ok(()) };
    let message = format!("{first} and {second} both read standard input, which can be read once");
    Err(Error::new(ErrorKind::InvalidInput, message).with_hint("give one of them as @FILE"))
}

/// Reads `TEXT`, `@FILE` or `-`.
pub(super) fn read(option: &str, value: &str) -> Result<Bytes, Error> {
    if value == STDIN {
        return read_all(option, "standard input", io::stdin().lock());
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
    let name = format!("the file {path}");
    let file = File::open(path).map_err(|e| refusal(option, &name, &format!("cannot be read: {e}")))?;
    read_all(option, &name, file)
}

/// Reads a file, or a pipe or a device, as far as it may be read.
pub(super) fn read_path(path: &Path) -> io::Result<Vec<u8>> {
    let too_long = || io::Error::other("it is longer than 256 MiB");
    read_up_to(MOST, Vec::new(), File::open(path)?)?.ok_or_else(too_long)
}

fn read_all(option: &str, name: &str, input: impl Read) -> Result<Bytes, Error> {
    read_up_to(MOST, Vec::new(), input)
        .map_err(|e| refusal(option, name, &format!("cannot be read: {e}")))?
        .map(Bytes::from)
        .ok_or_else(|| refusal(option, name, "is longer than 256 MiB, ten times what Bedrock takes"))
}

/// All of the input behind what was read of it; `None` where there is more in all than `most` bytes. A device that has
/// no end must not fill the memory.
pub(super) fn read_up_to(most: usize, mut read: Vec<u8>, input: impl Read) -> io::Result<Option<Vec<u8>>> {
    let room = most.saturating_sub(read.len());
    input.take(room as u64 + 1).read_to_end(&mut read)?;
    Ok((read.len() <= most).then_some(read))
}

fn refusal(option: &str, name: &str, problem: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("{option}: {name} {problem}"))
}
