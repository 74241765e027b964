//! The input of a batch: JSON lines, one record each. It is read twice, line by line: first to know all ids, then to
//! call. A body goes out byte for byte.

use super::key::Key;
use crate::protocol::document::Document;
use crate::protocol::operation::bedrock::ModelInvocationType;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};

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

/// A file of records.
pub(super) struct Input {
    file: File,
    path: PathBuf,
}

/// What the first reading found out. About 50 bytes a line are kept.
pub(super) struct Plan {
    /// The SHA-256 of the file, in hex.
    pub(super) sha256: String,
    /// Where each record stands.
    pub(super) places: HashMap<Key, u64>,
    /// Told by the first body; `None` where no line has one.
    pub(super) operation: Option<ModelInvocationType>,
    /// The first line that is no record, and why.
    pub(super) first_bad: Option<(u64, String)>,
}

impl Input {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let refuse = |problem: String| {
            Error::new(ErrorKind::InvalidInput, format!("--input: {} {problem}", path.display()))
        };
        if path.as_os_str() == "-" {
            let problem = "is standard input, and the records are read twice; give a file (./- if it is one)";
            return Err(refuse(problem.to_owned()));
        }
        let file = File::open(path).map_err(|e| refuse(format!("cannot be read: {e}")))?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if !is_file {
            return Err(refuse("is no regular file; it is read twice, so a pipe will not do".to_owned()));
        }
        Ok(Self { file, path: path.to_owned() })
    }

    /// Reads all of it.
    ///
    /// # Errors
    /// `InvalidInput`: an id stands on two lines, or there is no line at all.
    pub(super) fn plan(&mut self) -> Result<Plan, Error> {
        self.plan_with(|_| Ok(()))
    }

    /// The same, with a look at each line.
    pub(super) fn plan_with(
        &mut self,
        mut look: impl FnMut(&Line) -> Result<(), Error>,
    ) -> Result<Plan, Error> {
        let path = self.path.clone();
        let refuse = |problem: String| {
            Error::new(ErrorKind::InvalidInput, format!("--input: {} {problem}", path.display()))
        };
        let mut plan =
            Plan { sha256: String::new(), places: HashMap::new(), operation: None, first_bad: None };
        let mut lines = self.lines()?;
        while let Some(line) = lines.next()? {
            look(&line)?;
            match &line.body {
                Ok(body) if plan.operation.is_none() => {
                    plan.operation = Some(ModelInvocationType::of_body(&String::from_utf8_lossy(body)));
                }
                Err(error) if plan.first_bad.is_none() => {
                    plan.first_bad = Some((line.number, error.message().to_owned()));
                }
                _ => {}
            }
            match plan.places.entry(line.key()) {
                Entry::Vacant(place) => {
                    place.insert(line.number);
                }
                Entry::Occupied(first) => {
                    let id = line.id.unwrap_or_default();
                    return Err(refuse(format!(
                        "has the id {id:?} on line {} and on line {}; give every record an id of its own (a line \
                         without one has its number)",
                        first.get(),
                        line.number
                    )));
                }
            }
        }
        plan.sha256 = lines.sha256();
        if plan.places.is_empty() {
            return Err(refuse("has no lines; give one JSON object a line".to_owned()));
        }
        Ok(plan)
    }

    /// The lines, from the beginning.
    pub(super) fn lines(&mut self) -> Result<Lines<'_>, Error> {
        self.file.rewind().map_err(|e| failed(&self.path, &e))?;
        Ok(Lines {
            reader: BufReader::with_capacity(64 * 1024, &self.file),
            path: &self.path,
            number: 0,
            sha256: Sha256::new(),
        })
    }
}

/// Reads line after line.
pub(super) struct Lines<'a> {
    reader: BufReader<&'a File>,
    path: &'a Path,
    number: u64,
    sha256: Sha256,
}

impl Lines<'_> {
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
            self.reader.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
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

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::File, format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn input(text: &[u8]) -> Input {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        Input::open(file.path()).unwrap()
    }

    #[test]
    fn both_forms_are_read_and_a_body_keeps_every_byte() {
        let text = "\u{feff}{\"id\":\"a\",\"body\":{ \"n\":1.0 }}\r\n\n{\"recordId\":\"b\",\"modelInput\":{}}\n{\"body\":{}}\n{\"id\":12,\"body\":{}}";
        let mut input = input(text.as_bytes());
        let mut lines = input.lines().unwrap();
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
        let mut input = input(text);
        let mut lines = input.lines().unwrap();
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

    #[test]
    fn an_id_on_two_lines_is_refused_with_both() {
        for text in [
            "{\"id\":\"a\",\"body\":{}}\n\n{\"id\":\"a\",\"body\":{}}",
            "{\"id\":3,\"body\":{}}\n\n{\"body\":{}}",
        ] {
            let Err(refused) = input(text.as_bytes()).plan() else { panic!("{text}") };
            assert!(refused.message().contains("on line 1 and on line 3"), "{refused}");
        }
    }
}
