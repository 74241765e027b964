//! `batch submit|status|fetch`: the same records by Bedrock's own batch inference, on S3. This is for those who outgrow
//! one machine.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html>

use super::fetched;
use super::journal;
use super::output_option::check_is_file;
use super::results::replace;
use super::submit::{SubmitArgs, submit};
use super::tally::Tally;
use crate::cli::global::seconds;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::{Download, Wait};
use crate::protocol::operation::bedrock::{GetModelInvocationJob, ModelInvocationJob, ModelInvocationJobArn};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use clap::{Args, Subcommand};
use serde_json::json;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Subcommand)]
pub(super) enum JobCommand {
    /// Put the records on S3 and start a job of Bedrock's batch inference; prints its ARN
    Submit(SubmitArgs),
    /// Print how far a job is
    Status(StatusArgs),
    /// Fetch the results of a job, in the form of `batch MODEL`
    Fetch(FetchArgs),
}

#[derive(Args)]
pub(super) struct StatusArgs {
    /// ARN of the job
    arn: String,

    /// Wait until the job is over
    #[arg(long)]
    wait: bool,

    /// Seconds to wait for the end of the job [default: 604800, as long as a job may take]
    #[arg(long, value_name = "SECS", requires = "wait", value_parser = seconds)]
    wait_limit: Option<Duration>,
}

#[derive(Args)]
pub(super) struct FetchArgs {
    /// ARN of the job
    arn: String,

    /// Where results go, one a line. --output FILE means the same
    #[arg(long, value_name = "FILE")]
    results: PathBuf,
}

pub(super) async fn run(command: JobCommand, session: &Session, output: &Output) -> Result<(), Error> {
    match command {
        JobCommand::Submit(args) => submit(args, session, output).await,
        JobCommand::Status(args) => status(args, session, output).await,
        JobCommand::Fetch(args) => fetch(args, session, output).await,
    }
}

async fn status(args: StatusArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let arn = ModelInvocationJobArn::new(args.arn)?;
    let ask = GetModelInvocationJob::new(arn.clone());
    if session.stops_before(&ask, output).await? {
        return Ok(());
    }
    let job = if args.wait {
        wait_for(&arn, args.wait_limit, session, output).await?
    } else {
        session.client().call(&ask).await?
    };
    if output.is_json() {
        return output.bytes(job.document().bytes());
    }
    output.line(&in_words(&job))
}

/// Says each change while it waits.
async fn wait_for(
    arn: &ModelInvocationJobArn,
    limit: Option<Duration>,
    session: &Session,
    output: &Output,
) -> Result<ModelInvocationJob, Error> {
    let mut wait = Wait::for_batch_inference();
    if let Some(limit) = limit {
        wait = wait.limit(limit);
    }
    let mut last = String::new();
    let on_poll = |job: &ModelInvocationJob| {
        let now = in_words(job);
        if now != last && !job.has_output() && !job.has_failed() {
            output.note(&format!("{}: {now}", arn.id()));
        }
        last = now;
    };
    session.client().wait_model_invocation_job(arn, &wait, on_poll).await
}

/// `InProgress: 5 of 120 records, 0 failed`
fn in_words(job: &ModelInvocationJob) -> String {
    let mut line = job.status().to_owned();
    if let (Some(processed), Some(total)) = (job.processed_record_count(), job.total_record_count()) {
        let failed = job.error_record_count().unwrap_or(0);
        let _ = write!(line, ": {processed} of {total} records, {failed} failed");
    }
    if let Some(message) = job.message() {
        let _ = write!(line, ": {message}");
    }
    line
}

async fn fetch(args: FetchArgs, session: &Session, output: &Output) -> Result<(), Error> {
    check_is_file(&args.results)?;
    let ask = GetModelInvocationJob::new(ModelInvocationJobArn::new(args.arn)?);
    if session.stops_before(&ask, output).await? {
        return Ok(());
    }
    if journal::is_beside(&args.results) {
        let problem = format!("--output: {} belongs to a batch; give another file", args.results.display());
        return Err(Error::new(ErrorKind::InvalidInput, problem));
    }
    let job = session.client().call(&ask).await?;
    let object = output_object(&job)?;
    let raw = beside(&args.results);
    let download = Download::to(&raw)?;
    session.client().download(&object, &download, |_| {}).await?;
    let mut tally = Tally::default();
    let rewritten = fetched::rewrite(&raw, &object, &mut tally, |write| replace(&args.results, write));
    let _ = std::fs::remove_file(&raw);
    rewritten?;
    if output.is_json() {
        output.json(&json!({
            "records": tally.done(),
            "succeeded": tally.succeeded(),
            "failed": tally.failed(),
            "status": job.status(),
            "output": args.results.display().to_string(),
        }))?;
    }
    output.note(&format!("{}: {} records, {} failed", job.status(), tally.done(), tally.failed()));
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

/// Where the object goes before it is rewritten: in the same folder.
fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".out");
    target.with_file_name(name)
}
