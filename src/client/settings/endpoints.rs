//! Where each service answers: given URLs, FIPS and dual-stack.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>

use super::environment::Environment;
use super::sourced::Sourced;
use crate::error::{Error, ErrorKind};
use crate::protocol::endpoint::{Endpoint, EndpointOptions, Service};
use crate::protocol::invalid_input::InvalidInput;

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
#[derive(Clone, Debug, PartialEq, Eq)]
struct ServiceUrl {
    /// As in the variable: `BEDROCK_RUNTIME`.
    service: Option<String>,
    url: Sourced<String>,
}

impl Endpoints {
    /// From `AWS_ENDPOINT_URL…`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, the profile, and the `services`
    /// section that the profile names, given as the pairs of service and URL in it. Precedence as in botocore: a
    /// variable for the service, the variable for all, the section's URL for the service, the profile's for all.
    pub(super) fn load(
        environment: &Environment,
        in_profile: &dyn Fn(&str) -> Option<Sourced<String>>,
        in_services: impl IntoIterator<Item = (String, Sourced<String>)>,
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
        for variable in environment.with_prefix("AWS_ENDPOINT_URL_") {
            let service = Some(variable.trim_start_matches("AWS_ENDPOINT_URL_").to_owned());
            found.extend(environment.sourced(&[variable])?.map(|url| ServiceUrl { service, url }));
        }
        found
            .extend(environment.sourced(&["AWS_ENDPOINT_URL"])?.map(|url| ServiceUrl { service: None, url }));
        found.extend(
            in_services
                .into_iter()
                .map(|(service, url)| ServiceUrl { service: Some(service.to_ascii_uppercase()), url }),
        );
        found.extend(in_profile("endpoint_url").map(|url| ServiceUrl { service: None, url }));
        Ok(endpoints)
    }

    /// A URL for every service, which takes the place of all that were found, or for one.
    pub fn set_url(&mut self, service: Option<&Service>, url: impl Into<String>) {
        let service = service.map(Service::environment_name);
        self.given.retain(|given| given.service != service);
        let is_for_one = service.is_some();
        let given = ServiceUrl { service, url: Sourced::new(url.into(), "--endpoint-url") };
        let at = if is_for_one { 0 } else { self.given.len() };
        self.given.insert(at, given);
    }

    /// The endpoint of a service in a region.
    pub fn resolve(&self, service: Service, region: &str) -> Result<Endpoint, InvalidInput> {
        let options = self.options(&service);
        let named = self.naming(&service);
        Endpoint::resolve(service, region, &options).map_err(named)
    }

    /// The URL of a service and what gave it. A URL that was given needs no region.
    pub fn url(&self, service: &Service, region: Option<&str>) -> Result<Sourced<String>, InvalidInput> {
        let source = self.given_url(service).map_or("the region and AWS's naming", |given| &given.source);
        let url = Endpoint::url(service, region, &self.options(service)).map_err(self.naming(service))?;
        Ok(Sourced::new(url, source))
    }

    /// Says in an error what gave the URL.
    fn naming(&self, service: &Service) -> impl FnOnce(InvalidInput) -> InvalidInput + use<> {
        let source = self.given_url(service).map(|given| given.source.clone());
        |error| match source {
            Some(source) => InvalidInput::new(source, error.to_string()),
            None => error,
        }
    }

    /// Whether FIPS endpoints are asked for, and by what.
    pub fn fips(&self) -> Option<&Sourced<bool>> {
        self.fips.as_ref()
    }

    /// Whether dual-stack endpoints are asked for, and by what.
    pub fn dual_stack(&self) -> Option<&Sourced<bool>> {
        self.dual_stack.as_ref()
    }

    fn options(&self, service: &Service) -> EndpointOptions {
        let is_on = |switch: &Option<Sourced<bool>>| switch.as_ref().is_some_and(|switch| switch.value);
        EndpointOptions {
            url: self.given_url(service).map(|given| given.value.clone()),
            fips: is_on(&self.fips),
            dual_stack: is_on(&self.dual_stack),
            sts_legacy: self.sts_legacy,
        }
    }

    fn given_url(&self, service: &Service) -> Option<&Sourced<String>> {
        let name = service.environment_name();
        let is_for_it =
            |url: &&ServiceUrl| url.service.as_ref().is_none_or(|for_service| *for_service == name);
        self.given.iter().chain(&self.found).find(is_for_it).map(|found| &found.url)
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
