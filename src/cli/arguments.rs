//! Every command, as it is typed.

use super::global::GlobalOptions;
use super::{
    api_key, async_invoke, batch, completions, converse, count_tokens, decode, diagnose, doctor, emulate,
    fixture, guardrail, invoke, models, policy, proxy, request, serve, verify, video,
};
use clap::{Parser, Subcommand};

/// Amazon Bedrock on the wire: plain signed HTTP, without the AWS SDK.
#[derive(Parser)]
#[command(
    name = "bedwire",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 110
)]
#[command(
    after_help = "Exit codes: 0 done · 2 bad usage or input · 3 no or refused credentials · 4 refused by the service · \
    5 still throttled at the bound · 6 network or timeout · 7 undecodable answer · 1 anything else"
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: GlobalOptions,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Invoke a model with a body in its own shape; prints the answer's body as it came
    Invoke(invoke::InvokeArgs),
    /// Talk with a model in the shape that all models share; prints its text
    Converse(Box<converse::ConverseArgs>),
    /// Count the tokens of a prompt, without asking the model
    CountTokens(Box<count_tokens::CountTokensArgs>),
    /// Check texts with guardrails
    #[command(subcommand)]
    Guardrail(guardrail::GuardrailCommand),
    /// Start, watch and list async invocations
    #[command(subcommand)]
    Async(async_invoke::AsyncCommand),
    /// Make videos with Luma Ray2 and Amazon Nova Reel
    #[command(subcommand)]
    Video(video::VideoCommand),
    /// Call a model for every line of a file; an interrupted batch goes on where it was
    Batch(Box<batch::BatchArgs>),
    /// List models and inference profiles, and find the id that a name means in a region
    #[command(subcommand)]
    Models(models::ModelsCommand),
    /// Sign and send any request
    Request(request::RequestArgs),
    /// Check the signature of a captured request, and name the mistake in it
    Verify(verify::VerifyArgs),
    /// Explain a refusal: what it means, and what to do
    Diagnose(diagnose::DiagnoseArgs),
    /// Show the frames of an event stream as JSON lines
    Decode(decode::DecodeArgs),
    /// Print every resolved setting, with its source
    Config,
    /// Check names, connections, TLS, clock, credentials and access, and say what to do
    Doctor(doctor::DoctorArgs),
    /// Make and read short-term Bedrock API keys, offline
    #[command(subcommand)]
    ApiKey(api_key::ApiKeyCommand),
    /// Print the least IAM policy for some commands, models and buckets
    Policy(policy::PolicyArgs),
    /// Run a Bedrock that answers locally, for any client in any language
    Emulate(emulate::EmulateArgs),
    /// Check fixtures, and make some from HAR files and VCR cassettes
    #[command(subcommand)]
    Fixture(fixture::FixtureCommand),
    /// Sign and forward what any unsigned client sends, and watch it at /_bedwire/
    Proxy(proxy::ProxyArgs),
    /// Serve OpenAI's and Anthropic's APIs with the models of Bedrock
    Serve(Box<serve::ServeArgs>),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// The file of `--model-table`, of the commands that take it.
    pub(super) fn model_table(&self) -> Option<String> {
        let file = match self {
            Self::Invoke(args) => args.model_table(),
            Self::Converse(args) => args.model_table(),
            Self::CountTokens(args) => args.model_table(),
            Self::Batch(args) => args.model_table(),
            Self::Models(command) => command.model_table(),
            _ => None,
        };
        file.map(str::to_owned)
    }
}
