//! `batch submit|status|fetch`: the same records by Bedrock's own batch inference, on S3. This is for those who outgrow
//! one machine.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference.html>

use super::fetched;
use super::input::{Input, Line, Lines};
use super::journal;
use super::local::OperationName;
use super::output_option::check_is_file;
use super::results::replace;
use super::tally::Tally;
use crate::cli::global::seconds;
use crate::cli::model_args::ModelArgs;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::{Download, Wait, random_token};
use crate::protocol::document::ObjectWriter;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock::{
    CreateModelInvocationJob, GetModelInvocationJob, ModelInvocationJob, ModelInvocationJobArn,
};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use clap::{Args, Subcommand};
use serde_json::json;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a job takes at least, unless AWS has changed the account's quota.
const FEWEST_RECORDS: usize = 100;
/// The largest file of a job: 1 GB.
/// <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>
const MAX_BYTES: usize = 1_000_000_000;

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
pub(super) struct SubmitArgs {
    /// Name, id or ARN of a model or of an inference profile
    model: String,

    /// The records, one JSON object a line, as for `batch MODEL`; at most 1 GB, as Bedrock takes
    #[arg(long, value_name = "FILE")]
    input: PathBuf,

    /// Folder for the records and the results: s3://bucket/prefix
    #[arg(long, value_name = "URI")]
    s3_uri: String,

    /// Role that lets Bedrock read and write there
    #[arg(long, value_name = "ARN")]
    role_arn: String,

    /// Name of the job [default: made of the records, so that the same command finds its job again]
    #[arg(long, value_name = "NAME")]
    job_name: Option<String>,

    /// Start another job for the same records
    #[arg(long, conflicts_with = "job_name")]
    again: bool,

    /// Hours after which Bedrock gives the job up: 24 to 168
    #[arg(long, value_name = "HOURS")]
    timeout_hours: Option<u32>,

    /// What the bodies are [default: told by the first body]
    #[arg(long, value_enum, value_name = "OPERATION")]
    operation: Option<OperationName>,

    #[command(flatten)]
    models: ModelArgs,
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

async fn submit(args: SubmitArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(args.model)?;
    let client = args.models.client(session)?;
    let folder = S3Uri::new(args.s3_uri)?;
    let mut input = Input::open(&args.input)?;
    let mut length = 0;
    let plan = input.plan_with(|line| measure(line, &mut length))?;
    if let Some((_, problem)) = plan.first_bad {
        let error = Error::new(ErrorKind::InvalidInput, format!("--input: {problem}"));
        return Err(error.with_hint("nothing was sent: a job takes whole records only"));
    }
    let operation = OperationName::of(args.operation, plan.operation);
    let id = if args.again { random_token()?.as_str().replace('-', "") } else { plan.sha256.clone() };
    let name = args.job_name.unwrap_or_else(|| format!("bedwire-{}", id.get(..16).unwrap_or(&id)));
    let object = folder.join(&format!("{name}.jsonl"));
    let mut create = CreateModelInvocationJob::new(
        name,
        args.role_arn,
        model_id,
        operation,
        object.clone(),
        folder.join("results/"),
    )?;
    if let Some(hours) = args.timeout_hours {
        create = create.timeout_duration_in_hours(hours)?;
    }
    if session.stops_client_before(&client, &create, output).await? {
        return Ok(());
    }
    if plan.places.len() < FEWEST_RECORDS {
        output.note(&format!(
            "{} records are fewer than the {FEWEST_RECORDS} that Bedrock takes unless AWS has changed that quota",
            plan.places.len()
        ));
    }
    let records = Records { lines: input.lines()?, expected: Some(plan.sha256) };
    client.upload(&object, "application/jsonl", records).await?;
    let created = client.call(&create).await?;
    if output.is_json() {
        return output.bytes(created.document().bytes());
    }
    output.line(created.job_arn().as_str())
}

/// A record in Bedrock's own form.
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html>
fn record(id: &str, body: &[u8]) -> String {
    let mut record = ObjectWriter::default();
    record.string("recordId", id).raw("modelInput", &String::from_utf8_lossy(body));
    let mut record = record.finish_text();
    record.push('\n');
    record
}

/// Adds up how long the records are, before anything is sent.
fn measure(line: &Line, length: &mut usize) -> Result<(), Error> {
    const EMPTY: usize = r#"{"recordId":"","modelInput":}"#.len() + 1;
    let body = line.body.as_ref().map_or(0, Bytes::len);
    *length += EMPTY + line.id.as_deref().unwrap_or_default().len() + body;
    if *length <= MAX_BYTES {
        return Ok(());
    }
    let message =
        format!("--input: the records have more than {MAX_BYTES} bytes, the most of a file; split it");
    Err(Error::new(ErrorKind::InvalidInput, message).with_hint("nothing was sent"))
}

/// The records, read again to be sent. Where the file is another one by now, that is an error in the place of its end.
struct Records<'a> {
    lines: Lines<'a>,
    expected: Option<String>,
}

impl Iterator for Records<'_> {
    type Item = Result<Bytes, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.lines.next() {
            Ok(Some(line)) => {
                let id = line.id.unwrap_or_default();
                Some(line.body.map(|body| record(&id, &body).into()))
            }
            Ok(None) if self.expected.take()? == self.lines.sha256() => None,
            Ok(None) => {
                let message = "--input: the file was changed while it was read";
                let error = Error::new(ErrorKind::InvalidInput, message);
                Some(Err(error.with_hint("no job was started; run it again")))
            }
            Err(error) => Some(Err(error)),
        }
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
