//! Where each service answers: given URLs, FIPS and dual-stack.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use super::environment::Environment;
use crate::error::{Error, ErrorKind};
use crate::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use crate::protocol::invalid_input::InvalidInput;
use crate::protocol::redact;
use crate::transport::Sourced;
use std::fmt;

/// What changes endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Set by hand, each before what was found: those of one service first.
    given: Vec<ServiceUrl>,
    /// In order of precedence.
    found: Vec<ServiceUrl>,
    fips: Option<Sourced<bool>>,
    dual_stack: Option<Sourced<bool>>,
    sts_legacy: bool,
}

/// A URL for one service, or for all.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ServiceUrl {
    /// As in the variable: `BEDROCK_RUNTIME`.
    pub(super) service: Option<String>,
    /// Or why what stands in its place is none: an error once a service is asked for that has no other before it.
    pub(super) url: Result<Sourced<String>, InvalidInput>,
}

impl Endpoints {
    /// From `AWS_ENDPOINT_URL…`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, the profile, and the `services`
    /// section that the profile names, given as what is in it. Precedence as in botocore: a
    /// variable for the service, the variable for all, the section's URL for the service, the profile's for all.
    pub(super) fn load(
        environment: &Environment,
        in_profile: &dyn Fn(&str) -> Option<Sourced<String>>,
        in_services: Vec<ServiceUrl>,
    ) -> Result<Self, Error> {
        let switch = |variable: &str, property: &str| {
            let found = environment.sourced(&[variable])?.or_else(|| in_profile(property));
            found.map(truth).transpose()
        };
        let mut endpoints = Self {
            fips: switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
            sts_legacy: sts_legacy(environment, in_profile)?,
            ..Self::default()
        };
        let ignore = switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")?;
        if ignore.is_some_and(|ignore| ignore.value) {
            return Ok(endpoints);
        }
        let found = &mut endpoints.found;
        let for_all = |url| ServiceUrl { service: None, url: Ok(url) };
        for variable in environment.with_prefix("AWS_ENDPOINT_URL_") {
            let service = Some(variable.trim_start_matches("AWS_ENDPOINT_URL_").to_owned());
            found.extend(environment.sourced(&[variable])?.map(|url| ServiceUrl { service, url: Ok(url) }));
        }
        found.extend(environment.sourced(&["AWS_ENDPOINT_URL"])?.map(for_all));
        found.extend(in_services);
        found.extend(in_profile("endpoint_url").map(for_all));
        Ok(endpoints)
    }

    /// A URL for every service, which takes the place of all that were found, or for one.
    pub fn set_url(&mut self, service: Option<&Service>, url: impl Into<String>) {
        self.set_sourced_url(service, Sourced::new(url.into(), "the client's builder"));
    }

    pub(super) fn set_sourced_url(&mut self, service: Option<&Service>, url: Sourced<String>) {
        let service = service.map(Service::environment_name);
        self.given.retain(|given| given.service != service);
        let is_for_one = service.is_some();
        let given = ServiceUrl { service, url: Ok(url) };
        let at = if is_for_one { 0 } else { self.given.len() };
        self.given.insert(at, given);
    }

    /// The endpoint of a service in a region.
    pub fn resolve(&self, service: Service, region: &str) -> Result<Endpoint, InvalidInput> {
        let given = self.given_url(&service)?;
        Endpoint::resolve(service, region, &self.options(given)).map_err(naming(given))
    }

    /// The URL of a service and what gave it. A URL that was given needs no region.
    pub fn url(&self, service: &Service, region: Option<&str>) -> Result<Sourced<String>, InvalidInput> {
        let given = self.given_url(service)?;
        let source = given.map_or("the region and AWS's naming", |given| &given.source);
        let url = Endpoint::url(service, region, &self.options(given)).map_err(naming(given))?;
        Ok(Sourced::new(url, source))
    }

    /// Whether FIPS endpoints are asked for, and by what.
    pub fn fips(&self) -> Option<&Sourced<bool>> {
        self.fips.as_ref()
    }

    /// Whether dual-stack endpoints are asked for, and by what.
    pub fn dual_stack(&self) -> Option<&Sourced<bool>> {
        self.dual_stack.as_ref()
    }

    fn options(&self, given: Option<&Sourced<String>>) -> EndpointOptions {
        let is_on = |switch: &Option<Sourced<bool>>| switch.as_ref().is_some_and(|switch| switch.value);
        EndpointOptions {
            url: given.map(|given| given.value.clone()),
            fips: is_on(&self.fips),
            dual_stack: is_on(&self.dual_stack),
            sts_legacy: self.sts_legacy,
        }
    }

    fn given_url(&self, service: &Service) -> Result<Option<&Sourced<String>>, InvalidInput> {
        let name = service.environment_name();
        let is_for_it =
            |url: &&ServiceUrl| url.service.as_ref().is_none_or(|for_service| *for_service == name);
        let first = self.given.iter().chain(&self.found).find(is_for_it);
        first.map(|found| found.url.as_ref().map_err(Clone::clone)).transpose()
    }
}

impl fmt::Debug for ServiceUrl {
    /// Without the user and the password of a URL, which is refused for them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.as_ref().map(|url| Sourced::new(redact::url(&url.value), &*url.source));
        f.debug_struct("ServiceUrl").field("service", &self.service).field("url", &url).finish()
    }
}

/// Says in an error what gave the URL.
fn naming(given: Option<&Sourced<String>>) -> impl FnOnce(InvalidInput) -> InvalidInput {
    move |error| match given {
        Some(given) => InvalidInput::new(given.source.clone(), error.to_string()),
        None => error,
    }
}

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html>
fn sts_legacy(
    environment: &Environment,
    in_profile: &dyn Fn(&str) -> Option<Sourced<String>>,
) -> Result<bool, Error> {
    let mode = environment
        .sourced(&["AWS_STS_REGIONAL_ENDPOINTS"])?
        .or_else(|| in_profile("sts_regional_endpoints"));
    let Some(mode) = mode else { return Ok(false) };
    match mode.value.to_ascii_lowercase().as_str() {
        "legacy" => Ok(true),
        "regional" => Ok(false),
        other => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{} is {other:?}; it takes regional or legacy", mode.source),
        )),
    }
}

fn truth(found: Sourced<String>) -> Result<Sourced<bool>, Error> {
    let value = match found.value.to_ascii_lowercase().as_str() {
        "true" => true,
        "false" => false,
        other => {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("{} is {other:?}; it takes true or false", found.source),
            ));
        }
    };
    Ok(Sourced::new(value, found.source))
}
