//! What was given by hand.

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
