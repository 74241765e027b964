//! `batch submit`: the records on S3, and a job for them. The object's name has a hash of the records, so that no other
//! records ever take the place of those that a job is still to read; and since the object is in the job's token, the
//! token finds a job of these records only.

use super::input::{Input, PlannedLines};
use super::lines::Line;
use super::local::OperationName;
use crate::cli::interrupt::Interrupt;
use crate::cli::model_args::ModelArgs;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::random_token;
use crate::protocol::document::ObjectWriter;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock::{CreateModelInvocationJob, ModelInvocationType};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use bytes::Bytes;
use clap::Args;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// What a job takes at least, unless AWS has changed the account's quota.
const FEWEST_RECORDS: usize = 100;
/// The largest file of a job: 1 GB.
/// <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>
const MAX_BYTES: usize = 1_000_000_000;

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

    /// Name of the job [default: made of the records and all options, so that the same command finds its job again]
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
    pub(super) models: ModelArgs,
}

pub(super) async fn submit(args: SubmitArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(&*args.model)?;
    let client = args.models.client(session);
    let folder = S3Uri::new(&*args.s3_uri)?;
    let mut input = Input::open(&args.input)?;
    let mut length = 0;
    let plan = input.plan_with(|line| measure(line, &mut length))?;
    if let Some((_, problem)) = &plan.first_bad {
        let error = Error::new(ErrorKind::InvalidInput, format!("--input: {problem}"));
        return Err(error.with_hint("nothing was sent: a job takes whole records only"));
    }
    let operation = OperationName::of(args.operation, plan.operation);
    let name = match &args.job_name {
        Some(name) => name.clone(),
        None if args.again => format!("bedwire-{}", begin_of(&random_token()?.as_str().replace('-', ""))),
        None => default_name(&args, &plan.sha256, operation),
    };
    let object = folder.join(&format!("{name}-{}.jsonl", begin_of(&plan.sha256)));
    let mut create = CreateModelInvocationJob::new(
        &*name,
        &*args.role_arn,
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
    let records = Records(input.planned(&plan)?);
    let mut interrupt = Interrupt::catch()?;
    let stop = async {
        interrupt.next().await;
        interrupted("what was sent of the records is given up, and no job was started")
    };
    client.upload_until(&object, "application/jsonl", records, stop).await?;
    let Some(created) = interrupt.unless(client.call(&create)).await else {
        // Another run of it takes another name.
        let how =
            if args.again { format!("with --job-name {name} instead of --again, ") } else { String::new() };
        return Err(interrupted(&format!("the job may have been started; {how}the same command finds it")));
    };
    let created = created.map_err(|error| explain(error, args.job_name.is_some()))?;
    output.started(created.document().bytes(), created.job_arn().as_str())
}

fn interrupted(hint: &str) -> Error {
    Error::new(ErrorKind::Interrupted, "interrupted").with_hint(hint)
}

/// Told by the records and by all that is asked for with them: two jobs that differ in anything have two names, which
/// have to be unique.
fn default_name(args: &SubmitArgs, records: &str, operation: ModelInvocationType) -> String {
    let hours = args.timeout_hours.map_or_else(String::new, |hours| hours.to_string());
    let mut hash = Sha256::new();
    for part in [records, &args.model, operation.as_str(), &args.role_arn, &args.s3_uri, &hours] {
        hash.update(part);
        hash.update([0]); // so that no part runs into the next
    }
    format!("bedwire-{}", begin_of(&hex::encode(hash.finalize())))
}

/// As much of a number in hex as tells it from others.
fn begin_of(hex: &str) -> &str {
    hex.get(..16).unwrap_or(hex)
}

/// A conflict is one of names here: the token is made of all that is asked for.
fn explain(error: Error, is_name_given: bool) -> Error {
    if error.code() != Some("ConflictException") {
        return error;
    }
    error.with_hint(if is_name_given {
        "a job of this name is there, of other records or options, and is left as it was; give another --job-name"
    } else {
        "a job of this name is there, and is left as it was; --again starts another one"
    })
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
struct Records<'a>(PlannedLines<'a>);

impl Iterator for Records<'_> {
    type Item = Result<Bytes, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.0.next() {
            Ok(line) => line.map(|line| Ok(record(&line.id.unwrap_or_default(), &line.body?).into())),
            Err(error) => Some(Err(error.with_hint("no job was started; run it again"))),
        }
    }
}
