//! A client, put together.

use super::clock::Clock;
use super::credentials::{Chain, ProvideAuth, Routes, Static, WithApiKey};
use super::found_endpoints::FoundEndpoints;
use super::model_options::ModelOptions;
use super::model_state::Models;
use super::observer::{Observer, Silent};
use super::pacing::{Pacing, PacingSettings, make_folder};
use super::settings::{Endpoints, Environment, Overrides, Settings};
use super::state::{Client, Inner};
use super::timeouts::Timeouts;
use crate::error::{Error, ErrorKind};
use crate::protocol::auth::{ApiKey, Auth};
use crate::protocol::endpoint::Service;
use crate::protocol::retry::pacing::PacingOptions;
use crate::protocol::retry::{RetryPolicy, RetryQuota};
use crate::protocol::sigv4::Signer;
use crate::transport::Transport;
#[cfg(feature = "_network")]
use crate::transport::{NetworkSettings, reqwest::Network};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// Puts a client together. Only a region and credentials are needed; [`ClientBuilder::from_env`] finds both. Where the
/// features of this build bring no HTTP client, a transport is needed, too.
///
/// ```no_run
/// use bedwire::client::{ClientBuilder, Timeouts};
/// use bedwire::protocol::retry::{RetryMode, RetryPolicy, pacing::PacingOptions};
/// use std::time::Duration;
///
/// # fn example() -> Result<(), bedwire::Error> {
/// let client = ClientBuilder::from_env()?
///     .region("us-west-2") // before AWS_REGION and the profile's
///     .timeouts(Timeouts::of_call(Duration::from_secs(30)))
///     .retry_policy(RetryPolicy { mode: RetryMode::Patient, max_attempts: Some(4) })
///     .pacing(PacingOptions::Rate { per_second: 2.0 })
///     .build()?;
/// # Ok(()) }
/// ```
#[derive(Default)]
pub struct ClientBuilder {
    region: Option<String>,
    credentials: Option<Arc<dyn ProvideAuth>>,
    /// Where what was not given by hand is found: region, credentials, the network.
    settings: Option<Settings>,
    api_key: Option<ApiKey>,
    transport: Option<Arc<dyn Transport>>,
    #[cfg(feature = "_network")]
    network: Option<NetworkSettings>,
    endpoints: Endpoints,
    policy: RetryPolicy,
    pacing: PacingSettings,
    timeouts: Timeouts,
    clock: Clock,
    observer: Option<Arc<dyn Observer>>,
    models: ModelOptions,
}

