//! `-v`: attempts and waits. `-vv`: headers and signing stages too, without secrets.

use super::stderr;
use crate::client::Observer;
use crate::protocol::explain;
use crate::protocol::model::ModelId;
use crate::protocol::retry::Attempt;
use crate::protocol::sigv4::SignedRequest;

/// Prints what the request loop tells, on stderr.
pub(super) struct Verbose {
    level: u8,
}

impl Verbose {
    pub(super) fn new(level: u8) -> Self {
        Self { level }
    }
}

impl Observer for Verbose {
    fn on_request(&self, operation: &str, request: &SignedRequest) {
        if self.level >= 2 {
            stderr::note(&format!("> {operation}"));
            note_indented(">", &explain::as_text(request));
        }
    }

    fn on_response(&self, operation: &str, status: http::StatusCode, headers: &http::HeaderMap) {
        if self.level >= 2 {
            stderr::note(&format!("< {operation}: {status}"));
            note_indented("<", &explain::header_lines(headers));
        }
    }

    /// Said in any case: another model's id than the one that was asked for is what people should know of.
    fn on_repair(&self, operation: &str, refused: &ModelId, instead: &ModelId) {
        stderr::note(&format!("bedwire: {operation}: {refused} was refused; sent again with {instead}"));
    }

    fn on_warning(&self, operation: &str, warning: &str) {
        stderr::note(&format!("bedwire: {operation}: {warning}"));
    }

    fn on_attempt(&self, operation: &str, attempt: &Attempt) {
        if self.level >= 1 {
            stderr::note(&format!("{operation}: {attempt}"));
        }
    }
}

fn note_indented(mark: &str, text: &str) {
    for line in text.lines() {
        stderr::note(&format!("{mark} {line}"));
    }
}
