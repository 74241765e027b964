//! `count-tokens MODEL [PROMPT]`

use super::converse::PromptArgs;
use super::input;
use super::model_args::ModelNameArgs;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::protocol::document::Document;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::ModelId;
use crate::protocol::operation::bedrock_runtime::CountTokens;
use clap::Args;

#[derive(Args)]
pub(super) struct CountTokensArgs {
    /// Name or id of a model, or of an inference profile: the tokens of its model are counted
    model: String,

    #[command(flatten)]
    prompt: PromptArgs,

    /// Count a Converse body instead, of which messages, system, toolConfig and additionalModelRequestFields count:
    /// JSON, @FILE, or - for standard input. A body of CountTokens itself, {"input":…}, is sent byte for byte
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with_all = ["PromptArgs", "invoke_body"])]
    body: Option<String>,

    /// Count an InvokeModel body in the model's own shape instead: JSON, @FILE, or - for standard input
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with = "PromptArgs")]
    invoke_body: Option<String>,

    #[command(flatten)]
    models: ModelNameArgs,
}

impl CountTokensArgs {
    /// The file of `--model-table`.
    pub(super) fn model_table(&self) -> Option<&str> {
        self.models.table()
    }
}

pub(super) async fn run(args: CountTokensArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let model_id = ModelId::new(args.model)?;
    let operation = match (&args.body, &args.invoke_body) {
        (Some(body), _) => of_body(&model_id, Document::object("--body", input::read("--body", body)?)?)?,
        (None, Some(body)) => CountTokens::invoke_model(&model_id, input::read("--invoke-body", body)?)?,
        (None, None) => CountTokens::converse(&model_id, args.prompt.read()?.document(&model_id)?)?,
    };
    let client = args.models.client(session);
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

/// Converse has no `input`, and CountTokens has nothing else.
fn of_body(model_id: &ModelId, body: Document) -> Result<CountTokens, InvalidInput> {
    let is_own = body.members().is_some_and(|members| members.contains_key("input"));
    if is_own { CountTokens::new(model_id, body) } else { CountTokens::converse(model_id, body) }
}
