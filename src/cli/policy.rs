//! `policy`: the least IAM policy for some commands, models and buckets.

use super::global::GlobalOptions;
use super::output::Output;
use super::session::{OFFLINE_REGION, overrides};
use crate::client::settings::{Environment, Settings};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::model::{ModelId, ResolveOptions, Table, resolve};
use crate::protocol::operation::s3::S3Uri;
use crate::protocol::policy::{Activity, PolicyScope, least_policy};
use crate::{Error, ErrorKind};
use clap::{Args, ValueEnum};

#[derive(Args)]
pub(super) struct PolicyArgs {
    /// Commands that the policy shall allow
    #[arg(value_enum, required = true, value_name = "COMMAND")]
    commands: Vec<PolicyCommand>,

    /// A model's id, name or ARN, or an inference profile's; repeatable
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<String>,

    /// Where the output of async invocations, or the files of batch jobs, go: a bucket, or s3://BUCKET/PREFIX; repeatable
    #[arg(long = "bucket", value_name = "BUCKET|S3_URI")]
    buckets: Vec<String>,

    /// The role that batch jobs run as, for batch-job
    #[arg(long, value_name = "ARN", value_parser = role)]
    role_arn: Option<String>,

    /// Allow streaming too, for invoke, converse and serve
    #[arg(long)]
    stream: bool,

    /// The account of the resources [default: any]
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
}

/// The commands that need something of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PolicyCommand {
    Invoke,
    Converse,
    CountTokens,
    Guardrail,
    Async,
    Video,
    Models,
    Batch,
    /// batch submit, status and fetch
    BatchJob,
    Serve,
    Doctor,
    ApiKey,
}

/// What the scope lacks, or has and should not have, by the option that gives it.
fn in_options(refused: InvalidInput) -> InvalidInput {
    let option = match refused.field() {
        "models" => "--model",
        "outputs" => "--bucket",
        "role" => "--role-arn",
        _ => return refused,
    };
    InvalidInput::new(option, refused.problem())
}

pub(super) fn run(args: &PolicyArgs, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    let settings = Settings::load(Environment::process(), overrides(global))?;
    let region = match settings.region() {
        Err(_) if global.is_local() => OFFLINE_REGION.to_owned(),
        found => found?,
    };
    let scope = PolicyScope {
        models: args.models.iter().map(|name| model(name, &region)).collect::<Result<_, _>>()?,
        outputs: args.buckets.iter().map(|bucket| folder(bucket)).collect::<Result<_, _>>()?,
        account: args.account.clone(),
        role: args.role_arn.clone(),
        region,
    };
    let policy = least_policy(&activities(args, global), &scope).map_err(in_options)?;
    if output.is_json() {
        return output.json(&policy);
    }
    let text = serde_json::to_string_pretty(&policy)
        .map_err(|e| Error::new(ErrorKind::InvalidInput, format!("the policy cannot be written: {e}")))?;
    output.line(&text)
}

fn activities(args: &PolicyArgs, global: &GlobalOptions) -> Vec<Activity> {
    let mut activities = Vec::new();
    for command in &args.commands {
        activities.push(match command {
            PolicyCommand::Invoke | PolicyCommand::Converse | PolicyCommand::Batch | PolicyCommand::Serve => {
                Activity::Invoke
            }
            PolicyCommand::CountTokens => Activity::CountTokens,
            PolicyCommand::Guardrail => Activity::Guardrail,
            PolicyCommand::Async | PolicyCommand::Video => Activity::Async,
            PolicyCommand::BatchJob => Activity::BatchJob,
            PolicyCommand::Models => Activity::Models,
            PolicyCommand::Doctor => Activity::Doctor,
            PolicyCommand::ApiKey => Activity::ApiKey,
        });
        let answers = activities.last() == Some(&Activity::Invoke);
        if answers && args.stream {
            activities.push(Activity::InvokeStream);
        }
        // A gateway counts the tokens of a prompt where it is asked to.
        if *command == PolicyCommand::Serve {
            activities.push(Activity::CountTokens);
        }
        // It tells families apart, and a quota of tokens counts the output of each as AWS does.
        if *command == PolicyCommand::Serve || (answers && global.tpm.is_some()) {
            activities.push(Activity::ModelBehindProfile);
        }
    }
    activities
}

/// The id that a name means in the region, as far as the built-in table knows.
fn model(name: &str, region: &str) -> Result<ModelId, Error> {
    match resolve(name, region, Table::embedded(), None, ResolveOptions::default()) {
        Ok(resolution) => Ok(resolution.model_id),
        Err(unresolved) => Err(Error::new(ErrorKind::InvalidInput, unresolved.to_string())),
    }
}

fn folder(bucket: &str) -> Result<S3Uri, InvalidInput> {
    if bucket.starts_with("s3://") { S3Uri::new(bucket) } else { S3Uri::new(format!("s3://{bucket}")) }
}

fn account(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    is_account.then(|| text.to_owned()).ok_or_else(|| "it takes the 12 digits of an account".to_owned())
}

fn role(text: &str) -> Result<String, String> {
    let is_role = text.starts_with("arn:") && text.contains(":iam::") && text.contains(":role/");
    is_role.then(|| text.to_owned()).ok_or_else(|| "it takes the ARN of a role".to_owned())
}
