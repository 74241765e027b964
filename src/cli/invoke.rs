//! `invoke MODEL --body …`

use super::input;
use super::model_args::ModelArgs;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::InvokeModel;
use clap::Args;

#[derive(Args)]
pub(super) struct InvokeArgs {
    /// Model id, inference profile id, ARN, or a name such as claude-3-5-sonnet-latest
    model: String,

    /// The body in the model's own shape: JSON, @FILE, or - for standard input; sent byte for byte
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: String,

    #[command(flatten)]
    models: ModelArgs,
}

pub(super) async fn run(args: InvokeArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let operation = InvokeModel::new(ModelId::new(args.model)?, input::read("--body", &args.body)?)?;
    let client = args.models.client(session)?;
    if session.stops_client_before(&client, &operation, output).await? {
        return Ok(());
    }
    let answer = client.call(&operation).await?;
    output.bytes(answer.body().bytes())
}
