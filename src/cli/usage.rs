//! Arguments that cannot be parsed: clap's words, as text or as one line of JSON.

use super::global::OutputForm;
use super::output::Output;
use crate::protocol::redact;
use crate::{Error, ErrorKind};
use clap::error::{ContextKind, ContextValue};
use std::ffi::OsString;
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
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if asks_for_json(std::env::args_os().skip(1)) {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ").split("\n\n").next().unwrap_or_default();
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        return Output::new(OutputForm::Json).fail(&Error::new(ErrorKind::InvalidInput, message));
    }
    let _ = error.print();
    ExitCode::from(2)
}

/// Arguments that cannot be parsed may still ask for JSON.
fn asks_for_json(arguments: impl Iterator<Item = OsString>) -> bool {
    let arguments: Vec<OsString> = arguments.collect();
    let in_one = arguments.iter().any(|argument| argument == "--output=json");
    in_one || arguments.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
}
