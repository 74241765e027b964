//! Starting an async invocation, so that the same command after a crash finds its job again.

use super::follow::{FollowArgs, Resume, follow};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::client::random_token;
use crate::protocol::operation::bedrock_runtime::{
    ClientRequestToken, GetAsyncInvoke, StartAsyncInvoke, StartAsyncInvokeOutput,
};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use clap::Args;
use std::time::{Duration, Instant, SystemTime};

/// How long to look whether a job is an old one. It is only asked for the note.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(in crate::cli) struct StartArgs {
    /// Folder for the output: s3://bucket/prefix; the service adds one named like the job
    #[arg(long, value_name = "URI")]
    s3_uri: String,

    /// Client request token: the same one finds the same job [default: made of the request, so that the same command
    /// finds its job again]
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,

    /// Start another job for the same request, with a fresh token
    #[arg(long, conflicts_with = "token")]
    again: bool,

    /// A tag of the job; repeatable
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    tags: Vec<String>,

    /// ARN of the KMS key that encrypts the output
    #[arg(long, value_name = "ARN")]
    kms_key_id: Option<String>,

    /// Account that owns the bucket, where it is another
    #[arg(long, value_name = "ACCOUNT")]
    bucket_owner: Option<String>,

    /// Wait until the job has ended
    #[arg(long)]
    wait: bool,

    #[command(flatten)]
    follow: FollowArgs,
}

/// Starts a job and, if asked to, follows it to its end. `command` is the one that resumes: `video` or `async`.
pub(in crate::cli) async fn run(
    args: &StartArgs,
    command: &'static str,
    request: impl FnOnce(S3Uri, ClientRequestToken) -> Result<StartAsyncInvoke, Error>,
    session: &Session,
    output: &Output,
) -> Result<(), Error> {
    let start = args.complete(request(S3Uri::new(&*args.s3_uri)?, random_token()?)?)?;
    // Before the job is started: its output must have a place to go.
    let target = args.follow.target()?;
    if session.stops_before(&start, output).await? {
        return Ok(());
    }
    let began = Instant::now();
    let started = session.client().call(&start).await?;
    let took = began.elapsed();
    output.started(started.document().bytes(), started.invocation_arn().as_str())?;
    if !args.again {
        note_an_old_job(&started, took, session, output).await;
    }
    if !args.wait && target.is_none() {
        return Ok(());
    }
    let resume = Resume { command, arn: started.invocation_arn() };
    let followed = follow(resume, &args.follow, target, session, output).await;
    followed.map(|_| ()).map_err(|error| match error.kind() {
        ErrorKind::InvocationFailed if !args.again => {
            error.with_hint("the same command finds this job again; --again starts another")
        }
        _ => error,
    })
}

impl StartArgs {
    /// The token comes last: it is made of all the rest.
    fn complete(&self, mut start: StartAsyncInvoke) -> Result<StartAsyncInvoke, Error> {
        for tag in &self.tags {
            let (key, value) = tag.split_once('=').ok_or_else(|| {
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("--tag {tag:?} has no '='; write it as KEY=VALUE"),
                )
            })?;
            start = start.tag(key, value)?;
        }
        if let Some(arn) = &self.kms_key_id {
            start = start.kms_key_id(arn)?;
        }
        if let Some(account) = &self.bucket_owner {
            start = start.bucket_owner(account)?;
        }
        Ok(match &self.token {
            Some(token) => start.client_request_token(ClientRequestToken::new(token)?),
            None if self.again => start,
            None => {
                let token = ClientRequestToken::of_content(&start);
                start.client_request_token(token)
            }
        })
    }
}

/// Says so where the token found a job of an earlier command. Not knowing is no error: the job is there.
async fn note_an_old_job(
    started: &StartAsyncInvokeOutput,
    took: Duration,
    session: &Session,
    output: &Output,
) {
    let answered = answer_time(started, SystemTime::now());
    let ask = GetAsyncInvoke::new(started.invocation_arn().clone());
    let Ok(Ok(job)) = tokio::time::timeout(LOOK, session.client().call(&ask)).await else { return };
    let (Some(submitted), Some(text)) = (job.submit_time(), job.submit_time_text()) else { return };
    // A time without a fraction may be up to a second after the one it is written for.
    let slack = Duration::from_millis(if text.contains('.') { 200 } else { 1000 });
    if submitted + slack + took < answered {
        output.note(&format!(
            "this request was sent before: its job was started at {text} and is {}; --again starts another",
            job.status()
        ));
    }
}

/// When the service answered, by its own clock: `Date` has whole seconds, so ours is taken where the two agree.
fn answer_time(started: &StartAsyncInvokeOutput, now: SystemTime) -> SystemTime {
    let Some(date) = started.server_date() else { return now };
    match now.duration_since(date) {
        Ok(ahead) if ahead < Duration::from_millis(1500) => now,
        _ => date,
    }
}
