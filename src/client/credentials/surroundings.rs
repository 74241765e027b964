//! What a source has around it: variables and files, the clock, and a way to call a service.

use super::fixed::Static;
use super::imds_options::ImdsOptions;
use super::mfa::AskMfaCode;
use super::routes::Routes;
use crate::client::clock::Clock;
use crate::client::found_endpoints::FoundEndpoints;
use crate::client::model_state::Models;
use crate::client::observer::Observer;
use crate::client::pacing::Pacing;
use crate::client::settings::{Endpoints, Environment};
use crate::client::state::{Client, Inner};
use crate::client::timeouts::Timeouts;
use crate::error::{Error, ErrorKind, Setting};
use crate::protocol::auth::Auth;
use crate::protocol::by_key::ByName;
use crate::protocol::credential_document::SsoTokenFile;
use crate::protocol::operation::Operation;
use crate::protocol::retry::{RetryMode, RetryPolicy};
use crate::protocol::sigv4::Signer;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// A call to STS or SSO takes a second; a person waits behind it.
const TIMEOUTS: Timeouts = Timeouts {
    first_byte: Duration::from_secs(20),
    idle: Duration::from_secs(20),
    waiting: Duration::from_mins(1),
    call: Some(Duration::from_mins(1)),
};

#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) environment: Arc<Environment>,
    pub(super) region: Option<String>,
    pub(super) endpoints: Endpoints,
    pub(super) routes: Routes,
    /// Of a call to STS or SSO.
    pub(super) max_attempts: Option<u32>,
    /// What expiries are compared with and calls to STS are dated by. It is the client's own, so that what one of them
    /// hears of the time, all know.
    pub(super) clock: Clock,
    pub(super) ask_mfa: Option<Arc<dyn AskMfaCode>>,
    pub(super) imds: ImdsOptions,
    /// Hears of the calls to STS and SSO.
    pub(super) observer: Arc<dyn Observer>,
    /// Refreshed tokens, by the name of the file that the first came from: it may be one that cannot be written.
    pub(super) sso_tokens: Arc<Mutex<ByName<SsoTokenFile>>>,
}

impl Surroundings {
    pub(super) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// The region, for a purpose: `to assume the role of profile x`.
    pub(super) fn region(&self, purpose: &str) -> Result<&str, Error> {
        self.region.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Credentials, format!("there is no region {purpose}"))
                .with_hint("give one by AWS_REGION or the profile's region")
                .with_setting(Setting::Region)
        })
    }

    /// Runs an operation through the one request loop, signed with `auth`.
    pub(super) async fn call<O: Operation>(
        &self,
        operation: &O,
        auth: Auth,
        region: &str,
    ) -> Result<O::Output, Error> {
        // None of them names a model, so nothing is to be resolved or repaired.
        self.client(auth, region).call_as_it_is(operation).await
    }

    fn client(&self, auth: Auth, region: &str) -> Client {
        let inner = Inner {
            transport: Arc::clone(&self.routes.network),
            credentials: Arc::new(Static::new(auth)),
            signer: Signer::default(),
            region: region.into(),
            endpoints: FoundEndpoints::new(self.endpoints.clone()),
            policy: RetryPolicy { mode: RetryMode::Standard, max_attempts: self.max_attempts },
            quota: Mutex::default(),
            pacing: Pacing::default(),
            timeouts: TIMEOUTS,
            clock: self.clock.clone(),
            observer: Arc::clone(&self.observer),
        };
        Client::of(inner, Models::default())
    }

    /// `bedwire-session-1767323045`: the name by which CloudTrail shows a session that nobody named.
    pub(super) fn session_name(&self) -> String {
        let seconds = self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        format!("bedwire-session-{seconds}")
    }
}
