//! Where each service answers: given URLs, FIPS and dual-stack.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use super::environment::Environment;
use super::sourced::Sourced;
use crate::error::{Error, ErrorKind};
use crate::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use crate::protocol::invalid_input::InvalidInput;
use std::collections::BTreeMap;

/// The services that a variable of their own may move.
const SERVICES: [Service; 6] =
    [Service::BedrockRuntime, Service::Bedrock, Service::S3, Service::Sts, Service::Sso, Service::SsoOidc];

/// What changes endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    all: Option<String>,
    /// By host prefix.
    one: BTreeMap<String, String>,
    fips: bool,
    dual_stack: bool,
}

impl Endpoints {
    /// From `AWS_ENDPOINT_URL…`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT` and the profile.
    pub(super) fn load(
        environment: &Environment,
        in_profile: &dyn Fn(&str) -> Option<Sourced<String>>,
    ) -> Result<Self, Error> {
        let switch = |variable: &str, property: &str| {
            environment
                .sourced(&[variable])
                .or_else(|| in_profile(property))
                .map_or(Ok(false), |found| truth(&found))
        };
        let mut endpoints = Self {
            fips: switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
            ..Self::default()
        };
        if switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")? {
            return Ok(endpoints);
        }
        endpoints.all = environment
            .variable("AWS_ENDPOINT_URL")
            .map(str::to_owned)
            .or_else(|| Some(in_profile("endpoint_url")?.value));
        for service in SERVICES {
            if let Some(url) =
                environment.variable(&format!("AWS_ENDPOINT_URL_{}", service.environment_name()))
            {
                endpoints.set_url(Some(&service), url);
            }
        }
        Ok(endpoints)
    }

    /// A URL for every service, which takes the place of all that were found, or for one.
    pub fn set_url(&mut self, service: Option<&Service>, url: impl Into<String>) {
        match service {
            Some(service) => {
                self.one.insert(service.host_prefix().to_owned(), url.into());
            }
            None => self.all = Some(url.into()),
        }
    }

    /// The endpoint of a service in a region.
    pub fn resolve(&self, service: Service, region: &str) -> Result<Endpoint, InvalidInput> {
        let options = EndpointOptions {
            url: self.one.get(service.host_prefix()).or(self.all.as_ref()).cloned(),
            fips: self.fips,
            dual_stack: self.dual_stack,
        };
        Endpoint::resolve(service, region, &options)
    }
}

fn truth(found: &Sourced<String>) -> Result<bool, Error> {
    match found.value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{} is {other:?}; it takes true or false", found.source),
        )),
    }
}
