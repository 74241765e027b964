//! `async start|get|wait|download|list`: async invocations of any model.

use super::input;
use super::jobs::follow::{self, DownloadArgs, WaitArgs};
use super::jobs::list::{self, ListArgs};
use super::jobs::start::{self, StartArgs};
use super::model_args;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::protocol::operation::bedrock_runtime::{GetAsyncInvoke, InvocationArn, StartAsyncInvoke};
use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(super) enum AsyncCommand {
    /// Start a job; prints its ARN first
    Start(StartModelArgs),
    /// Print what the service says about a job
    Get(GetArgs),
    /// Wait for the end of a job; prints where its output is
    Wait(WaitArgs),
    /// Fetch the output of a job
    Download(DownloadArgs),
    /// List the jobs of this region
    List(ListArgs),
}

#[derive(Args)]
pub(super) struct StartModelArgs {
    /// Model id, name or ARN
    model: String,

    /// The modelInput, in the model's own shape: JSON, @FILE, or - for standard input; sent byte for byte
    #[arg(long, value_name = "JSON|@FILE|-")]
    input: String,

    #[command(flatten)]
    start: StartArgs,
}

#[derive(Args)]
pub(super) struct GetArgs {
    /// ARN of the invocation
    arn: String,
}

pub(super) async fn run(command: AsyncCommand, session: &Session, output: &Output) -> Result<(), Error> {
    match command {
        AsyncCommand::Start(args) => {
            let model = model_args::of_job(&args.model, session)?;
            let model_input = input::read("--input", &args.input)?;
            let request = |s3_uri, token| Ok(StartAsyncInvoke::new(model, model_input, s3_uri, token)?);
            start::run(&args.start, "async", request, session, output).await
        }
        AsyncCommand::Get(args) => get(args, session, output).await,
        AsyncCommand::Wait(args) => follow::wait(args, "async", session, output).await,
        AsyncCommand::Download(args) => follow::download(args, "async", session, output).await,
        AsyncCommand::List(args) => list::run(&args, |_| true, session, output).await,
    }
}

async fn get(args: GetArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let operation = GetAsyncInvoke::new(InvocationArn::new(args.arn)?);
    if session.stops_before(&operation, output).await? {
        return Ok(());
    }
    output.bytes(session.client().call(&operation).await?.document().bytes())
}
