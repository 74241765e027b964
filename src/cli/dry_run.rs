//! `--dry-run`: the real path, stopped before the wire, in one of four forms.

use super::colour;
use super::global::DryRunForm;
use super::output::Output;
use crate::Error;
use crate::protocol::explain;
use crate::protocol::sigv4::SignedRequest;

pub(super) fn print(form: DryRunForm, signed: &SignedRequest, output: &Output) -> Result<(), Error> {
    match form {
        DryRunForm::Http => output.bytes(&explain::as_http(signed)),
        DryRunForm::Explain => output.line(&colour::painted(&explain::as_text(signed))),
        DryRunForm::Curl => output.line(&explain::as_curl(signed)),
        DryRunForm::Json => output.json(&explain::as_json(signed)),
    }
}
