//! Credentials that never change.

use super::ProvideAuth;
use crate::error::Error;
use crate::protocol::auth::Auth;
use crate::transport::BoxFuture;

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
    fn auth(&self, _fresh: bool) -> BoxFuture<'_, Result<Auth, Error>> {
        Box::pin(async { Ok(self.0.clone()) })
    }
}
