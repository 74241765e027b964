//! `batch fetch`: the results of a job, brought here and rewritten in our form.

use super::fetched;
use super::journal;
use super::output_file::file_behind;
use super::result_line;
use super::results::replace;
use super::shortfall;
use super::tally::Tally;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::Download;
use crate::protocol::operation::bedrock::{GetModelInvocationJob, ModelInvocationJob, ModelInvocationJobArn};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use clap::Args;
use serde_json::json;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// A longer line is no result: an answer has 64 MiB at most.
const LONGEST_LINE: u64 = 65 * 1024 * 1024;

#[derive(Args)]
pub(super) struct FetchArgs {
    /// ARN of the job
    arn: String,

    /// Where results go, one a line. --output FILE means the same
    #[arg(long, value_name = "FILE")]
    results: PathBuf,
}

pub(super) async fn fetch(args: FetchArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let file = file_behind(&args.results)?;
    let ask = GetModelInvocationJob::new(ModelInvocationJobArn::new(args.arn)?);
    if session.stops_before(&ask, output).await? {
        return Ok(());
    }
    check_may_be_replaced(&file)?;
    let job = session.client().call(&ask).await?;
    let object = output_object(&job)?;
    let raw = beside(&file);
    let download = Download::to(&raw)?;
    session.client().download(&object, &download, |_| {}).await?;
    let mut tally = Tally::default();
    let rewritten = fetched::rewrite(&raw, &object, &mut tally, |write| replace(&file, write));
    let _ = std::fs::remove_file(&raw);
    rewritten?;
    if output.is_json() {
        output.json(&json!({
            "records": tally.done(),
            "total": job.total_record_count(),
            "succeeded": tally.succeeded(),
            "failed": tally.failed(),
            "status": job.status(),
            "output": args.results.display().to_string(),
        }))?;
    }
    output.note(&format!("{}: {} records, {} failed", job.status(), tally.done(), tally.failed()));
    shortfall::check(&job, Some(tally.done())).map_err(|error| {
        error.with_hint(format!(
            "{} has the results that are there; submit the other records again",
            args.results.display()
        ))
    })?;
    tally.verdict().map_err(|error| error.with_hint(format!("see {}", args.results.display())))
}

fn output_object(job: &ModelInvocationJob) -> Result<S3Uri, Error> {
    let arn = job.job_arn();
    if job.has_failed() {
        let why = job.message().unwrap_or("the service gives no reason");
        return Err(Error::new(ErrorKind::InvocationFailed, format!("{arn} failed: {why}")));
    }
    if !job.has_output() {
        let message = format!("{arn} is still {}; there are no results yet", job.status());
        return Err(Error::new(ErrorKind::Timeout, message).with_hint("the job goes on; fetch it later"));
    }
    job.output_object().ok_or_else(|| {
        let message =
            format!("the answer to GetModelInvocationJob does not say where the output of {arn} is");
        Error::new(ErrorKind::Undecodable, message)
    })
}

/// Results that were fetched before are replaced. Any other file is somebody's.
fn check_may_be_replaced(file: &Path) -> Result<(), Error> {
    let refuse = |problem: &str| {
        Error::new(ErrorKind::InvalidInput, format!("--output: {} {problem}", file.display()))
    };
    if let Some(journal) = journal::beside(file) {
        return Err(refuse(&format!("belongs to a batch by {}; give another file", journal.display())));
    }
    let mut line = Vec::new();
    match File::open(file)
        .and_then(|there| BufReader::new(there.take(LONGEST_LINE)).read_until(b'\n', &mut line))
    {
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(refuse(&format!("is there already and cannot be read: {e}"))),
    }
    if line.is_empty() || result_line::read(&line).is_some() {
        return Ok(());
    }
    Err(refuse("is there already and holds no results; give another file"))
}

/// Where the object goes before it is rewritten: in the same folder.
fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".out");
    target.with_file_name(name)
}
