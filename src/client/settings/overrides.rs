//! What was given by hand.

use crate::protocol::redact;
use std::fmt;

/// What was given by hand, and so comes before anything that is found.
#[derive(Clone, Default)]
pub struct Overrides {
    /// The region.
    pub region: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// A service's host prefix, or none for all, and a URL.
    pub endpoint_urls: Vec<(Option<String>, String)>,
    /// PEM file of the certificates to trust.
    pub ca_bundle: Option<String>,
    /// Proxy for every request.
    pub proxy: Option<String>,
    /// The most attempts of one call.
    pub max_attempts: Option<u32>,
    /// Whether a call fails at once that is throttled, or would have to wait for its turn.
    pub fail_fast: bool,
    /// The folder in which the programs of this machine share what they learn of a quota.
    pub shared_pacing: Option<String>,
    /// How messages and sources name them.
    pub named: OverrideNames,
}

/// How messages and sources name what was given by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverrideNames {
    /// As the fields of [`Overrides`]: `Overrides::ca_bundle`.
    #[default]
    Fields,
    /// As options of a command line: `--ca-bundle`.
    Options,
}

impl OverrideNames {
    /// The name of one field.
    pub(super) fn of(self, field: &str) -> String {
        match self {
            Self::Fields => format!("Overrides::{field}"),
            // Each option has one URL.
            Self::Options if field == "endpoint_urls" => "--endpoint-url".to_owned(),
            Self::Options => format!("--{}", field.replace('_', "-")),
        }
    }
}

impl fmt::Debug for Overrides {
    /// Without the user and the password of a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls = self.endpoint_urls.iter().map(|(service, url)| (service, redact::url(url)));
        f.debug_struct("Overrides")
            .field("region", &self.region)
            .field("profile", &self.profile)
            .field("endpoint_urls", &urls.collect::<Vec<_>>())
            .field("ca_bundle", &self.ca_bundle)
            .field("proxy", &self.proxy.as_deref().map(redact::url))
            .field("max_attempts", &self.max_attempts)
            .field("fail_fast", &self.fail_fast)
            .field("shared_pacing", &self.shared_pacing)
            .field("named", &self.named)
            .finish()
    }
}
