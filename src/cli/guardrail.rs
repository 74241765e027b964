//! `guardrail apply` and `guardrail check`

use super::input;
use super::output::Output;
use super::session::Session;
use crate::protocol::content::{Guardrail, Role};
use crate::protocol::operation::bedrock_runtime::guardrail_check_words::{
    CONTENT_FILTER_CATEGORIES, PROMPT_ATTACK_CATEGORIES, SENSITIVE_INFORMATION_TYPES,
};
use crate::protocol::operation::bedrock_runtime::{
    ApplyGuardrail, CheckedMessage, GuardrailContentSource, InvokeGuardrailChecks,
    InvokeGuardrailChecksOutput, OutputScope,
};
use crate::{Error, ErrorKind};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Subcommand)]
pub(super) enum GuardrailCommand {
    /// Check texts with a guardrail of the account; prints what it does, and the texts that it lets through
    Apply(ApplyArgs),
    /// Score texts by checks that are named here, without a guardrail
    Check(CheckArgs),
}

#[derive(Args)]
pub(super) struct ApplyArgs {
    /// Id or ARN of the guardrail
    guardrail: String,

    /// What to check: text, @FILE, or - for standard input
    #[arg(required_unless_present = "body")]
    text: Vec<String>,

    /// Version of the guardrail: a number, or DRAFT
    #[arg(long, value_name = "VERSION", default_value = "DRAFT")]
    guardrail_version: String,

    /// What a user wrote, or what a model answered
    #[arg(long, value_enum, default_value_t = Source::Input)]
    source: Source,

    /// Show what the guardrail let pass, too
    #[arg(long)]
    full: bool,

    /// The whole body of the request, sent byte for byte: JSON, @FILE or -
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with_all = ["text", "full"])]
    body: Option<String>,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    /// What to score: text, @FILE, or - for standard input
    #[arg(required_unless_present = "body")]
    text: Vec<String>,

    /// Category of the content filter; repeatable
    #[arg(long, value_name = "CATEGORY", value_parser = words(CONTENT_FILTER_CATEGORIES), ignore_case = true)]
    content_filter: Vec<String>,

    /// Category of prompt attacks; repeatable
    #[arg(long, value_name = "CATEGORY", value_parser = words(PROMPT_ATTACK_CATEGORIES), ignore_case = true)]
    prompt_attack: Vec<String>,

    /// Entity of sensitive information; repeatable
    #[arg(long, value_name = "ENTITY", value_parser = words(SENSITIVE_INFORMATION_TYPES), ignore_case = true)]
    sensitive_information: Vec<String>,

    /// The whole body of the request, sent byte for byte: JSON, @FILE or -
    #[arg(long, value_name = "JSON|@FILE|-", conflicts_with_all = ["text", "content_filter", "prompt_attack", "sensitive_information"])]
    body: Option<String>,
}

fn words<const N: usize>(words: [&'static str; N]) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

#[derive(Clone, Copy, ValueEnum)]
enum Source {
    Input,
    Output,
}

pub(super) async fn run(command: GuardrailCommand, session: &Session, output: &Output) -> Result<(), Error> {
    match command {
        GuardrailCommand::Apply(args) => apply(args, session, output).await,
        GuardrailCommand::Check(args) => check(args, session, output).await,
    }
}

async fn apply(args: ApplyArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let operation = args.operation()?;
    if session.stops_before(&operation, output).await? {
        return Ok(());
    }
    let answer = session.client().call(&operation).await?;
    if output.is_json() {
        return output.bytes(answer.document().bytes());
    }
    output.line(answer.action().as_str())?;
    answer.outputs().iter().try_for_each(|text| output.bytes(text.as_bytes()))
}

async fn check(args: CheckArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let operation = args.operation()?;
    if session.stops_before(&operation, output).await? {
        return Ok(());
    }
    let answer = session.client().call(&operation).await?;
    if output.is_json() { output.bytes(answer.document().bytes()) } else { print_scores(&answer, output) }
}

fn print_scores(answer: &InvokeGuardrailChecksOutput, output: &Output) -> Result<(), Error> {
    for score in answer.content_filter().iter().chain(&answer.prompt_attack()) {
        output.row(&format!("{}  {}", score.severity_score, score.category))?;
    }
    for found in answer.sensitive_information() {
        output.row(&format!(
            "{}  {} in text {}, characters {} to {}",
            found.confidence_score,
            found.entity_type,
            found.message_index + 1,
            found.begin_offset,
            found.end_offset
        ))?;
    }
    Ok(())
}

fn refuse_two_readers(texts: &[String]) -> Result<(), Error> {
    input::refuse_two_readers(texts.iter().map(|text| ("TEXT", text.as_str())))
}

impl ApplyArgs {
    fn operation(self) -> Result<ApplyGuardrail, Error> {
        let guardrail = Guardrail::new(self.guardrail, self.guardrail_version)?;
        if let Some(body) = &self.body {
            return Ok(ApplyGuardrail::new(guardrail, input::read("--body", body)?)?);
        }
        let source = match self.source {
            Source::Input => GuardrailContentSource::Input,
            Source::Output => GuardrailContentSource::Output,
        };
        refuse_two_readers(&self.text)?;
        let mut operation = ApplyGuardrail::typed(guardrail, source);
        for text in &self.text {
            operation = operation.text(input::read_text("TEXT", text)?);
        }
        Ok(if self.full { operation.output_scope(OutputScope::Full) } else { operation })
    }
}

impl CheckArgs {
    fn operation(self) -> Result<InvokeGuardrailChecks, Error> {
        if let Some(body) = &self.body {
            return Ok(InvokeGuardrailChecks::new(input::read("--body", body)?)?);
        }
        if self.content_filter.is_empty()
            && self.prompt_attack.is_empty()
            && self.sensitive_information.is_empty()
        {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "there is nothing to check for; name --content-filter, --prompt-attack or --sensitive-information",
            ));
        }
        refuse_two_readers(&self.text)?;
        let texts: Result<Vec<_>, _> = self.text.iter().map(|text| input::read_text("TEXT", text)).collect();
        let messages = texts?.into_iter().map(|text| CheckedMessage::new(Role::User, text));
        let mut operation = InvokeGuardrailChecks::typed(messages);
        if !self.content_filter.is_empty() {
            operation = operation.content_filter(self.content_filter);
        }
        if !self.prompt_attack.is_empty() {
            operation = operation.prompt_attack(self.prompt_attack);
        }
        if !self.sensitive_information.is_empty() {
            operation = operation.sensitive_information(self.sensitive_information);
        }
        Ok(operation)
    }
}
