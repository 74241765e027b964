//! What was given by hand.

use crate::protocol::redact;
use std::fmt;

/// What was given by hand, and so comes before anything that is found.
#[derive(Clone, Default)]
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
            .finish()
    }
}
