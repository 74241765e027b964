//! stdout carries data only; progress, warnings and errors go to stderr.

use super::exit_code;
use super::global::OutputForm;
use crate::{Error, ErrorKind};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Where results go, and in which form.
pub(super) struct Output {
    form: OutputForm,
}

impl Output {
    pub(super) fn new(form: OutputForm) -> Self {
        Self { form }
    }

    pub(super) fn is_json(&self) -> bool {
        self.form == OutputForm::Json
    }

    /// Bytes as they are, with a line end where there is none.
    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| match bytes.last() {
            Some(b'\n') | None => Ok(()),
            Some(_) => stdout.write_all(b"\n"),
        });
        checked(written.and_then(|()| stdout.flush()))
    }

    /// A line of text.
    pub(super) fn line(&self, text: &str) -> Result<(), Error> {
        self.bytes(text.as_bytes())
    }

    /// A piece of text, at once and without a line end.
    pub(super) fn text(&self, text: &str) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        checked(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
    }

    /// A JSON document on one line.
    pub(super) fn json(&self, value: &Value) -> Result<(), Error> {
        self.bytes(value.to_string().as_bytes())
    }

    /// A word for the person at the terminal, on stderr.
    pub(super) fn note(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// The error, as text or as one line of JSON, and its exit code.
    pub(super) fn fail(&self, error: &Error) -> ExitCode {
        // A reader that has gone away (`| head`) is no failure of ours.
        if error.kind() == ErrorKind::File && error.message() == CLOSED {
            return ExitCode::SUCCESS;
        }
        let text = if self.is_json() { as_json(error).to_string() } else { format!("bedwire: {error}") };
        let _ = writeln!(io::stderr(), "{text}");
        ExitCode::from(exit_code::of(error))
    }
}

const CLOSED: &str = "stdout is closed";

fn checked(written: io::Result<()>) -> Result<(), Error> {
    written.map_err(|e| match e.kind() {
        io::ErrorKind::BrokenPipe => Error::new(ErrorKind::File, CLOSED),
        _ => Error::new(ErrorKind::File, format!("stdout cannot be written: {e}")),
    })
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
        "hint": error.hint(),
    }})
}
