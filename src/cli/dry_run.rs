//! `--dry-run`: the real path, stopped before the wire, in one of four forms.

use super::global::{DryRunForm, GlobalOptions};
use super::output::Output;
use crate::protocol::explain;
use crate::protocol::sigv4::SignedRequest;
use crate::{Error, ErrorKind};

pub(super) fn print(form: DryRunForm, signed: &SignedRequest, output: &Output) -> Result<(), Error> {
    match form {
        DryRunForm::Http => output.bytes(&explain::as_http(signed)),
        DryRunForm::Explain => output.explanation(&explain::as_text(signed)),
        DryRunForm::Curl => output.bytes(explain::as_curl(signed).as_bytes()),
        DryRunForm::Json => output.json(&explain::as_json(signed)),
    }
}

/// Refuses `--dry-run` for a server: it sends what others ask it to, so that nothing of its own could be printed.
pub(super) fn refuse_for_server(command: &str, global: &GlobalOptions, hint: &str) -> Result<(), Error> {
    refuse(&format!("{command}, which sends nothing of its own"), global, hint)
}

/// Refuses `--dry-run` for what has no one request that could be printed.
pub(super) fn refuse(command: &str, global: &GlobalOptions, hint: &str) -> Result<(), Error> {
    if global.dry_run.is_none() {
        return Ok(());
    }
    let message = format!("--dry-run does not go with {command}");
    Err(Error::new(ErrorKind::InvalidInput, message).with_hint(hint))
}
