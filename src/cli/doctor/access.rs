//! Who one is, and what one may do: credentials, identity, model and bucket.

use super::super::config::masked;
use super::{DoctorArgs, Report, State};
use crate::cli::hint::hint;
use crate::client::credentials::{Chain, SourceOutcome};
use crate::client::{Client, random_token};
use crate::protocol::auth::Auth;
use crate::protocol::model::{ModelId, ModelKind, Resolution};
use crate::protocol::operation::bedrock::{GetFoundationModelAvailability, GetInferenceProfile};
use crate::protocol::operation::s3::{DeleteObject, HeadBucket, PutObject, S3Uri};
use crate::protocol::operation::sts::GetCallerIdentity;
use crate::protocol::timestamp::iso_8601;
use crate::{Error, ErrorKind};
use std::time::Duration;

/// What a model's ARN may be of, beside those that tell their base model.
const MODEL_RESOURCES: [&str; 7] = [
    "provisioned-model",
    "imported-model",
    "custom-model",
    "custom-model-deployment",
    "prompt-router",
    "default-prompt-router",
    "prompt",
];

/// Every place where credentials may be, in order; the search takes no longer than a call. What it found is what the
/// checks that follow are signed with: a code of an MFA device works once.
pub(super) async fn sources(
    chain: &Chain,
    limit: Option<Duration>,
    report: &mut Report<'_>,
) -> Result<Result<Auth, Error>, Error> {
    let inspection = chain.inspect_within(limit).await;
    for source in inspection.reports {
        let name = source.source;
        let state = match source.outcome {
            SourceOutcome::Used(auth) => State::Ok(format!("{name}: {}", described(&auth))),
            SourceOutcome::Empty(why) => State::Skipped(format!("{name}: {why}")),
            SourceOutcome::Failed(error) => State::Failed {
                problem: format!("{name}: {}", error.message()),
                advice: hint(&error),
                kind: error.kind(),
            },
            _ => State::Skipped(format!("{name}: not asked")),
        };
        report.add("source", state)?;
    }
    Ok(inspection.found)
}

pub(super) async fn check(
    args: &DoctorArgs,
    found: Result<Auth, Error>,
    client: &Client,
    report: &mut Report<'_>,
) -> Result<(), Error> {
    let auth = match found {
        Ok(auth) => auth,
        Err(error) => {
            report.add("credentials", State::of(&error))?;
            for name in ["identity", "model", "bucket"] {
                report.add(name, State::Skipped("there are no credentials".to_owned()))?;
            }
            return Ok(());
        }
    };
    report.add("credentials", State::Ok(described(&auth)))?;
    let identity = match auth {
        Auth::SigV4(_) => identity(client).await,
        _ => State::Skipped("an API key has no identity to ask STS for".to_owned()),
    };
    report.add("identity", identity)?;
    match &args.model {
        Some(name) => check_model(name, client, report).await?,
        None => report.add("model", State::Skipped("--model names none".to_owned()))?,
    }
    let bucket = match &args.s3_uri {
        None => State::Skipped("--s3-uri names none".to_owned()),
        Some(uri) => bucket(&S3Uri::new(uri)?, args.write_probe, client).await,
    };
    report.add("bucket", bucket)
}

fn described(auth: &Auth) -> String {
    match auth {
        Auth::SigV4(credentials) => {
            let end = credentials.expiry().map(|end| format!(", until {}", iso_8601(end)));
            format!("access key {}{}", masked(credentials.access_key_id()), end.unwrap_or_default())
        }
        _ => "an API key".to_owned(),
    }
}

async fn identity(client: &Client) -> State {
    match client.call(&GetCallerIdentity).await {
        Ok(identity) => State::Ok(format!("{} (account {})", identity.arn, identity.account)),
        Err(error) => State::of(&error),
    }
}

async fn check_model(name: &str, client: &Client, report: &mut Report<'_>) -> Result<(), Error> {
    let resolution = match client.resolve_model(name).await {
        Ok(resolution) => resolution,
        Err(error) => return report.add("model", State::of(&error)),
    };
    report.add("model", access(name, &resolution, client).await)?;
    let is_profile =
        resolution.kind == ModelKind::Profile || resolution.model_id.as_str().contains("inference-profile/");
    if !is_profile {
        return Ok(());
    }
    report.add("profile", profile(&resolution.model_id, client).await)
}

