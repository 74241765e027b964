//! `diagnose [FILE]`: what an answer of AWS means, and what to do about it.

use super::capture_file::{self, KeyArgs};
use super::global::GlobalOptions;
use super::input;
use super::output::Output;
use crate::protocol::diagnosis::{Diagnosis, diagnose};
use crate::protocol::refusals::RefusalKind;
use crate::{Error, ErrorKind};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;

const HELP: &str = "\
It reads an answer as text (status line, headers, body), what curl -v or -i prints, a HAR, a VCR cassette, a botocore debug log, a fixture, an \
error body alone, or an exception's message; with the request beside it, it says more. Where AWS prints the canonical request, \
it is lined up with the client's, and the first difference of each line is marked.";

#[derive(Args)]
#[command(after_help = HELP)]
pub(super) struct DiagnoseArgs {
    /// The answer, with its request where there is one; standard input without it, or with -
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: String,

    #[command(flatten)]
    keys: KeyArgs,
}

pub(super) fn run(args: &DiagnoseArgs, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    input::refuse_two_readers(args.keys.given().chain([("FILE", args.file.as_str())]))?;
    let keys = args.keys.find(global.profile.as_deref())?;
    let name = if args.file == "-" { "standard input" } else { &args.file };
    let diagnosis = if let Some(capture) = capture_file::read_fixture(&args.file)? {
        capture.refused().and_then(|exchange| diagnose(exchange, keys.keys()))
    } else {
        let bytes = capture_file::read_bytes(&args.file)?;
        let capture = capture_file::of_bytes(&bytes);
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match &capture {
            Ok(capture) => match capture.refused() {
                Some(exchange) => {
                    for note in &capture.notes {
                        output.note(&format!("bedwire: {note}"));
                    }
                    diagnose(exchange, keys.keys())
                }
                None => Diagnosis::of_text(&text(), capture.request(), keys.keys()),
            },
            Err(_) => Diagnosis::of_text(&text(), None, keys.keys()),
        }
    };
    let diagnosis = diagnosis.ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, format!("{name}: no answer of AWS was found in it"))
            .with_hint("give the status line, the headers and the body, what curl -v prints, or a HAR")
    })?;
    if output.is_json() { output.json(&as_json(&diagnosis)) } else { output.line(&as_text(&diagnosis)) }
}

fn as_json(diagnosis: &Diagnosis) -> serde_json::Value {
    let differences: Vec<_> = diagnosis
        .differences
        .iter()
        .map(|difference| {
            json!({
                "part": difference.part,
                "aws": difference.aws,
                "client": difference.ours,
                "at": difference.at,
                "mistake": difference.mistake.map(crate::protocol::diagnosis::Mistake::id),
            })
        })
        .collect();
    json!({
        "refusal": diagnosis.refusal.map(RefusalKind::as_str),
        "status": (diagnosis.status != 0).then_some(diagnosis.status),
        "code": diagnosis.code,
        "message": diagnosis.message,
        "request_id": diagnosis.request_id,
        "verdict": diagnosis.verdict,
        "fix": diagnosis.fix,
        "mistakes": diagnosis.mistakes.iter().map(|mistake| mistake.id()).collect::<Vec<_>>(),
        "differences": differences,
        "clock_offset_seconds": diagnosis.clock_offset_seconds,
    })
}

fn as_text(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    let status = if diagnosis.status == 0 { String::new() } else { format!("HTTP {} ", diagnosis.status) };
    let code = diagnosis.code.as_deref().unwrap_or_default();
    if !(status.is_empty() && code.is_empty()) {
        let _ = writeln!(text, "{status}{code}");
    }
    let _ = writeln!(text, "verdict: {}", diagnosis.verdict);
    if let Some(fix) = &diagnosis.fix {
        let _ = writeln!(text, "fix: {fix}");
    }
    if !diagnosis.mistakes.is_empty() {
        let ids: Vec<&str> = diagnosis.mistakes.iter().map(|mistake| mistake.id()).collect();
        let _ = writeln!(text, "mistakes: {}", ids.join(", "));
    }
    if let Some(id) = &diagnosis.request_id {
        let _ = writeln!(text, "request id: {id}");
    }
    for difference in &diagnosis.differences {
        let _ = writeln!(text, "\n{difference}");
    }
    for (title, part) in [
        ("AWS's canonical request", &diagnosis.aws_canonical_request),
        ("AWS's string to sign", &diagnosis.aws_string_to_sign),
    ] {
        if let Some(part) = part {
            let _ = writeln!(text, "\n== {title}\n{part}");
        }
    }
    text
}
