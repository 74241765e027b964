//! `models list`, `models profiles`, `models resolve NAME`

use super::control_characters::on_one_line;
use super::model_args::ModelNameArgs;
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::client::Client;
use crate::protocol::model::{
    ModelId, ModelKind, Resolution, ResolvedFrom, is_application_profile, needs_list,
};
use crate::protocol::operation::bedrock::{
    FoundationModel, GetInferenceProfile, InferenceProfile, InferenceProfileType, ListFoundationModels,
    ListInferenceProfiles,
};
use clap::{Args, Subcommand, ValueEnum};
use futures_util::TryStreamExt as _;

#[derive(Subcommand)]
pub(super) enum ModelsCommand {
    /// List the foundation models of the region
    List(ListArgs),
    /// List the inference profiles of the region
    Profiles(ProfilesArgs),
    /// Print the id to use for a name in the region
    Resolve(ResolveArgs),
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// Only those of a provider: anthropic, amazon, …
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,

    /// Only those that write this: text, image, embedding, …
    #[arg(long, value_name = "MODALITY")]
    output_modality: Option<String>,

    /// Only those invoked like this: on_demand, provisioned
    #[arg(long, value_name = "TYPE")]
    inference_type: Option<String>,
}

#[derive(Args)]
pub(super) struct ProfilesArgs {
    /// Only those that AWS made (system), or only one's own (application)
    #[arg(long, value_enum, value_name = "TYPE")]
    r#type: Option<ProfileType>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileType {
    System,
    Application,
}

#[derive(Args)]
pub(super) struct ResolveArgs {
    /// A name such as claude-3-5-sonnet-latest; an id or an ARN is printed as it is
    name: String,

    /// The base id instead, as CountTokens and async invocations take it; of an application profile, it is asked for
    #[arg(long)]
    base: bool,

    #[command(flatten)]
    names: ModelNameArgs,
}

impl ModelsCommand {
    /// The file of `--model-table`.
    pub(super) fn model_table(&self) -> Option<&str> {
        match self {
            Self::Resolve(args) => args.names.table(),
            Self::List(_) | Self::Profiles(_) => None,
        }
    }
}

pub(super) async fn run(command: ModelsCommand, session: &Session, output: &Output) -> Result<(), Error> {
    match command {
        ModelsCommand::List(args) => list(args, session, output).await,
        ModelsCommand::Profiles(args) => profiles(&args, session, output).await,
        ModelsCommand::Resolve(args) => resolve(&args, session, output).await,
    }
}

async fn list(args: ListArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let mut list = ListFoundationModels::new();
    if let Some(provider) = args.provider {
        list = list.by_provider(provider)?;
    }
    if let Some(modality) = args.output_modality {
        list = list.by_output_modality(&modality)?;
    }
    if let Some(kind) = args.inference_type {
        list = list.by_inference_type(&kind)?;
    }
    if session.stops_before(&list, output).await? {
        return Ok(());
    }
    let models = session.client().call(&list).await?;
    if output.is_json() {
        return output.bytes(models.document().bytes());
    }
    if models.items().is_empty() {
        output.note(&format!("no such models in {}", session.client().region()));
    }
    columns(models.items().iter().map(model_row), output)
}

async fn profiles(args: &ProfilesArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let mut list = ListInferenceProfiles::new();
    if let Some(kind) = args.r#type {
        list = list.type_equals(match kind {
            ProfileType::System => InferenceProfileType::SystemDefined,
            ProfileType::Application => InferenceProfileType::Application,
        });
    }
    if session.stops_before(&list, output).await? {
        return Ok(());
    }
    let profiles: Vec<InferenceProfile> = session.client().items(list).try_collect().await?;
    if output.is_json() {
        // Put together from the profiles as they came, so that nothing in them is lost.
        let all: Vec<_> = profiles.iter().map(|profile| profile.document().text().into_owned()).collect();
        let document = format!(r#"{{"inferenceProfileSummaries":[{}]}}"#, all.join(","));
        return output.bytes(document.as_bytes());
    }
    if profiles.is_empty() {
        output.note(&format!("no such profiles in {}", session.client().region()));
    }
    columns(profiles.iter().map(profile_row), output)
}