/// What stands between the account and the model.
async fn access(name: &str, resolution: &Resolution, client: &Client) -> State {
    let id = resolution.model_id.as_str();
    let base = match client.base_model(name).await {
        Ok(base) => base,
        Err(error) if error.kind() == ErrorKind::InvalidInput && is_model_arn(id) => {
            return State::Skipped(format!(
                "Bedrock tells of base models whether they may be used, and {}",
                error.message()
            ));
        }
        Err(error) => return State::of(&error),
    };
    let availability = match client.call(&GetFoundationModelAvailability::new(base)).await {
        Ok(availability) => availability,
        Err(error) => return State::of(&error),
    };
    if availability.is_usable() {
        return State::Ok(format!("{name} is {id} here, and may be used"));
    }
    let word = |status: Option<&str>| status.unwrap_or("unknown").to_owned();
    State::failed(
        ErrorKind::Service,
        format!(
            "{id} cannot be used: agreement {}, authorization {}, entitlement {}, region {}",
            word(availability.agreement_status()),
            word(availability.authorization_status()),
            word(availability.entitlement_availability()),
            word(availability.region_availability()),
        ),
        "agree to the model's terms in the Bedrock console (Model access), or ask for bedrock:InvokeModel on it; see \
         bedwire policy",
    )
}

/// The ARN of something that Bedrock runs: a provisioned, an imported or a custom model, an endpoint, a router.
fn is_model_arn(id: &str) -> bool {
    let mut parts = id.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next(), parts.nth(2).unwrap_or_default());
    match (service, resource.split_once('/').map(|(kind, _)| kind)) {
        (Some("bedrock"), Some(kind)) => MODEL_RESOURCES.contains(&kind),
        (Some("sagemaker"), kind) => kind == Some("endpoint"),
        _ => false,
    }
}

async fn profile(id: &ModelId, client: &Client) -> State {
    match client.call(&GetInferenceProfile::new(id.clone())).await {
        Ok(profile) if profile.status() == Some("ACTIVE") => {
            State::Ok(format!("{} is ACTIVE", profile.inference_profile_id()))
        }
        Ok(profile) => State::failed(
            ErrorKind::Service,
            format!("{} is {}", profile.inference_profile_id(), profile.status().unwrap_or("of no status")),
            "use another profile: bedwire models profiles",
        ),
        Err(error) => State::of(&error),
    }
}

async fn bucket(uri: &S3Uri, write_probe: bool, client: &Client) -> State {
    if write_probe {
        return probe(uri, client).await;
    }
    match client.call(&HeadBucket::new(uri.clone())).await {
        Ok(Some(region)) if region != client.region() => State::failed(
            ErrorKind::InvalidInput,
            format!("{} is in {region}, the call would be in {}", uri.bucket(), client.region()),
            format!("give --region {region}, or a bucket in {}", client.region()),
        ),
        Ok(_) => {
            State::Ok(format!("{} is there; --write-probe says whether it can be written to", uri.bucket()))
        }
        Err(error) => match error.status() {
            Some(301) => State::failed(
                ErrorKind::InvalidInput,
                format!("{} is in another region than {}", uri.bucket(), client.region()),
                "give --region with the bucket's, or a bucket in this region",
            ),
            Some(404) => State::failed(
                ErrorKind::Service,
                format!("there is no bucket {}", uri.bucket()),
                "make it, or check its name",
            ),
            Some(403) => State::failed(
                ErrorKind::Service,
                format!("{} is not ours to look at (s3:ListBucket)", uri.bucket()),
                "whether it can be written to is another right: --write-probe says",
            ),
            _ => State::of(&error),
        },
    }
}

/// Bedrock writes the output with the caller's own right, so the caller writes an object, and deletes it again.
async fn probe(folder: &S3Uri, client: &Client) -> State {
    let object = match random_token() {
        Ok(token) => folder.join(&format!("bedwire-doctor-{token}")),
        Err(error) => return State::of(&error),
    };
    let put = PutObject::new(object.clone(), "text/plain", "bedwire doctor was here; delete this\n");
    if let Err(error) = client.call(&put).await {
        return with_advice(&error, "the caller needs s3:PutObject there: see bedwire policy video --bucket");
    }
    match client.call(&DeleteObject::new(object.clone())).await {
        Ok(()) => State::Ok(format!("{object} was written and deleted")),
        Err(error) => {
            with_advice(&error, &format!("{object} was written, but could not be deleted: delete it by hand"))
        }
    }
}

fn with_advice(error: &Error, advice: &str) -> State {
    State::failed(error.kind(), error.message(), advice)
}
