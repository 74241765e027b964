//! Following a job: wait for its end, fetch its output, and on Ctrl-C say how to go on.

use crate::cli::output::Output;
use crate::cli::progress::ProgressView;
use crate::cli::session::Session;
use crate::cli::shell_word::quoted;
use crate::client::{Download, Wait};
use crate::protocol::operation::bedrock_runtime::{AsyncInvoke, InvocationArn};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use clap::Args;
use futures_util::future::{Either, select};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

#[derive(Args)]
pub(super) struct FollowArgs {
    /// Wait, then fetch the output into this file
    #[arg(long, value_name = "FILE")]
    download: Option<PathBuf>,

    /// Seconds to wait for the end of the job [default: 3600]
    #[arg(long, value_name = "SECS")]
    wait_limit: Option<u64>,
}

#[derive(Args)]
pub(in crate::cli) struct WaitArgs {
    /// ARN of the invocation
    arn: String,

    #[command(flatten)]
    follow: FollowArgs,
}

#[derive(Args)]
pub(in crate::cli) struct DownloadArgs {
    /// ARN of the invocation; one that is still running is waited for
    arn: String,

    /// Where to put the output [default: the job's id, in this folder]
    file: Option<PathBuf>,

    /// The same as FILE, as the other commands take it
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    download: Option<PathBuf>,
}

/// The job, and the command that goes on with it.
#[derive(Clone, Copy)]
pub(super) struct Resume<'a> {
    /// `video` or `async`
    pub(super) command: &'static str,
    pub(super) arn: &'a InvocationArn,
}

impl FollowArgs {
    /// Where the output goes, checked.
    pub(super) fn target(&self) -> Result<Option<Download>, Error> {
        self.download.as_deref().map(target).transpose()
    }

    fn wait(&self) -> Wait {
        let wait = Wait::default();
        match self.wait_limit {
            Some(seconds) => wait.limit(Duration::from_secs(seconds)),
            None => wait,
        }
    }
}

/// A file that can be written. One that is broken off goes on where it was, which standard output cannot.
fn target(file: &Path) -> Result<Download, Error> {
    if file == Path::new("-") {
        let message = "--download: - is standard output, and a download goes on where it was broken off";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_hint("give a file (./- if it is one)"));
    }
    Download::to(file)
}

/// `wait ARN`: prints where the output is.
pub(in crate::cli) async fn wait(
    args: WaitArgs,
    command: &'static str,
    session: &Session,
    output: &Output,
) -> Result<(), Error> {
    let arn = InvocationArn::new(args.arn)?;
    let target = args.follow.target()?;
    if session.stops_before(&ask(&arn), output).await? {
        return Ok(());
    }
    let job = follow(Resume { command, arn: &arn }, &args.follow, target, session, output).await?;
    if output.is_json() {
        return Ok(());
    }
    output.line(output_object(&job)?.as_str())
}

/// `download ARN [FILE]`
pub(in crate::cli) async fn download(
    args: DownloadArgs,
    command: &'static str,
    session: &Session,
    output: &Output,
) -> Result<(), Error> {
    let arn = InvocationArn::new(args.arn)?;
    if session.stops_before(&ask(&arn), output).await? {
        return Ok(());
    }
    let ending = if command == "video" { "mp4" } else { "out" };
    let file = args.file.or(args.download).unwrap_or_else(|| PathBuf::from(format!("{}.{ending}", arn.id())));
    let follow_args = FollowArgs { download: Some(file), wait_limit: None };
    let target = follow_args.target()?;
    follow(Resume { command, arn: &arn }, &follow_args, target, session, output).await?;
    Ok(())
}

/// Waits for the end of a job, and fetches its output where it has a place to go. As JSON it prints the job, then the
/// download, a line each.
pub(super) async fn follow(
    resume: Resume<'_>,
    args: &FollowArgs,
    target: Option<Download>,
    session: &Session,
    output: &Output,
) -> Result<AsyncInvoke, Error> {
    let work = async {
        let mut view = ProgressView::new();
        let client = session.client();
        let job = client.wait_async_invoke(resume.arn, &args.wait(), |job| view.job(job)).await?;
        if output.is_json() {
            output.bytes(job.document().bytes())?;
        }
        let Some(target) = target else {
            view.finish(&format!("{}: {}", resume.arn.id(), job.status()));
            return Ok(job);
        };
        let object = output_object(&job)?;
        let file = target.file().display().to_string();
        let length = client.download(&object, &target, |at| view.download(&file, at)).await?;
        view.finish(&format!("{file}: {length} bytes"));
        if output.is_json() {
            output.json(&json!({"file": file, "bytes": length, "s3Uri": object.as_str()}))?;
        }
        Ok(job)
    };
    match select(pin!(work), pin!(tokio::signal::ctrl_c())).await {
        Either::Left((result, _)) => result.map_err(|error: Error| match error.kind() {
            ErrorKind::Timeout | ErrorKind::Network | ErrorKind::Throttled => {
                with_resume(error, resume, args, session)
            }
            _ => error,
        }),
        Either::Right(_) => {
            let stopped = Error::new(ErrorKind::Interrupted, format!("interrupted; {} goes on", resume.arn));
            Err(with_resume(stopped, resume, args, session))
        }
    }
}

fn ask(arn: &InvocationArn) -> crate::protocol::operation::bedrock_runtime::GetAsyncInvoke {
    crate::protocol::operation::bedrock_runtime::GetAsyncInvoke::new(arn.clone())
}

fn with_resume(error: Error, resume: Resume<'_>, args: &FollowArgs, session: &Session) -> Error {
    let mut rest = format!("{} wait {}", resume.command, resume.arn);
    if let Some(file) = &args.download {
        rest.push_str(" --download ");
        rest.push_str(&quoted(&file.to_string_lossy()));
    }
    if let Some(seconds) = args.wait_limit {
        rest.push_str(" --wait-limit ");
        rest.push_str(&seconds.to_string());
    }
    match session.command(&rest) {
        Some(command) => error.with_hint(format!("resume with: {command}")),
        None => error.with_hint("the emulator of --offline has ended with this command, and the job with it"),
    }
}

/// The file that people want of a job: the video, or what else the model wrote.
fn output_object(job: &AsyncInvoke) -> Result<S3Uri, Error> {
    let folder = job.s3_uri().ok_or_else(|| {
        let message = format!(
            "the answer to GetAsyncInvoke does not say where the output of {} is",
            job.invocation_arn()
        );
        Error::new(ErrorKind::Undecodable, message)
    })?;
    let is_video = job.model_arn().is_none_or(super::list::is_video_model);
    Ok(folder.join(if is_video { "output.mp4" } else { "output.json" }))
}