async fn resolve(args: &ResolveArgs, session: &Session, output: &Output) -> Result<(), Error> {
    let client = args.names.client(session);
    if session.dry_run().is_some() {
        return print_request(args, &client, session, output).await;
    }
    let resolution = if args.base {
        // A base id is an id: resolving it says what it is, and changes nothing.
        let base = client.base_model(&args.name).await?;
        Resolution { name: args.name.clone(), ..client.resolve_model(base.as_str()).await? }
    } else {
        client.resolve_model(&args.name).await?
    };
    if output.is_json() {
        return output.json(&resolution.to_json());
    }
    output.line(resolution.model_id.as_str())?;
    let explained = if args.base { base_explained(&resolution) } else { explained(&resolution) };
    output.note(&format!("bedwire: {explained}"));
    Ok(())
}

/// What resolving the name would send, if anything: an id is never looked up, nor is what the table has.
async fn print_request(
    args: &ResolveArgs,
    client: &Client,
    session: &Session,
    output: &Output,
) -> Result<(), Error> {
    let name = if !args.base {
        args.name.clone()
    } else if is_application_profile(&args.name) {
        let ask = GetInferenceProfile::new(ModelId::new(&*args.name)?);
        return session.stops_client_before(client, &ask, output).await.map(drop);
    } else {
        client.base_model(&args.name).await?.as_str().to_owned()
    };
    if needs_list(&name, client.region(), client.model_options().names()) {
        return session.stops_client_before(client, &ListInferenceProfiles::of_aws(), output).await.map(drop);
    }
    output.note(&format!("bedwire: nothing would be sent to resolve {}", args.name));
    Ok(())
}

fn base_explained(resolution: &Resolution) -> String {
    format!("the base id of {}, for {}", resolution.name, resolution.region)
}

/// `the profile of us for us-west-2, from its list of profiles`
fn explained(resolution: &Resolution) -> String {
    let what = match (resolution.kind, &resolution.geography) {
        (ModelKind::Profile, Some(geography)) => format!("the profile of {geography}"),
        (ModelKind::Profile, None) => "a profile".to_owned(),
        (ModelKind::Direct, _) => "the base id".to_owned(),
        (ModelKind::Arn, _) => "an ARN".to_owned(),
    };
    let from = match resolution.from {
        ResolvedFrom::List => "from its list of profiles",
        ResolvedFrom::Table => "from the table of names",
        ResolvedFrom::Literal => "as it was given: an id is never looked up",
    };
    format!("{what} for {}, {from}", resolution.region)
}

fn model_row(model: &FoundationModel) -> Vec<String> {
    let modalities =
        format!("{} → {}", model.input_modalities().join(","), model.output_modalities().join(","));
    vec![
        model.model_id().to_owned(),
        model.provider_name().unwrap_or("-").to_owned(),
        modalities,
        model.inference_types_supported().join(","),
        model.lifecycle_status().unwrap_or("-").to_owned(),
    ]
}

fn profile_row(profile: &InferenceProfile) -> Vec<String> {
    let region = |arn: &str| arn.split(':').nth(3).unwrap_or_default().to_owned();
    let mut regions: Vec<String> =
        profile.model_arns().into_iter().map(region).filter(|region| !region.is_empty()).collect();
    regions.dedup();
    vec![
        profile.inference_profile_id().to_owned(),
        profile.profile_type().unwrap_or("-").to_owned(),
        profile.status().unwrap_or("-").to_owned(),
        regions.join(","),
    ]
}

/// Rows under each other, each column as wide as its widest cell.
fn columns(rows: impl Iterator<Item = Vec<String>>, output: &Output) -> Result<(), Error> {
    let shown = |row: Vec<String>| row.iter().map(|cell| on_one_line(cell).into_owned()).collect();
    let rows: Vec<Vec<String>> = rows.map(shown).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    output.bytes(text.as_bytes())
}
