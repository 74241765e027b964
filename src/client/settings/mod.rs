//! Environment and shared AWS files → settings, each with where it came from.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>

mod command;
mod endpoints;
mod environment;
mod model_table;
mod profile;
mod retry;
mod sourced;

pub use command::{CommandOutput, RunCommand};
pub use endpoints::Endpoints;
pub use environment::Environment;
use model_table::MODELS;
pub(in crate::client) use profile::there_are;
pub use profile::{Profile, SharedFile, SharedFiles};
use retry::Retry;
pub use sourced::Sourced;

use super::clock::Clock;
use super::credentials::surroundings::Surroundings;
use super::credentials::{Chain, ImdsOptions, Routes, api_key, key_pair};
use super::model_options::ModelOptions;
use super::observer::Silent;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::ApiKey;
use crate::protocol::retry::RetryPolicy;
use crate::transport::proxy::{Proxies, Proxy};
pub use crate::transport::{CertificatePlaces, NetworkSettings};
use aws_credential_types::Credentials;
use std::path::PathBuf;
use std::sync::Arc;

/// What was given by hand, and so comes before anything that is found.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--region`
    pub region: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--endpoint-url`: a service's host prefix, or none for all, and a URL.
    pub endpoint_urls: Vec<(Option<String>, String)>,
    /// `--ca-bundle`
    pub ca_bundle: Option<String>,
    /// `--proxy`
    pub proxy: Option<String>,
    /// `--max-attempts`
    pub max_attempts: Option<u32>,
    /// `--fail-fast`
    pub fail_fast: bool,
    /// `--shared-pacing`
    pub shared_pacing: Option<String>,
}

/// Everything that was resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    environment: Arc<Environment>,
    files: Arc<SharedFiles>,
    profile: Sourced<String>,
    profile_is_explicit: bool,
    region: Option<Sourced<String>>,
    endpoints: Endpoints,
    retry: Retry,
    network: NetworkSettings,
    shared_pacing: Option<Sourced<PathBuf>>,
}

impl Settings {
    /// Resolves everything. A malformed file or value is an error that names it; a missing region is one only when
    /// it is asked for.
    pub fn load(environment: Environment, overrides: Overrides) -> Result<Self, Error> {
        let files = SharedFiles::load(&environment)?;
        let profile = match &overrides.profile {
            Some(name) => Sourced::new(name.clone(), "--profile"),
            None => environment
                .named_profile()?
                .unwrap_or_else(|| Sourced::new("default".to_owned(), "the default profile")),
        };
        if profile.source != "the default profile" {
            files.require(&profile)?;
        }
        let section = files.profile(&profile.value);
        let in_profile = |property: &str| {
            let value = section.as_ref()?.get(property)?;
            Some(Sourced::new(value.to_owned(), format!("{property} of profile {}", profile.value)))
        };
        let region = match overrides.region {
            Some(region) => Some(Sourced::new(region, "--region")),
            None => {
                environment.sourced(&["AWS_REGION", "AWS_DEFAULT_REGION"])?.or_else(|| in_profile("region"))
            }
        };
        let in_services = files.service_urls(&profile.value);
        let mut endpoints = Endpoints::load(&environment, &in_profile, in_services)?;
        for (service, url) in overrides.endpoint_urls {
            endpoints
                .set_url(service.as_deref().map(crate::protocol::endpoint::Service::named).as_ref(), url);
        }
        let retry = Retry::load(&environment, overrides.max_attempts, overrides.fail_fast, &in_profile)?;
        let shared_pacing = overrides
            .shared_pacing
            .map(|folder| Sourced::new(folder.into(), "--shared-pacing"))
            .or_else(|| environment.sourced_path(&["BEDWIRE_SHARED_PACING"]))
            .map(|folder| environment.expand_to_write(folder))
            .transpose()?;
        let network = NetworkSettings {
            ca_bundle: overrides
                .ca_bundle
                .map(|path| Sourced::new(path.into(), "--ca-bundle"))
                .or_else(|| environment.sourced_path(&["AWS_CA_BUNDLE"]))
                .or_else(|| in_profile("ca_bundle").map(|path| Sourced::new(path.value.into(), path.source)))
                .map(|found| (found.value, found.source)),
            certificates: CertificatePlaces::from_variables(
                environment.path("SSL_CERT_FILE"),
                environment.path("SSL_CERT_DIR"),
            ),
            proxies: Proxies::from_variables(
                overrides.proxy.map(|url| Proxy::new(&url, "--proxy")).transpose()?,
                &|name| environment.owned(name),
            )?,
            ..NetworkSettings::default()
        };
        Ok(Self {
            environment: Arc::new(environment),
            files: Arc::new(files),
            profile,
            profile_is_explicit: overrides.profile.is_some(),
            region,
            endpoints,
            retry,
            network,
            shared_pacing,
        })
    }

    /// The region, or an error that names every place that was looked at.
    pub fn region(&self) -> Result<String, Error> {
        self.region.as_ref().map(|region| region.value.clone()).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "no region: --region is not given, AWS_REGION and AWS_DEFAULT_REGION are not set, and profile {} in {} has no region",
                    self.profile.value,
                    self.files.places(),
                ),
            )
            .with_hint("give one, for example --region us-west-2")
        })
    }

    /// Where the profile signs in by IAM Identity Center, which need not be where its calls go.
    pub fn sso_region(&self) -> Option<Sourced<String>> {
        let section = self.files.profile(&self.profile.value)?;
        if let Some(session) = section.get("sso_session") {
            let region = self.files.merged().sso_session(session)?.get("sso_region")?;
            return Some(Sourced::new(region.to_owned(), format!("sso_region of [sso-session {session}]")));
        }
        let region = section.get("sso_region")?.to_owned();
        Some(Sourced::new(region, format!("sso_region of profile {}", self.profile.value)))
    }

    /// The region and where it came from.
    pub fn sourced_region(&self) -> Option<&Sourced<String>> {
        self.region.as_ref()
    }

    /// The same for another region, which was given by hand.
    pub(super) fn in_region(mut self, region: &str) -> Self {
        self.region = Some(Sourced::new(region.to_owned(), "the client's builder"));
        self
    }

    /// The profile and where its name came from.
    pub fn profile(&self) -> &Sourced<String> {
        &self.profile
    }

    /// The shared config and credentials files.
    pub fn files(&self) -> &SharedFiles {
        &self.files
    }

    /// Where services answer.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// How retries are bounded.
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.retry.policy
    }

    /// What named the retry mode, where it is not the default one.
    pub fn retry_mode_source(&self) -> Option<&str> {
        self.retry.mode_source.as_deref()
    }

    /// What named the most attempts, where something did.
    pub fn max_attempts_source(&self) -> Option<&str> {
        self.retry.attempts_source.as_deref()
    }

    /// The folder in which the programs of this machine share what they learn of a quota.
    pub fn shared_pacing(&self) -> Option<Sourced<PathBuf>> {
        self.shared_pacing.clone()
    }

    /// Proxy and certificates.
    pub fn network(&self) -> &NetworkSettings {
        &self.network
    }

    /// The table of models that is read before the embedded one.
    pub fn models_table(&self) -> Option<Sourced<PathBuf>> {
        let table = self.environment.sourced_path(&[MODELS])?;
        Some(Sourced::new(self.environment.expand(&table.value), table.source))
    }

    /// How names of models are treated: the table that `BEDWIRE_MODELS` names comes before the embedded one.
    pub fn model_options(&self) -> Result<ModelOptions, Error> {
        let options = ModelOptions::default();
        Ok(match self.environment.model_table()? {
            Some(table) => options.table(table),
            None => options,
        })
    }

    /// The places where credentials are looked for, in order; calls to get them go over `routes`.
    pub fn credentials(&self, routes: Routes) -> Chain {
        Chain::new(
            Surroundings {
                environment: Arc::clone(&self.environment),
                region: self.region.as_ref().map(|region| region.value.clone()),
                endpoints: self.endpoints.clone(),
                routes,
                max_attempts: self.retry.policy.max_attempts,
                clock: Clock::system(),
                ask_mfa: None,
                imds: ImdsOptions::default(),
                observer: Arc::new(Silent),
                sso_tokens: Arc::default(),
            },
            self.profile.value.clone(),
            // A profile that was named by hand comes before keys that happen to be in the environment, as in botocore.
            self.profile_is_explicit,
        )
    }

    /// `AWS_BEARER_TOKEN_BEDROCK`, which a profile that was named by hand leaves out.
    pub fn api_key(&self) -> Result<Option<ApiKey>, Error> {
        if self.profile_is_explicit { Ok(None) } else { api_key(&self.environment) }
    }

    /// The key pair in the variables or in the profile's files, and which of them has it: what needs no command, no
    /// service and no secret of anyone else's.
    pub fn key_pair(&self) -> Result<Option<(&'static str, Credentials)>, Error> {
        key_pair(&self.environment, &self.files, &self.profile.value, self.profile_is_explicit)
    }
}
