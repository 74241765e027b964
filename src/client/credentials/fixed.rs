//! What was given by hand: credentials that never change, and an API key beside credentials.

use super::{ProvideAuth, Wanted};
use crate::error::Error;
use crate::protocol::auth::{ApiKey, Auth};
use crate::protocol::endpoint::Service;
use crate::transport::BoxFuture;
use std::fmt;
use std::sync::Arc;

/// Credentials given by hand.
#[derive(Clone, Debug)]
pub struct Static(Auth);

impl Static {
    /// An access key pair or an API key.
    pub fn new(auth: impl Into<Auth>) -> Self {
        Self(auth.into())
    }
}

impl ProvideAuth for Static {
    fn auth<'a>(&'a self, _wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}

/// An API key for calls to Bedrock, and other credentials for the rest: a bucket takes no API key.
pub struct WithApiKey {
    key: ApiKey,
    others: Arc<dyn ProvideAuth>,
}

impl WithApiKey {
    /// A key, and what signs calls that are not Bedrock's.
    pub fn new(key: ApiKey, others: Arc<dyn ProvideAuth>) -> Self {
        Self { key, others }
    }
}

impl ProvideAuth for WithApiKey {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        if takes_api_key(wanted.service) {
            return Box::pin(async { Ok(Auth::Bearer(self.key.clone())) });
        }
        self.others.auth(wanted)
    }
}

impl fmt::Debug for WithApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithApiKey(redacted)")
    }
}

/// Whether a service is one of Bedrock's, which alone take its API keys.
pub(super) fn takes_api_key(service: &Service) -> bool {
    service.signing_name().starts_with("bedrock")
}
