//! `batch submit|status|fetch`: the same records by Bedrock's own batch inference, on S3. This is for those who outgrow
//! one machine.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html>

use super::fetch::{FetchArgs, fetch};
use super::shortfall;
use super::submit::{SubmitArgs, submit};
use crate::Error;
use crate::cli::global::seconds;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::Wait;
use crate::protocol::operation::bedrock::{GetModelInvocationJob, ModelInvocationJob, ModelInvocationJobArn};
use clap::{Args, Subcommand};
use std::fmt::Write as _;
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
        output.bytes(job.document().bytes())?;
    } else {
        output.row(&in_words(&job))?;
    }
    if !args.wait {
        return Ok(());
    }
    shortfall::check(&job, job.processed_record_count())
        .map_err(|error| error.with_hint("batch fetch gets the results that are there"))
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
