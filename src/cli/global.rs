//! The options that every command takes, before or after its name.

use crate::protocol::endpoint::{Endpoint, EndpointOptions, Service, check_region};
use crate::protocol::timestamp::parse_amz_date;
use crate::{Error, ErrorKind};
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalOptions {
    /// AWS region [env: AWS_REGION, AWS_DEFAULT_REGION; else the profile's]
    #[arg(long, global = true, value_name = "REGION", value_parser = region)]
    pub(super) region: Option<String>,

    /// Profile of the shared AWS files [env: AWS_DEFAULT_PROFILE, AWS_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,

    /// PEM file of the certificates to trust, instead of the system's [env: AWS_CA_BUNDLE; else SSL_CERT_FILE and
    /// SSL_CERT_DIR]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) ca_bundle: Option<String>,

    /// Proxy for every request [env: HTTPS_PROXY, NO_PROXY]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) proxy: Option<String>,

    /// Where services answer: one URL for all, or SERVICE=URL (bedrock-runtime, bedrock, s3; repeatable)
    #[arg(long, global = true, value_name = "[SERVICE=]URL", action = ArgAction::Append, value_parser = endpoint_url)]
    pub(super) endpoint_url: Vec<EndpointUrl>,

    /// Answer from the embedded emulator: no network, no account
    #[arg(long, global = true)]
    pub(super) offline: bool,

    /// text for people, json for programs
    #[arg(long, global = true, value_enum, default_value_t = OutputForm::Text, value_name = "FORM")]
    pub(super) output: OutputForm,

    /// Print the signed request instead of sending it
    #[arg(long, global = true, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "http")]
    pub(super) dry_run: Option<DryRunForm>,

    /// Sign for this time instead of now, with --dry-run: 20260102T030405Z
    #[arg(long, global = true, value_name = "DATE", value_parser = signing_date)]
    pub(super) signing_date: Option<SystemTime>,

    /// The most attempts of one call [env: AWS_MAX_ATTEMPTS; default: throttling until --timeout, 5 otherwise]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_attempts: Option<u32>,

    /// Seconds that one call may take in all [default: 300 of waiting for its turn and between attempts]
    #[arg(long, global = true, value_name = "SECS", value_parser = seconds, allow_negative_numbers = true)]
    pub(super) timeout: Option<Duration>,

    /// Fail at once where a call is throttled or would have to wait for its turn, as one does at a screen
    #[arg(long, global = true)]
    pub(super) fail_fast: bool,

    /// The quota of requests a minute of the model, where it is known; kept to in every retry mode
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rpm: Option<u32>,

    /// The quota of tokens a minute of the model, where it is known; kept to in every retry mode
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) tpm: Option<u64>,

    /// Folder in which the programs of this machine that use one quota share it, in every retry mode [env:
    /// BEDWIRE_SHARED_PACING]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) shared_pacing: Option<String>,

    /// Write every exchange into this folder, as fixtures without secrets
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "replay")]
    pub(super) record: Option<PathBuf>,

    /// With --record: write prompts as hashes, which still match when they are replayed
    #[arg(long, global = true)]
    pub(super) hash_prompts: bool,

    /// Answer from the fixtures in this folder
    #[arg(long, global = true, value_name = "DIR", conflicts_with = "offline")]
    pub(super) replay: Option<PathBuf>,

    /// Show attempts and waits; twice: headers and signing stages too, without secrets
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

/// text or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputForm {
    Text,
    Json,
}

/// How a request is shown instead of being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DryRunForm {
    /// HTTP/1.1 text
    Http,
    /// Every stage of the signature
    Explain,
    /// A curl command
    Curl,
    /// JSON
    Json,
}

/// One URL for all services, or for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EndpointUrl {
    pub(super) service: Option<String>,
    pub(super) url: String,
}

impl GlobalOptions {
    /// Whether nothing leaves this machine: no account is asked, and no region need be set.
    pub(super) fn is_local(&self) -> bool {
        self.offline || self.replay.is_some()
    }

    /// Refuses a URL for a service that this command does not call: what it meant to would go to AWS instead.
    pub(super) fn refuse_other_services(&self, called: Option<&str>) -> Result<(), Error> {
        let given = self.endpoint_url.iter().filter_map(|given| given.service.as_deref());
        let other =
            given.filter(|name| Some(*name) != called).map(Service::named).find_map(
                |service| match service {
                    Service::Other(name) => Some(name),
                    _ => None,
                },
            );
        let Some(name) = other else { return Ok(()) };
        let message = format!("--endpoint-url {name}=…: no service that is called here has that name");
        let hint =
            "it is one of bedrock-runtime, bedrock, s3, sts, portal.sso, oidc, or what --service names";
        Err(Error::new(ErrorKind::InvalidInput, message).with_hint(hint))
    }
}

fn region(text: &str) -> Result<String, String> {
    check_region(text).map_err(|e| e.to_string())?;
    Ok(text.to_owned())
}

fn endpoint_url(text: &str) -> Result<EndpointUrl, String> {
    let (service, url) = match text.split_once('=') {
        // `=` may stand in a URL, but not before its scheme.
        Some((service, url)) if !service.contains(':') => (Some(service), url),
        _ => (None, text),
    };
    if service.is_some_and(str::is_empty) {
        return Err("the service before '=' is empty".to_owned());
    }
    let checked = Endpoint::resolve(
        Service::named(service.unwrap_or("bedrock-runtime")),
        "us-west-2",
        &EndpointOptions::at(url),
    );
    checked.map_err(|e| e.to_string())?;
    Ok(EndpointUrl { service: service.map(str::to_owned), url: url.to_owned() })
}

fn signing_date(text: &str) -> Result<SystemTime, String> {
    parse_amz_date(text).ok_or_else(|| "it takes a UTC time such as 20260102T030405Z".to_owned())
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let refuse = || "it takes a number of seconds above 0, such as 30 or 0.5".to_owned();
    let seconds: f64 = text.parse().map_err(|_| refuse())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero()).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_url_is_for_all_or_for_one() {
        let all = endpoint_url("http://127.0.0.1:8099").unwrap();
        assert_eq!((all.service, all.url.as_str()), (None, "http://127.0.0.1:8099"));
        let one = endpoint_url("s3=http://127.0.0.1:9000/a=b").unwrap();
        assert_eq!((one.service.as_deref(), one.url.as_str()), (Some("s3"), "http://127.0.0.1:9000/a=b"));
        for bad in ["", "=http://h", "s3=", "ftp://h", "h:80"] {
            assert!(endpoint_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_timeout_is_a_positive_number() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for bad in ["0", "-1", "x", "", "inf", "NaN"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
