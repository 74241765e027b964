//! `api-key create|inspect`: short-term Bedrock API keys, made and read without a network.

use super::global::GlobalOptions;
use super::input;
use super::output::Output;
use super::session::Session;
use crate::client::settings::Environment;
use crate::protocol::api_key::{self, ApiKeyClaim, MAX_LIFE};
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::Service;
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::timestamp::iso_8601;
use crate::{Error, ErrorKind};
use clap::{Args, Subcommand};
use serde_json::json;
use std::time::{Duration, SystemTime};

/// What a client reads its key from.
const VARIABLE: &str = "AWS_BEARER_TOKEN_BEDROCK";

#[derive(Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Print a key for this region, made from the credentials that are in use
    Create(CreateArgs),
    /// Print what a key says of itself: access key id, region and times
    Inspect(InspectArgs),
}

#[derive(Args)]
pub(super) struct CreateArgs {
    /// Seconds that the key lives, at most 43200; it ends with temporary credentials in any case
    #[arg(long, value_name = "SECS", default_value_t = MAX_LIFE.as_secs())]
    expires: u64,
}

#[derive(Args)]
pub(super) struct InspectArgs {
    /// The key: text, @FILE, or - for standard input [default: AWS_BEARER_TOKEN_BEDROCK]
    #[arg(value_name = "KEY|@FILE|-")]
    key: Option<String>,
}

pub(super) async fn create(
    args: &CreateArgs,
    session: &Session,
    global: &GlobalOptions,
    output: &Output,
) -> Result<(), Error> {
    // For a service that takes no API key, so that a key in the environment does not stand in for the pair.
    let Auth::SigV4(credentials) = session.client().signs_with(&Service::Sts).await? else {
        return Err(Error::new(
            ErrorKind::Credentials,
            "a key is made from an access key pair, and there is none",
        ));
    };
    let now = global.signing_date.unwrap_or_else(SystemTime::now);
    let region = session.client().region();
    let life = Duration::from_secs(args.expires);
    let key = api_key::create(&credentials, region, now, life).map_err(InvalidInput::from)?;
    let expires = now + life;
    if let Some(end) = credentials.expiry().filter(|end| *end < expires) {
        output.note(&format!(
            "bedwire: the key ends at {}, with the temporary credentials that it is made from",
            iso_8601(end)
        ));
    }
    if !output.is_json() {
        return output.line(key.reveal());
    }
    output.json(&json!({
        "api_key": key.reveal(),
        "region": region,
        "access_key_id": credentials.access_key_id(),
        "created": iso_8601(now),
        "expires": iso_8601(expires),
    }))
}

pub(super) fn inspect(args: &InspectArgs, output: &Output) -> Result<(), Error> {
    let key = match &args.key {
        Some(given) => input::read("KEY", given)?.to_vec(),
        None => Environment::process().variable(VARIABLE)?.unwrap_or_default().as_bytes().to_vec(),
    };
    if key.is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("no key is given, and {VARIABLE} is not set; pipe one in: bedwire api-key inspect -"),
        ));
    }
    let claim = ApiKeyClaim::read(&String::from_utf8_lossy(&key)).map_err(InvalidInput::from)?;
    let left = claim.expires.duration_since(SystemTime::now()).ok();
    if output.is_json() {
        return output.json(&json!({
            "region": claim.region,
            "access_key_id": claim.access_key_id,
            "created": iso_8601(claim.created),
            "expires": iso_8601(claim.expires),
            "expired": left.is_none(),
            "temporary_credentials": claim.is_temporary,
        }));
    }
    let state = match left {
        Some(left) => format!("in {} minutes", left.as_secs() / 60),
        None => "expired".to_owned(),
    };
    let made_with = if claim.is_temporary {
        "temporary credentials, and ends with them"
    } else {
        "long-term credentials"
    };
    output.line(&format!(
        "region         {}\naccess key id  {}\ncreated        {}\nexpires        {} ({state})\nmade with      {made_with}",
        claim.region,
        claim.access_key_id,
        iso_8601(claim.created),
        iso_8601(claim.expires),
    ))
}
