//! Environment, shared files and what was given by hand → settings, each with where it came from.

use super::endpoints::Endpoints;
use super::environment::Environment;
use super::model_table::MODELS;
use super::overrides::{OverrideNames, Overrides};
use super::profile::SharedFiles;
use super::profile_named::ProfileNamed;
use super::retry::Retry;
use crate::client::model_options::ModelOptions;
use crate::error::{Error, ErrorKind, Setting};
use crate::protocol::endpoint::Service;
use crate::protocol::retry::RetryPolicy;
use crate::transport::proxy::{Proxies, Proxy};
use crate::transport::{CertificatePlaces, NetworkSettings, Sourced};
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that was resolved.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(in crate::client) environment: Arc<Environment>,
    files: Arc<SharedFiles>,
    profile: Sourced<String>,
    pub(in crate::client) profile_named: ProfileNamed,
    region: Option<Sourced<String>>,
    endpoints: Endpoints,
    retry: Retry,
    network: NetworkSettings,
    shared_pacing: Option<Sourced<PathBuf>>,
    named: OverrideNames,
}

impl Settings {
    /// Resolves everything. A malformed file or value is an error that names it; a missing region is one only when
    /// it is asked for.
    pub fn load(environment: Environment, overrides: Overrides) -> Result<Self, Error> {
        let files = SharedFiles::load(&environment)?;
        let named = overrides.named;
        let (profile, profile_named) = match overrides.profile.clone() {
            Some(name) => (Sourced::new(name, named.of("profile")), ProfileNamed::ByHand),
            None => match environment.named_profile()? {
                Some(profile) => (profile, ProfileNamed::ByVariable),
                None => (Sourced::new("default".to_owned(), "the default profile"), ProfileNamed::Default),
            },
        };
        if profile_named != ProfileNamed::Default {
            files.require(&profile)?;
        }
        let section = files.profile(&profile.value);
        let in_profile = |property: &str| {
            let value = section.as_ref()?.get(property)?;
            Some(Sourced::new(value.to_owned(), format!("{property} of profile {}", profile.value)))
        };
        let region = match overrides.region.clone() {
            Some(region) => Some(Sourced::new(region, named.of("region"))),
            None => {
                environment.sourced(&["AWS_REGION", "AWS_DEFAULT_REGION"])?.or_else(|| in_profile("region"))
            }
        };
        let in_services = files.service_urls(&profile.value);
        let mut endpoints = Endpoints::load(&environment, &in_profile, in_services)?;
        let retry = Retry::load(&environment, &overrides, &in_profile)?;
        for (service, url) in overrides.endpoint_urls {
            let url = Sourced::new(url, named.of("endpoint_urls"));
            endpoints.set_sourced_url(service.as_deref().map(Service::named).as_ref(), url);
        }
        let shared_pacing = overrides
            .shared_pacing
            .map(|folder| Sourced::new(folder.into(), named.of("shared_pacing")))
            .or_else(|| environment.sourced_path(&["BEDWIRE_SHARED_PACING"]))
            .map(|folder| environment.expand_to_write(folder))
            .transpose()?;
        let network = NetworkSettings {
            ca_bundle: overrides
                .ca_bundle
                .map(|path| Sourced::new(path.into(), named.of("ca_bundle")))
                .or_else(|| environment.sourced_path(&["AWS_CA_BUNDLE"]))
                .or_else(|| in_profile("ca_bundle").map(|path| Sourced::new(path.value.into(), path.source))),
            certificates: CertificatePlaces::from_variables(
                environment.path("SSL_CERT_FILE"),
                environment.path("SSL_CERT_DIR"),
            ),
            proxies: Proxies::from_variables(
                overrides.proxy.map(|url| Proxy::new(&url, named.of("proxy"))).transpose()?,
                &|name| environment.owned(name),
            )?,
            ..NetworkSettings::default()
        };
        Ok(Self {
            environment: Arc::new(environment),
            files: Arc::new(files),
            profile,
            profile_named,
            region,
            endpoints,
            retry,
            network,
            shared_pacing,
            named,
        })
    }

    /// The region, or an error that names every place that was looked at.
    pub fn region(&self) -> Result<String, Error> {
        self.region.as_ref().map(|region| region.value.clone()).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "no region: {} is not given, AWS_REGION and AWS_DEFAULT_REGION are not set, and profile {} in {} has no region",
                    self.named.of("region"),
                    self.profile.value,
                    self.files.places(),
                ),
            )
            .with_hint("give one, for example us-west-2")
            .with_setting(Setting::Region)
        })
    }

    /// Where the profile signs in by IAM Identity Center, which need not be where its calls go: itself, or the one that
    /// its role is assumed with.
    pub fn sso_region(&self) -> Option<Sourced<String>> {
        self.sso_region_of(&self.profile.value, &mut Vec::new())
    }

    fn sso_region_of(&self, name: &str, passed: &mut Vec<String>) -> Option<Sourced<String>> {
        let section = self.files.profile(name)?;
        passed.push(name.to_owned());
        let source = section.get("role_arn").and(section.get("source_profile"));
        if let Some(source) = source.filter(|source| !passed.iter().any(|name| name == source)) {
            return self.sso_region_of(source, passed);
        }
        if let Some(session) = section.get("sso_session") {
            let region = self.files.merged().sso_session(session)?.get("sso_region")?;
            return Some(Sourced::new(region.to_owned(), format!("sso_region of [sso-session {session}]")));
        }
        let region = section.get("sso_region")?.to_owned();
        Some(Sourced::new(region, format!("sso_region of profile {name}")))
    }

    /// The region and where it came from.
    pub fn sourced_region(&self) -> Option<&Sourced<String>> {
        self.region.as_ref()
    }

    /// The same for another region, which was given by hand.
    pub(in crate::client) fn in_region(mut self, region: &str) -> Self {
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
}
