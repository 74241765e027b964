//! The output file of a batch. A result is one line, written with one call, so that a process that is killed loses none
//! that it has finished, and the file itself says which records are done.
//!
//! A line is with the operating system when it is written: only a machine that stops (no power) can lose it. So the file
//! is synced once a second and at the end, not at every line: on such a machine the results of the last second are
//! called again. What is half a line at the end, after a stop or on a full disk, is cut off.

use super::key::Key;
use super::result_line;
use super::tally::Tally;
use crate::{Error, ErrorKind};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The output file, open at its end.
pub(super) struct Results {
    file: File,
    path: PathBuf,
    /// Up to the end of the last whole line.
    length: u64,
    synced: Instant,
    tally: Tally,
}

impl Results {
    /// Opens an output, and says which records it has.
    pub(super) fn open(path: &Path, places: &HashMap<Key, u64>) -> Result<(Self, HashSet<Key>), Error> {
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(path).map_err(|e| failed(path, &e))?;
        let mut done = HashSet::new();
        let mut tally = Tally::default();
        let length = each_line(&file, path, |_, known| {
            if !places.contains_key(&known.key) {
                return Err("is no result of this batch".to_owned());
            }
            if done.insert(known.key) {
                tally.count(known.failure.as_deref());
            }
            Ok(())
        })?;
        file.set_len(length).map_err(|e| failed(path, &e))?;
        Ok((Self { file, path: path.to_owned(), length, synced: Instant::now(), tally }, done))
    }

    /// Adds a result.
    ///
    /// # Errors
    /// `File`: the disk is full, or fails. The lines before are whole, and a part of this one is taken back.
    pub(super) fn add(&mut self, line: &[u8], failure: Option<&str>) -> Result<(), Error> {
        if let Err(e) = self.file.write_all(line) {
            let _ = self.file.set_len(self.length);
            return Err(self.not_written(&e));
        }
        self.length += line.len() as u64;
        self.tally.count(failure);
        if self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Waits until the disk has it all.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(|e| self.not_written(&e))
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(super) fn into_tally(self) -> Tally {
        self.tally
    }

    /// Puts the lines into the order of the input, by a new file in the place of this one.
    pub(super) fn sort(self, places: &HashMap<Key, u64>) -> Result<Tally, Error> {
        let Self { file, path, tally, .. } = self;
        let mut lines: Vec<(u64, u64, u64)> = Vec::new();
        let mut offset = 0;
        each_line(&file, &path, |length, known| {
            lines.push((places.get(&known.key).copied().unwrap_or_default(), offset, length));
            offset += length;
            Ok(())
        })?;
        if lines.is_sorted() {
            return Ok(tally);
        }
        lines.sort_unstable();
        replace(&path, |to| {
            let mut from = &file;
            for (_, offset, length) in &lines {
                from.seek(SeekFrom::Start(*offset))?;
                io::copy(&mut from.take(*length), to)?;
            }
            Ok(())
        })?;
        Ok(tally)
    }

    fn not_written(&self, error: &io::Error) -> Error {
        failed(&self.path, error).with_hint(format!(
            "the {} results before are in it; the same command goes on from there",
            self.tally.done()
        ))
    }
}

/// Writes a file beside its target, and puts it in its place when it is whole. Who may read what was there may read
/// what comes in its place, and nobody else.
pub(super) fn replace(
    target: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Error> {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".new");
    let new = target.with_file_name(name);
    // What stands there was left behind, or is a link: to write through it would lead to any file of ours.
    let _ = std::fs::remove_file(&new);
    let written = File::create_new(&new).and_then(|file| {
        if let Ok(before) = std::fs::metadata(target) {
            file.set_permissions(before.permissions())?;
        }
        let mut to = BufWriter::new(file);
        write(&mut to)?;
        to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        std::fs::rename(&new, target)
    });
    written.map_err(|e| {
        let _ = std::fs::remove_file(&new);
        failed(target, &e)
    })
}

/// Takes out the lines of failures, so that their records are called again.
pub(super) fn drop_failures(path: &Path) -> Result<(), Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(failed(path, &e)),
    };
    let mut kept: Vec<(u64, u64)> = Vec::new();
    let mut offset = 0;
    let mut has_failures = false;
    each_line(&file, path, |length, known| {
        if known.failure.is_none() {
            kept.push((offset, length));
        }
        has_failures |= known.failure.is_some();
        offset += length;
        Ok(())
    })?;
    if !has_failures {
        return Ok(());
    }
    replace(path, |to| {
        let mut from = &file;
        for (offset, length) in &kept {
            from.seek(SeekFrom::Start(*offset))?;
            io::copy(&mut from.take(*length), to)?;
        }
        Ok(())
    })
}

/// Reads the lines from the beginning: the length of each and what it says. The answer is the length of all whole
/// lines.
fn each_line(
    file: &File,
    path: &Path,
    mut visit: impl FnMut(u64, result_line::Known) -> Result<(), String>,
) -> Result<u64, Error> {
    let mut file = file;
    file.rewind().map_err(|e| failed(path, &e))?;
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let (mut whole, mut number) = (0, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(|e| failed(path, &e))? as u64;
        if line.last() != Some(&b'\n') {
            return Ok(whole);
        }
        number += 1;
        let known = result_line::read(&line).ok_or_else(|| "is no result".to_owned());
        known.and_then(|known| visit(length, known)).map_err(|problem| {
            Error::new(
                ErrorKind::InvalidInput,
                format!("--output: line {number} of {} {problem}; give another file", path.display()),
            )
        })?;
        whole += length;
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::File, format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(ids: &[&str]) -> HashMap<Key, u64> {
        ids.iter().zip(1..).map(|(id, number)| (Key::new(Some(id), 0), number)).collect()
    }

    fn line(id: &str, member: &str) -> String {
        format!("{{\"id\":\"{id}\",\"status\":200,{member}}}\n")
    }

    #[test]
    fn half_a_line_is_cut_off_and_its_record_is_not_done() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let whole = line("a", "\"response\":{}");
        std::fs::write(&path, format!("{whole}{{\"id\":\"b\",\"status\":200,\"respo")).unwrap();
        let (mut results, done) = Results::open(&path, &places(&["a", "b"])).unwrap();
        assert_eq!(done, HashSet::from([Key::new(Some("a"), 0)]));
        let second = line("b", "\"response\":{}");
        results.add(second.as_bytes(), None).unwrap();
        assert_eq!(results.tally().done(), 2);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole + &second);
    }

    #[test]
    fn lines_are_put_in_order_and_failures_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let (a, b) = (line("a", "\"response\":1"), line("b", "\"error\":{\"kind\":\"network\"}"));
        std::fs::write(&path, format!("{b}{a}")).unwrap();
        let places = places(&["a", "b"]);
        let (results, _) = Results::open(&path, &places).unwrap();
        assert_eq!(results.sort(&places).unwrap().failed(), 1);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{a}{b}"));
        drop_failures(&path).unwrap();
        let (results, done) = Results::open(&path, &places).unwrap();
        assert_eq!((results.tally().done(), done.len()), (1, 1));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), a);
    }

    #[test]
    fn a_line_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        for (text, said) in [
            ("hello\n".to_owned(), "line 1 of"),
            (line("a", "\"response\":1") + &line("z", "\"response\":1"), "line 2 of"),
        ] {
            std::fs::write(&path, &text).unwrap();
            let Err(refused) = Results::open(&path, &places(&["a"])) else { panic!("{text}") };
            assert!(refused.message().contains(said), "{refused}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
