//! `invoke MODEL --body …`

use super::input;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::InvokeModel;
use clap::Args;

#[derive(Args)]
pub(super) struct InvokeArgs {
    /// Model id, inference profile id or ARN
    model: String,

    /// The body in the model's own shape: JSON, @FILE, or - for standard input; sent byte for byte
    #[arg(long, value_name = "JSON|@FILE|-")]
    body: String,
}

pub(super) async fn run(args: InvokeArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let operation = InvokeModel::new(ModelId::new(args.model)?, input::read("--body", &args.body)?)?;
    if session.stops_before(&operation, output).await? {
        return Ok(());
    }
    let answer = session.client().call(&operation).await?;
    output.bytes(answer.body().bytes())
}
