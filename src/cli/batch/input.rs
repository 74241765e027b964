//! The input of a batch: JSON lines, one record each. It is read twice, line by line: first to know all ids, then to
//! call. A body goes out byte for byte. What is called is what was planned: a file may be added to meanwhile.

use super::key::Key;
use super::lines::{Line, Lines, failed};
use crate::protocol::operation::bedrock::ModelInvocationType;
use crate::{Error, ErrorKind};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{Read as _, Seek as _, Take};
use std::path::{Path, PathBuf};

/// A file of records.
pub(super) struct Input {
    file: File,
    path: PathBuf,
}

/// What the first reading found out. About 50 bytes a line are kept.
#[derive(Default)]
pub(super) struct Plan {
    /// So many bytes were there.
    length: u64,
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
        let mut plan = Plan::default();
        let mut lines = self.lines(u64::MAX)?;
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
        (plan.length, plan.sha256) = (lines.length(), lines.sha256());
        if plan.places.is_empty() {
            return Err(refuse("has no lines; give one JSON object a line".to_owned()));
        }
        Ok(plan)
    }

    /// The lines that were planned, from the beginning.
    pub(super) fn planned<'a>(&'a mut self, plan: &'a Plan) -> Result<PlannedLines<'a>, Error> {
        Ok(PlannedLines { lines: self.lines(plan.length)?, plan })
    }

    /// The lines of so many bytes, from the beginning.
    fn lines(&mut self, length: u64) -> Result<Lines<'_, Take<&File>>, Error> {
        self.file.rewind().map_err(|e| failed(&self.path, &e))?;
        Ok(Lines::new(&self.path, (&self.file).take(length)))
    }
}

/// The lines of a plan, read again.
pub(super) struct PlannedLines<'a> {
    lines: Lines<'a, Take<&'a File>>,
    plan: &'a Plan,
}

impl PlannedLines<'_> {
    /// The next line that is not blank.
    ///
    /// # Errors
    /// `InvalidInput`: the file is another one by now, or has been added to. A line that was not planned is never
    /// returned; that one has another body, or that there are more, is known at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line>, Error> {
        match self.lines.next()? {
            Some(line) if self.plan.places.get(&line.key()) == Some(&line.number) => Ok(Some(line)),
            None if self.lines.sha256() == self.plan.sha256 && !self.has_grown()? => Ok(None),
            _ => {
                let message =
                    format!("--input: {} was changed while it was read", self.lines.path().display());
                Err(Error::new(ErrorKind::InvalidInput, message))
            }
        }
    }

    fn has_grown(&self) -> Result<bool, Error> {
        let file = self.lines.reader().get_ref();
        let now = file.metadata().map_err(|e| failed(self.lines.path(), &e))?;
        Ok(now.len() > self.plan.length)
    }
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
    fn what_was_not_planned_is_never_returned() {
        const A: &str = "{\"id\":\"a\",\"body\":{}}\n";
        const B: &str = "{\"id\":\"b\",\"body\":{}}\n";
        for (later, returned) in [
            (format!("{A}{B}"), Ok(vec!["a", "b"])),
            (format!("{A}{B}{A}"), Err(vec!["a", "b"])),
            (A.to_owned(), Err(vec!["a"])),
            (format!("{B}{A}"), Err(vec![])),
            (format!("{A}{}", B.replace("{}", "[]")), Err(vec!["a", "b"])),
            (format!("{A}{}", B.replace('b', "c")), Err(vec!["a"])),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            write!(file, "{A}{B}").unwrap();
            let mut input = Input::open(file.path()).unwrap();
            let plan = input.plan().unwrap();
            std::fs::write(file.path(), &later).unwrap();
            let mut lines = input.planned(&plan).unwrap();
            let mut seen = Vec::new();
            let end = loop {
                match lines.next() {
                    Ok(Some(line)) => seen.push(line.id.unwrap()),
                    Ok(None) => break Ok(seen),
                    Err(error) => {
                        assert!(error.message().ends_with("was changed while it was read"), "{error}");
                        break Err(seen);
                    }
                }
            };
            let words = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(end, returned.map(words).map_err(words), "{later}");
        }
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
