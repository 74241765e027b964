//! Where credentials come from: one file per source, in the order in which [`Chain`] asks them.
//!
//! Precedence, the first that has any: an API key or credentials given to [`crate::client::ClientBuilder`]; a profile
//! that was named by hand (`--profile`); `AWS_BEARER_TOKEN_BEDROCK`, for calls to Bedrock; then the sources below. A
//! profile that was named by hand leaves out `AWS_BEARER_TOKEN_BEDROCK` and the key pair in the environment.
//!
//! | file | source |
//! |---|---|
//! | `environment` | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` |
//! | `assume_role` | a profile's `role_arn` with `source_profile` or `credential_source` |
//! | `web_identity` | `AWS_WEB_IDENTITY_TOKEN_FILE` or the profile's `web_identity_token_file`: EKS |
//! | `sso` | a profile's `sso_session`, or its `sso_start_url`, and the cache of `aws sso login` |
//! | `static_keys` | the profile in the credentials file, and later the one in the config file |
//! | `login` | a profile's `login_session`, and the cache of `aws login` |
//! | `process` | a profile's `credential_process` |
//! | `container` | `AWS_CONTAINER_CREDENTIALS_…`: ECS, EKS Pod Identity |
//! | `imds` | the metadata service of an EC2 instance |
//!
//! And around them:
//!
//! | file | job |
//! |---|---|
//! | `of_settings` | settings → the chain of sources, and the API key |
//! | `chain`, `report` | the sources, one after the other, and what each of them said |
//! | `key_pair` | what can be had of them without asking anyone: for what is answered on this machine |
//! | `fixed`, `provided` | what was given by hand, or is got from any provider of AWS's SDK |
//! | `cache` | credentials are kept, and refreshed in time |
//! | `of_profile`, `mfa` | what a profile may have beside a role; the code of an MFA device |
//! | `metadata`, `imds_options` | a question to a metadata service, and where it is asked |
//! | `surroundings`, `routes` | what a source has around it, and what its calls go over |
//! | `carried` | whether a header can carry a key |
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>

mod assume_role;
mod cache;
mod carried;
mod chain;
mod container;
mod environment;
mod fixed;
mod imds;
mod imds_options;
mod key_pair;
mod login;
mod metadata;
mod mfa;
mod of_profile;
mod of_settings;
mod process;
mod provided;
mod report;
mod routes;
mod sso;
mod static_keys;
mod surroundings;
mod web_identity;

pub use cache::{Cached, Lookup, MayAsk};
pub use chain::Chain;
pub use fixed::{Static, WithApiKey};
pub use imds_options::EndpointMode;
pub use mfa::AskMfaCode;
pub use provided::Provided;
pub use report::{Inspection, SourceOutcome, SourceReport};
pub use routes::Routes;

use crate::error::Error;
use crate::protocol::auth::Auth;
use crate::protocol::endpoint::Service;
use crate::transport::BoxFuture;
use aws_credential_types::Credentials;

/// A source of what requests are signed with.
pub trait ProvideAuth: Send + Sync + 'static {
    /// What to sign with now.
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>>;
}

/// What a call wants to be signed with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Wanted<'a> {
    /// Who will be called: an API key opens Bedrock and nothing else.
    pub service: &'a Service,
    /// What the service said has expired: something else is wanted.
    pub refused: Option<&'a Auth>,
}

impl<'a> Wanted<'a> {
    /// For the first attempt of a call.
    pub fn new(service: &'a Service) -> Self {
        Self { service, refused: None }
    }

    /// After the service refused this.
    #[must_use]
    pub fn instead_of(mut self, refused: Option<&'a Auth>) -> Self {
        self.refused = refused;
        self
    }
}

/// What a source found.
enum Found {
    Credentials(Credentials),
    /// Nothing, and what was looked at.
    Nothing(String),
}

impl Found {
    fn nothing(place: impl Into<String>) -> Self {
        Self::Nothing(place.into())
    }
}
