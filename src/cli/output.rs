//! stdout carries data only; progress, warnings and errors go to stderr. A file or a pipe gets it byte for byte; a
//! terminal must obey nothing that others wrote.

use super::colour::painted;
use super::control_characters::{in_lines, laid_out, on_one_line};
use super::exit_code;
use super::global::OutputForm;
use super::hint::{hint, sentence};
use super::stderr;
use crate::{Error, ErrorKind};
use serde_json::{Value, json};
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where results go, and in which form.
///
/// A reader that goes away (`| head`) is no failure of ours, and no success either: what would go to it is dropped, the
/// command does the rest of its work, and its own result decides.
pub(super) struct Output {
    form: OutputForm,
    closed: AtomicBool,
}

impl Output {
    pub(super) fn new(form: OutputForm) -> Self {
        Self { form, closed: AtomicBool::new(false) }
    }

    pub(super) fn is_json(&self) -> bool {
        self.form == OutputForm::Json
    }

    /// Whether the reader has gone away: a command with nothing else to do than to print may stop.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Bytes as they are, with a line end where there is none.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.write(&[bytes, line_end(bytes)])
    }

    /// Bytes exactly as they came, so that a file of them is what was sent; on a terminal the prompt must not stand
    /// behind them.
    pub(super) fn raw(&self, bytes: &[u8]) -> Result<(), Error> {
        if io::stdout().is_terminal() { self.bytes(bytes) } else { self.write(&[bytes]) }
    }

    /// An explanation, in colour where there is some.
    pub(super) fn explanation(&self, text: &str) -> Result<(), Error> {
        let shown = if io::stdout().is_terminal() { laid_out(text) } else { text.into() };
        self.write_as_it_is(&[painted(&shown).as_bytes(), line_end(text.as_bytes())])
    }

    /// Lines of text for people, in which words of others may stand.
    pub(super) fn line(&self, text: &str) -> Result<(), Error> {
        self.bytes(in_lines(text).as_bytes())
    }

    /// The same where all of it is one line: a row among others.
    pub(super) fn row(&self, text: &str) -> Result<(), Error> {
        self.bytes(on_one_line(text).as_bytes())
    }

    /// A piece of text, at once and without a line end.
    pub(super) fn text(&self, text: &str) -> Result<(), Error> {
        self.write(&[text.as_bytes()])
    }

    /// A JSON document on one line.
    pub(super) fn json(&self, value: &Value) -> Result<(), Error> {
        self.bytes(value.to_string().as_bytes())
    }

    /// A job that was started, which is there and costs: where nobody reads stdout, somebody must be able to find it
    /// all the same.
    pub(super) fn started(&self, document: &[u8], arn: &str) -> Result<(), Error> {
        let printed = if self.is_json() { self.bytes(document) } else { self.line(arn) };
        if printed.is_err() || self.is_closed() {
            self.note(&format!("bedwire: started {arn}"));
        }
        printed
    }

    /// A word for the person at the terminal, on stderr.
    pub(super) fn note(&self, text: &str) {
        stderr::note(text);
    }

    /// The error, as text or as one line of JSON, and its exit code.
    pub(super) fn fail(&self, error: &Error) -> ExitCode {
        let text = if self.is_json() {
            on_one_line(&as_json(error).to_string()).into_owned()
        } else {
            format!("bedwire: {}", in_lines(&sentence(error)))
        };
        stderr::line(&text);
        ExitCode::from(exit_code::of(error))
    }

    fn write(&self, parts: &[&[u8]]) -> Result<(), Error> {
        if !io::stdout().is_terminal() {
            return self.write_as_it_is(parts);
        }
        let bytes = parts.concat();
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            let problem = format!("these {} bytes are no text, and stdout is a terminal", bytes.len());
            Error::new(ErrorKind::File, problem).with_hint("send stdout to a file: bedwire … > FILE")
        })?;
        self.write_as_it_is(&[laid_out(text).as_bytes()])
    }

    fn write_as_it_is(&self, parts: &[&[u8]]) -> Result<(), Error> {
        if self.is_closed() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = parts.iter().try_for_each(|part| stdout.write_all(part)).and_then(|()| stdout.flush());
        match written {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            written => {
                written.map_err(|e| Error::new(ErrorKind::File, format!("stdout cannot be written: {e}")))
            }
        }
    }
}

/// What is to be written behind bytes, so that they end a line.
fn line_end(bytes: &[u8]) -> &'static [u8] {
    if matches!(bytes.last(), Some(b'\n') | None) { b"" } else { b"\n" }
}

/// `{"error":{…}}`
pub(super) fn as_json(error: &Error) -> Value {
    json!({"error": {
        "kind": error.kind().as_str(),
        "code": error.code(),
        "message": error.message(),
        "status": error.status(),
        "request_id": error.request_id(),
        "attempts": error.attempts().len(),
        "hint": hint(error),
    }})
}
