//! `invoke MODEL --body …`

use super::fallback_args::FallbackArgs;
use super::input;
use super::model_args::ModelArgs;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::client::EventStream;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::{InvokeModel, InvokeModelWithResponseStream};
use clap::Args;

#[derive(Args)]
pub(super) struct InvokeArgs {
    /// Name, id or ARN of a model or of an inference profile
    model: String,

    /// The body in the model's own shape: JSON, @FILE, or - for standard input; sent byte for byte
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: String,

    /// Print the answer as it arrives, one decoded chunk a line
    #[arg(long)]
    stream: bool,

    #[command(flatten)]
    models: ModelArgs,

    #[command(flatten)]
    fallback: FallbackArgs,
}

impl InvokeArgs {
    /// The file of `--model-table`.
    pub(super) fn model_table(&self) -> Option<&str> {
        self.models.table()
    }
}

pub(super) async fn run(args: InvokeArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(args.model)?;
    let body = input::read("--body", &args.body)?;
    let client = args.models.client(session);
    let routes = args.fallback.over(&client, model_id.clone())?;
    if args.stream {
        let operation = InvokeModelWithResponseStream::new(model_id, body)?;
        if session.stops_client_before(&client, &operation, output).await? {
            return Ok(());
        }
        return print_chunks(routes.stream(&operation).await?, output).await;
    }
    let operation = InvokeModel::new(model_id, body)?;
    if session.stops_client_before(&client, &operation, output).await? {
        return Ok(());
    }
    let answer = routes.run(&operation).await?;
    // A line end after JSON changes nothing of it, and lets answers follow one another in a file; elsewhere it is
    // damage.
    if answer.content_type().is_none_or(|media_type| media_type.starts_with("application/json")) {
        return output.bytes(answer.body().bytes());
    }
    output.raw(answer.body().bytes())
}

async fn print_chunks(
    mut stream: EventStream<InvokeModelWithResponseStream>,
    output: &Output,
) -> Result<(), Error> {
    while let Some(event) = stream.next().await {
        if let Some(chunk) = event?.chunk() {
            output.bytes(chunk.bytes())?;
        }
        if output.is_closed() {
            break;
        }
    }
    Ok(())
}