impl ClientBuilder {
    /// Region, credentials, endpoints and network settings from the environment and the shared AWS files. What is given
    /// to the builder by hand comes before them.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_settings(&Settings::load(Environment::process(), Overrides::default())?)
    }

    /// The same from settings that were loaded. Calls that get credentials go to the region and over the transport that
    /// all others do.
    pub fn from_settings(settings: &Settings) -> Result<Self, Error> {
        let mut builder =
            Self::from_settings_but_transport(settings).model_options(settings.model_options()?);
        builder.settings = Some(settings.clone());
        Ok(builder)
    }

    /// Endpoints, retries and pacing only: who answers, where and for whom is yet to be said.
    pub(crate) fn from_settings_but_transport(settings: &Settings) -> Self {
        let folder = settings.shared_pacing().map(|folder| folder.value);
        Self {
            endpoints: settings.endpoints().clone(),
            policy: settings.retry_policy().clone(),
            pacing: PacingSettings { folder, ..PacingSettings::default() },
            ..Self::default()
        }
    }

    /// The region of every call whose input names none.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Where credentials come from.
    #[must_use]
    pub fn credentials(mut self, credentials: impl ProvideAuth) -> Self {
        self.credentials = Some(Arc::new(credentials));
        self
    }

    /// A Bedrock API key, for calls to Bedrock. It comes before everything that is found in the environment; calls to
    /// other services (a bucket) are signed with what is found there. It does not go together with
    /// [`ClientBuilder::auth`] or [`ClientBuilder::credentials`]: a key and what signs those other calls are given as
    /// one, as [`WithApiKey`].
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html>
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(ApiKey::new(key.into().trim()));
        self
    }

    /// Credentials that never change.
    #[must_use]
    pub fn auth(self, auth: impl Into<Auth>) -> Self {
        self.credentials(Static::new(auth))
    }

    /// What answers: the network where none is given, which the features `client` and `native-tls` bring. Credentials
    /// that [`ClientBuilder::from_env`] finds are asked for over it, too, also of the metadata service of an instance
    /// or a container, which no proxy reaches. Where those calls are to go another way: [`Settings::credentials`],
    /// which takes [`Routes`].
    #[must_use]
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// How the network is reached, in place of what [`ClientBuilder::from_settings`] finds: nothing, where a transport
    /// is given.
    #[cfg(feature = "_network")]
    #[must_use]
    pub fn network(mut self, settings: NetworkSettings) -> Self {
        self.network = Some(settings);
        self
    }

    /// A URL for every service, or for one.
    #[must_use]
    pub fn endpoint_url(mut self, service: Option<&Service>, url: impl Into<String>) -> Self {
        self.endpoints.set_url(service, url);
        self
    }

    /// How often and how long to retry.
    #[must_use]
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// What is known of the quota of each model that is called. Without it the client learns the rate from what the
    /// service refuses. It is kept to in every retry mode.
    #[must_use]
    pub fn pacing(mut self, options: PacingOptions) -> Self {
        self.pacing.options = options;
        self
    }

    /// The quota of tokens a minute of each model that is called. A call is held back until there is room for its input
    /// and its `max_tokens`, and settled to what it used when it is answered; in every retry mode. What is behind the
    /// ARN of an application profile is asked for once (`bedrock:GetInferenceProfile`), beside its calls: of some
    /// models, output counts five times, and as long as the model is not known, it does.
    #[must_use]
    pub fn tokens_per_minute(mut self, tokens: u64) -> Self {
        self.pacing.tokens_per_minute = Some(tokens);
        self
    }

    /// A folder in which the programs of one machine that use one quota share what they learn of it, each lane in a
    /// file; all of them are given the same. It is made where there is none. Calls are then paced in every retry mode.
    #[must_use]
    pub fn shared_pacing(mut self, folder: impl Into<PathBuf>) -> Self {
        self.pacing.folder = Some(folder.into());
        self
    }

    /// How long to wait.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The clock that dates signatures. What is found of credentials expires by it, too, unless it stands still.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Who hears of attempts and waits.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Whether calls take the names of models (`claude-3-5-sonnet-latest`), too.
    #[must_use]
    pub fn resolve_models(mut self, resolve: bool) -> Self {
        self.models.resolve = resolve;
        self
    }

    /// Whether a call whose model id is refused is sent once more, with the id that would work.
    #[must_use]
    pub fn repair_models(mut self, repair: bool) -> Self {
        self.models.repair = repair;
        self
    }

    /// How names of models are treated, all of it.
    #[must_use]
    pub fn model_options(mut self, options: ModelOptions) -> Self {
        self.models = options;
        self
    }

    /// The client.
    pub fn build(mut self) -> Result<Client, Error> {
        let region = self.found_region()?;
        let (transport, found) = self.ways_out(&region)?;
        let credentials = self.found_credentials(found)?;
        if let Some(folder) = &self.pacing.folder {
            make_folder(folder)?;
        }
        let inner = Inner {
            transport,
            signer: Signer::default(),
            credentials,
            region: region.into(),
            endpoints: FoundEndpoints::new(self.endpoints),
            policy: self.policy,
            quota: Mutex::new(RetryQuota::default()),
            pacing: Pacing::new(self.pacing),
            timeouts: self.timeouts,
            clock: self.clock,
            observer: self.observer.unwrap_or_else(|| Arc::new(Silent)),
        };
        Ok(Client::of(inner, Models::new(self.models)))
    }

    fn found_region(&mut self) -> Result<String, Error> {
        match (self.region.take(), &self.settings) {
            (Some(region), _) => Ok(region),
            (None, Some(settings)) => settings.region(),
            (None, None) => Err(missing("a region").with_hint(
                "give one with .region(…), or begin with ClientBuilder::from_env(), which finds it",
            )),
        }
    }

    /// What answers, and the search for credentials that goes over it, where there is one.
    fn ways_out(&mut self, region: &str) -> Result<(Arc<dyn Transport>, Option<Chain>), Error> {
        let settings = self.settings.take();
        let searched = settings.as_ref().filter(|_| self.credentials.is_none());
        let (transport, routes) = match self.transport.take() {
            Some(own) => (Arc::clone(&own), searched.map(|_| Routes::over(own))),
            None => self.over_the_network(settings.as_ref(), searched.is_some())?,
        };
        let found = settings
            .zip(routes)
            .map(|(found, routes)| found.in_region(region).credentials(routes).clock(self.clock.clone()));
        Ok((transport, found))
    }

    #[cfg(feature = "_network")]
    fn over_the_network(&mut self, found: Option<&Settings>, is_searched: bool) -> Result<WaysOut, Error> {
        let found = found.map(|settings| settings.network().clone());
        let settings = self.network.take().or(found).unwrap_or_default();
        let network: Arc<dyn Transport> = Arc::new(Network::new(&settings)?);
        let routes = is_searched.then(|| Routes::new(Arc::clone(&network), &settings)).transpose()?;
        Ok((network, routes))
    }

    #[cfg(not(feature = "_network"))]
    fn over_the_network(&mut self, _: Option<&Settings>, _: bool) -> Result<WaysOut, Error> {
        Err(missing("a transport where no HTTP client is built in")
            .with_hint("give your own with .transport(…), or enable the feature client or native-tls"))
    }

    /// By hand, then what is found.
    fn found_credentials(&mut self, found: Option<Chain>) -> Result<Arc<dyn ProvideAuth>, Error> {
        Ok(match (self.api_key.take(), self.credentials.take(), found) {
            (Some(_), Some(_), _) => {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "a client was given an API key and credentials too",
                )
                .with_hint("give one of them, or both as one: .credentials(WithApiKey::new(key, others))"));
            }
            (None, Some(given), _) => given,
            (Some(key), None, Some(found)) => Arc::new(WithApiKey::new(key, Arc::new(found))),
            (Some(key), None, None) => Arc::new(Static::new(key)),
            (None, None, Some(found)) => Arc::new(found),
            (None, None, None) => {
                return Err(missing("credentials").with_hint(
                    "give them with .auth(…) or .credentials(…), or begin with ClientBuilder::from_env(), which finds them",
                ));
            }
        })
    }
}

/// What answers, and the routes of a search for credentials where there is one.
type WaysOut = (Arc<dyn Transport>, Option<Routes>);

fn missing(what: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("a client needs {what}"))
}
