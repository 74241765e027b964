//! The sources, one after the other, until one has credentials.

use super::{Found, ProvideAuth, environment, profile};
use crate::client::settings::Environment;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::Auth;
use crate::transport::BoxFuture;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Environment, then profile. What was found is kept until fresh credentials are asked for.
pub struct Chain {
    environment: Arc<Environment>,
    profile: String,
    profile_only: bool,
    kept: Mutex<Option<Auth>>,
}

impl Chain {
    pub(crate) fn new(environment: Arc<Environment>, profile: String, profile_only: bool) -> Self {
        Self { environment, profile, profile_only, kept: Mutex::new(None) }
    }

    /// The first source that has credentials, or an error that names every place that was looked at.
    fn find(&self) -> Result<Auth, Error> {
        let mut looked_at = Vec::new();
        if !self.profile_only {
            match environment::find(&self.environment)? {
                Found::Credentials(auth) => return Ok(auth),
                Found::Nothing(place) => looked_at.push(place),
            }
        }
        match profile::find(&self.environment, &self.profile)? {
            Found::Credentials(auth) => return Ok(auth),
            Found::Nothing(place) => looked_at.push(place),
        }
        Err(Error::new(ErrorKind::Credentials, format!("no credentials: {}", looked_at.join("; ")))
            .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or try --offline, which needs none"))
    }
}

impl ProvideAuth for Chain {
    fn auth(&self, fresh: bool) -> BoxFuture<'_, Result<Auth, Error>> {
        Box::pin(async move {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let (Some(auth), false) = (&*kept, fresh) {
                return Ok(auth.clone());
            }
            let auth = self.find()?;
            *kept = Some(auth.clone());
            Ok(auth)
        })
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("profile", &self.profile).finish_non_exhaustive()
    }
}
