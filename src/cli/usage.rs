//! Arguments that cannot be parsed: clap's words, as text or as one line of JSON.

use super::global::OutputForm;
use super::output::Output;
use crate::protocol::redact;
use crate::{Error, ErrorKind};
use clap::error::{ContextKind, ContextValue};
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

/// Help and version go to stdout and are a success; everything else that clap says is bad usage.
pub(super) fn refuse(mut error: clap::Error) -> ExitCode {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue)
        && value.contains('@')
    {
        let shown = ContextValue::String(redact::url(value));
        error.insert(ContextKind::InvalidValue, shown);
    }
    if !error.use_stderr() {
        return match error.print() {
            // A reader that has seen enough is no failure.
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                let message = format!("stdout cannot be written: {e}");
                Output::new(OutputForm::Text).fail(&Error::new(ErrorKind::File, message))
            }
            _ => ExitCode::SUCCESS,
        };
    }
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let wants_json = asks_for_json(&arguments);
    if let (clap::error::ErrorKind::InvalidUtf8, Some(refused)) = (error.kind(), not_utf_8(&arguments)) {
        return Output::new(if wants_json { OutputForm::Json } else { OutputForm::Text }).fail(&refused);
    }
    if wants_json {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        return Output::new(OutputForm::Json).fail(&Error::new(ErrorKind::InvalidInput, message));
    }
    let _ = error.print();
    ExitCode::from(2)
}

/// Which argument it was. It may be a secret, so that its place is told and nothing of it.
fn not_utf_8(arguments: &[OsString]) -> Option<Error> {
    let at = arguments.iter().position(|argument| argument.to_str().is_none())?;
    let before = at.checked_sub(1).and_then(|at| arguments.get(at)?.to_str());
    let behind = match before.filter(|before| before.starts_with('-')) {
        Some(option) if !option.contains('=') => format!(", behind {option},"),
        _ => String::new(),
    };
    let message = format!("argument {}{behind} is no UTF-8", at + 1);
    let hint = "only what is a file's or a folder's name alone may be any bytes, and @FILE is more than that";
    Some(Error::new(ErrorKind::InvalidInput, message).with_hint(hint))
}

/// Arguments that cannot be parsed may still ask for JSON.
fn asks_for_json(arguments: &[OsString]) -> bool {
    let in_one = arguments.iter().any(|argument| argument == "--output=json");
    in_one || arguments.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
}
