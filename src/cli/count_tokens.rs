//! `count-tokens MODEL [PROMPT]`

use super::converse::ConverseInput;
use super::input;
use super::model_args::ModelNameArgs;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::CountTokens;
use clap::Args;

#[derive(Args)]
pub(super) struct CountTokensArgs {
    /// Name or id of a model, or of an inference profile: the tokens of its model are counted
    model: String,

    /// Count an InvokeModel body in the model's own shape instead: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with_all = ["prompt", "body"])]
    invoke_body: Option<String>,

    #[command(flatten)]
    input: ConverseInput,

    #[command(flatten)]
    models: ModelNameArgs,
}

pub(super) async fn run(args: CountTokensArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(args.model)?;
    let operation = match &args.invoke_body {
        Some(body) => CountTokens::invoke_model(&model_id, input::read("--invoke-body", body)?)?,
        None => CountTokens::converse(&model_id, args.input.read(&model_id)?)?,
    };
    let client = args.models.client(session)?;
    if session.stops_client_before(&client, &operation, output).await? {
        return Ok(());
    }
    let count = client.call(&operation).await?;
    if output.is_json() {
        output.bytes(count.document().bytes())
    } else {
        output.line(&count.input_tokens().to_string())
    }
}
