//! `verify [FILE]`: is the signature of a captured request right, and if not, which mistake made it?

use super::capture_file::{self, KeyArgs};
use super::global::GlobalOptions;
use super::input;
use super::output::Output;
use crate::protocol::capture::CapturedBody;
use crate::protocol::diagnosis::{Missing, Mistake, Verdict, Verification, verify};
use crate::{Error, ErrorKind};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Neither match nor mismatch.
const UNKNOWN: u8 = 1;
const MISMATCH: u8 = 4;

const HELP: &str = "\
It reads HTTP/1.1 text, a curl command, what curl -v prints, a HAR, a VCR cassette, the debug log of botocore or of an AWS SDK, \
a presigned URL, a fixture, and --dry-run=json. With the secret it recomputes the signature and searches the known mistakes, alone and in pairs; without it, \
it checks form, scope, dates, headers and x-amz-content-sha256. The age of the signature is never judged.

Exit codes: 0 match · 4 mismatch · 1 unknown (no secret, no signature, or a body that the capture does not show) · 2 unreadable";

#[derive(Args)]
#[command(after_help = HELP)]
pub(super) struct VerifyArgs {
    /// The captured request; standard input without it, or with -
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    file: String,

    #[command(flatten)]
    keys: KeyArgs,

    /// The body, where the capture does not show it
    #[arg(long, value_name = "TEXT|@FILE")]
    body: Option<String>,
}

pub(super) fn run(args: &VerifyArgs, global: &GlobalOptions, output: &Output) -> Result<ExitCode, Error> {
    let body = args.body.as_deref().map(|body| ("--body", body));
    let given = args.keys.given().chain([("FILE", args.file.as_str())]).chain(body);
    input::refuse_two_readers(given)?;
    let capture = capture_file::read(&args.file)?;
    let Some(request) = capture.request() else {
        return Err(Error::new(ErrorKind::InvalidInput, "the capture has an answer, but no request")
            .with_hint("`bedwire diagnose` explains answers"));
    };
    let mut request = request.clone();
    if let Some(body) = &args.body {
        request.body = CapturedBody::Whole(input::read("--body", body)?);
    }
    let mut notes = capture.notes.clone();
    if capture.requests() > 1 {
        notes.push(format!(
            "the capture has {} requests; this is the first that is signed",
            capture.requests()
        ));
    }
    let keys = args.keys.find(global.profile.as_deref())?;
    let verification = verify(&request, keys.keys());
    for note in &notes {
        output.note(&format!("bedwire: {note}"));
    }
    if output.is_json() {
        output.json(&as_json(&verification))?;
    } else {
        output.line(&as_text(&verification))?;
    }
    Ok(match verification.verdict {
        Verdict::Match => ExitCode::SUCCESS,
        Verdict::Mismatch => ExitCode::from(MISMATCH),
        Verdict::Unknown => ExitCode::from(UNKNOWN),
    })
}

fn as_json(verification: &Verification) -> serde_json::Value {
    json!({
        "verdict": verification.verdict.as_str(),
        "mistakes": verification.mistakes.iter().map(|mistake| mistake.id()).collect::<Vec<_>>(),
        "explanation": verification.explanation,
        "fix": fix(verification),
        "canonical_request": verification.canonical_request,
        "string_to_sign": verification.string_to_sign,
    })
}

/// What to do; where something was not given, how to give it.
fn fix(verification: &Verification) -> Option<String> {
    let missing = || {
        Some(match verification.missing? {
            Missing::Body => "give the body with --body @FILE".to_owned(),
            Missing::Secret => "give the secret of its access key with --secret-key @FILE".to_owned(),
        })
    };
    verification.fix.clone().or_else(missing)
}

fn as_text(verification: &Verification) -> String {
    let mut text = format!("{}: {}\n", verification.verdict.as_str(), verification.explanation);
    if !verification.mistakes.is_empty() {
        let ids: Vec<&str> = verification.mistakes.iter().copied().map(Mistake::id).collect();
        let _ = writeln!(text, "mistakes: {}", ids.join(", "));
    }
    if let Some(fix) = fix(verification) {
        let _ = writeln!(text, "fix: {fix}");
    }
    for (title, part) in [
        ("the canonical request that AWS computes", &verification.canonical_request),
        ("the canonical request that was signed", &verification.signed_canonical_request),
        ("the string to sign that AWS computes", &verification.string_to_sign),
        ("the string to sign that was signed", &verification.signed_string_to_sign),
    ] {
        if let Some(part) = part {
            let _ = writeln!(text, "\n== {title}\n{part}");
        }
    }
    text
}
