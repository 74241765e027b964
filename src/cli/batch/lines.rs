//! The lines of an input, one record each.

use super::key::Key;
use crate::protocol::document::Document;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// The longest line: the longest body (25,000,000 bytes) with room to spare. One that is longer is a bad line, and is
/// not held in memory.
const MAX_LINE: u64 = 32 * 1024 * 1024;

/// One line that is not blank.
#[derive(Debug)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// As it was given, else the number of the line. `None` where the line cannot be read.
    pub(super) id: Option<String>,
    pub(super) body: Result<Bytes, Error>,
}

impl Line {
    pub(super) fn key(&self) -> Key {
        Key::new(self.id.as_deref(), self.number)
    }
}

/// Reads line after line.
pub(super) struct Lines<'a, R> {
    reader: BufReader<R>,
    path: &'a Path,
    number: u64,
    length: u64,
    sha256: Sha256,
}

impl<'a, R: Read> Lines<'a, R> {
    /// Reads what stands at `path`.
    pub(super) fn new(path: &'a Path, reader: R) -> Self {
        let reader = BufReader::with_capacity(64 * 1024, reader);
        Self { reader, path, number: 0, length: 0, sha256: Sha256::new() }
    }

    /// The next line that is not blank.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Error> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = (&mut self.reader).take(MAX_LINE).read_until(b'\n', &mut bytes);
            let read = read.map_err(|e| failed(self.path, &e))?;
            if read == 0 {
                return Ok(None);
            }
            self.sha256.update(&bytes);
            self.length += read as u64;
            self.number += 1;
            if bytes.last() != Some(&b'\n') && bytes.len() as u64 == MAX_LINE {
                self.skip_line().map_err(|e| failed(self.path, &e))?;
                return Ok(Some(bad(self.number, &format!("is longer than {MAX_LINE} bytes"))));
            }
            let text = match self.number {
                // Some editors begin a file with a byte order mark.
                1 => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes),
                _ => &bytes,
            };
            if !text.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(parse(self.number, text.trim_ascii())));
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let end = buffer.iter().position(|b| *b == b'\n');
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.sha256.update(buffer.get(..used).unwrap_or_default());
            self.length += used as u64;
            self.reader.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.path
    }

    pub(super) fn reader(&self) -> &R {
        self.reader.get_ref()
    }

    /// So many bytes were read.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The SHA-256 of what was read, in hex.
    pub(super) fn sha256(&self) -> String {
        hex::encode(self.sha256.clone().finalize())
    }
}

/// `{"id", "body"}`, or Bedrock's own `{"recordId", "modelInput"}`.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html>
fn parse(number: u64, text: &[u8]) -> Line {
    let document = match Document::object(&format!("line {number}"), text.to_vec()) {
        Ok(document) => document,
        Err(error) => return Line { number, id: None, body: Err(error.into()) },
    };
    let members = document.members().unwrap_or_default();
    let given = members.get("id").or_else(|| members.get("recordId"));
    let id = match given.map(|raw| raw.get()) {
        None | Some("null") => number.to_string(),
        Some(text) => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(serde_json::Value::String(id)) if !id.is_empty() => id,
            // A number is kept as it is written.
            Ok(serde_json::Value::Number(_)) => text.to_owned(),
            _ => return bad(number, "has an id that is neither text nor a number"),
        },
    };
    let Some(body) = members.get("body").or_else(|| members.get("modelInput")) else {
        let body = Err(problem(number, "has neither a body nor a modelInput"));
        return Line { number, id: Some(id), body };
    };
    let body = Document::object(&format!("line {number}: body"), body.get().to_owned());
    Line { number, id: Some(id), body: body.map(Bytes::from).map_err(Error::from) }
}

fn bad(number: u64, what: &str) -> Line {
    Line { number, id: None, body: Err(problem(number, what)) }
}

fn problem(number: u64, what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!(r#"line {number} {what}; give {{"id":"…","body":{{…}}}}"#))
}

pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::File, format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_a_body_keeps_every_byte() {
        let text = "\u{feff}{\"id\":\"a\",\"body\":{ \"n\":1.0 }}\r\n\n{\"recordId\":\"b\",\"modelInput\":{}}\n{\"body\":{}}\n{\"id\":12,\"body\":{}}";
        let mut lines = Lines::new(Path::new("in.jsonl"), text.as_bytes());
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.number, line.id.unwrap(), line.body.unwrap()));
        }
        let expected = [(1, "a", "{ \"n\":1.0 }"), (3, "b", "{}"), (4, "4", "{}"), (5, "12", "{}")];
        let expected = expected.map(|(number, id, body)| (number, id.to_owned(), Bytes::from(body)));
        assert_eq!(seen, expected);
    }

    #[test]
    fn bad_lines_say_what_is_wrong_and_where() {
        let text =
            b"nonsense\n[1]\n{\"id\":\"x\"}\n{\"id\":{},\"body\":{}}\n{\"id\":\"y\",\"body\":\"{}\"}\n\xff\n";
        let mut lines = Lines::new(Path::new("in.jsonl"), &text[..]);
        for (has_id, said) in [
            (false, "line 1: is not valid JSON"),
            (false, "line 2: is a JSON array"),
            (true, "line 3 has neither a body"),
            (false, "line 4 has an id"),
            (true, "line 5: body: is a JSON string"),
            (false, "line 6: is not valid JSON"),
        ] {
            let line = lines.next().unwrap().unwrap();
            assert_eq!(line.id.is_some(), has_id, "{said}");
            let error = line.body.unwrap_err();
            assert!(error.message().starts_with(said), "{error}");
        }
        assert!(lines.next().unwrap().is_none());
    }
}
