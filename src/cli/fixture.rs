//! `fixture check|import`: whether fixtures still parse and hold no secret; fixtures from other programs' files.

use super::input;
use super::output::Output;
use crate::fixture::import::{ImportError, Imported, from_har, from_vcr};
use crate::fixture::{self, redaction};
use crate::transport::{Record, Replay};
use crate::{Error, ErrorKind};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum FixtureCommand {
    /// Say whether each fixture of a folder still parses and holds no secret
    Check(CheckArgs),
    /// Turn the exchanges of a HAR file or a VCR cassette into fixtures, without their secrets
    Import(ImportArgs),
}

#[derive(Args)]
pub(super) struct CheckArgs {
    /// A folder of fixtures
    directory: PathBuf,
}

#[derive(Args)]
pub(super) struct ImportArgs {
    /// FILE.har, or a cassette: FILE.yaml
    file: PathBuf,

    /// Where the fixtures go; created where it is not there
    directory: PathBuf,

    /// Write prompts as hashes
    #[arg(long)]
    hash_prompts: bool,
}

pub(super) fn run(command: &FixtureCommand, output: &Output) -> Result<(), Error> {
    match command {
        FixtureCommand::Check(args) => check(&args.directory, output),
        FixtureCommand::Import(args) => import(args, output),
    }
}

fn check(directory: &Path, output: &Output) -> Result<(), Error> {
    let checked = fixture::check(directory)?;
    for case in &checked {
        if output.is_json() {
            output.json(&json!({"name": case.name, "problems": case.problems}))?;
        } else if case.problems.is_empty() {
            output.row(&format!("{}: ok", case.name))?;
        }
        for problem in case.problems.iter().filter(|_| !output.is_json()) {
            output.row(&format!("{}: {problem}", case.name))?;
        }
    }
    let bad = checked.iter().filter(|case| !case.problems.is_empty()).count();
    if bad == 0 {
        return Ok(());
    }
    let message = format!("{bad} of {} fixtures in {} have problems", checked.len(), directory.display());
    Err(Error::new(ErrorKind::InvalidInput, message))
}

fn import(args: &ImportArgs, output: &Output) -> Result<(), Error> {
    let shown = args.file.display().to_string();
    let bytes = input::read_path(&args.file)
        .map_err(|e| Error::new(ErrorKind::InvalidInput, format!("{shown} cannot be read: {e}")))?;
    let name =
        args.file.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
    let refused = |e: ImportError| Error::new(ErrorKind::InvalidInput, redacted(&format!("{shown} {e}")));
    let exchanges = read(&bytes).map_err(refused)?;
    drop(bytes);
    // A recorder that answers nothing itself: what it writes is what it is handed.
    let nobody = Arc::new(Replay::new(fixture::Store::default()));
    let mut record = Record::new(nobody, &args.directory)?;
    if args.hash_prompts {
        record = record.with_hashed_prompts();
    }
    let (mut imported, mut unusable, mut already_there) = (0_usize, 0_usize, 0_usize);
    for exchange in exchanges {
        match exchange {
            Ok(Imported { request, response, date }) => {
                if record.import(&request, &response, date.as_deref(), &name)? {
                    imported += 1;
                } else {
                    already_there += 1;
                }
            }
            Err(error) => {
                output.note(&redacted(&format!("bedwire: {shown}: {error}")));
                unusable += 1;
            }
        }
    }
    if imported + already_there == 0 {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{shown} has no exchange that can be imported"),
        ));
    }
    let skipped = unusable + already_there;
    if output.is_json() {
        let counts = json!({"imported": imported, "skipped": skipped, "already_there": already_there});
        return output.json(&counts);
    }
    let mut summary =
        format!("{imported} exchanges imported into {}, {skipped} skipped", args.directory.display());
    if already_there > 0 {
        summary.push_str(&format!(", of which {already_there} are there already"));
    }
    output.line(&summary)
}

/// Those of a file, one after the other.
type Exchanges = Box<dyn Iterator<Item = Result<Imported, ImportError>>>;

fn boxed(exchanges: impl Iterator<Item = Result<Imported, ImportError>> + 'static) -> Exchanges {
    Box::new(exchanges)
}

/// HAR is JSON with a `log`; a cassette is YAML, of which JSON is a part.
fn read(bytes: &[u8]) -> Result<Exchanges, ImportError> {
    let begins_as_json =
        bytes.trim_ascii_start().first() == Some(&b'{') || bytes.starts_with(b"\xef\xbb\xbf{");
    match from_har(bytes) {
        Ok(exchanges) => Ok(boxed(exchanges)),
        Err(har) if begins_as_json => from_vcr(bytes).map(boxed).map_err(|_| har),
        Err(_) => from_vcr(bytes).map(boxed),
    }
}

fn redacted(text: &str) -> String {
    redaction::plain_text(text)
}
