//! `invoke MODEL --body …`

use super::input;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{InvokeModel, InvokeModelWithResponseStream};
use bytes::Bytes;
use clap::Args;

#[derive(Args)]
pub(super) struct InvokeArgs {
    /// Model id, inference profile id or ARN
    model: String,

    /// The body in the model's own shape: JSON, @FILE, or - for standard input; sent byte for byte
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: String,

    /// Print the answer as it arrives, one decoded chunk a line
    #[arg(long)]
    stream: bool,
}

pub(super) async fn run(args: InvokeArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(args.model)?;
    let body = input::read("--body", &args.body)?;
    if args.stream {
        return run_stream(model_id, body, session, output).await;
    }
    let operation = InvokeModel::new(model_id, body)?;
    if session.stops_before(&operation, output).await? {
        return Ok(());
    }
    let answer = session.client().call(&operation).await?;
    output.bytes(answer.body().bytes())
}

async fn run_stream(model_id: ModelId, body: Bytes, session: &Session, output: &Output) -> Result<(), Error> {
    let operation = InvokeModelWithResponseStream::new(model_id, body)?;
    if session.stops_before(&operation, output).await? {
        return Ok(());
    }
    let mut stream = session.client().stream(operation).await?;
    while let Some(event) = stream.next().await {
        if let Some(chunk) = event?.chunk() {
            output.bytes(chunk.bytes())?;
        }
    }
    Ok(())
}
