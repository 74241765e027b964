//! The sources, one after the other, until one has credentials.

use super::cache::{Cached, Lookup, MayAsk};
use super::fixed::takes_api_key;
use super::imds_options::EndpointMode;
use super::mfa::AskMfaCode;
use super::of_profile::{IN_ORDER, ProfileSource};
use super::report::{Inspection, SourceOutcome, SourceReport};
use super::surroundings::Surroundings;
use super::{Found, ProvideAuth, Wanted, assume_role, container, environment, imds};
use crate::client::clock::Clock;
use crate::client::observer::Observer;
use crate::client::settings::{ProfileNamed, SharedFiles};
use crate::error::{Error, ErrorKind, Setting};
use crate::protocol::auth::{ApiKey, Auth};
use crate::protocol::decimals::fixed;
use crate::transport::BoxFuture;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The sources in botocore's order; what one of them gave is kept and refreshed as [`Cached`] says. A source that
/// should have credentials and fails ends the search.
pub struct Chain {
    search: Arc<Search>,
    cache: Cached,
}

impl Chain {
    pub(super) fn new(surroundings: Surroundings, profile: String, named: ProfileNamed) -> Self {
        let search = Arc::new(Search { surroundings, profile, named });
        let clock = search.surroundings.clock.clone();
        let cache = Cached::with_clock(Arc::clone(&search), move || clock.now());
        Self { search, cache }
    }

    /// Who is asked for the code of an MFA device, where a role needs one.
    #[must_use]
    pub fn ask_mfa(self, ask: impl AskMfaCode) -> Self {
        self.changed(|surroundings| surroundings.ask_mfa = Some(Arc::new(ask)))
    }

    /// Who hears of the calls to STS and SSO.
    #[must_use]
    pub fn observer(self, observer: Arc<dyn Observer>) -> Self {
        self.changed(|surroundings| surroundings.observer = observer)
    }

    /// The clock that expiries are compared with and calls to STS are dated by: the client's own, so that both know
    /// what one of them hears of the time.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.changed(|surroundings| surroundings.clock = clock.of_expiries())
    }

    /// Where the instance metadata service answers, before any variable and the profile.
    #[must_use]
    pub fn imds_endpoint(self, url: impl Into<String>) -> Self {
        self.changed(|surroundings| surroundings.imds.endpoint = Some(url.into()))
    }

    /// Over which protocol the instance metadata service is asked, before any variable and the profile.
    #[must_use]
    pub fn imds_endpoint_mode(self, mode: EndpointMode) -> Self {
        self.changed(|surroundings| surroundings.imds.mode = Some(mode))
    }

    /// Asks every source now, whatever is kept, and says what each of them said. Where a role needs the code of an MFA
    /// device, it is asked for. What is found is kept for the calls that follow, so that nobody is asked twice.
    pub async fn inspect(&self) -> Inspection {
        self.inspect_within(None).await
    }

    /// The same in so much time: the source that is being asked then has failed.
    pub async fn inspect_within(&self, limit: Option<Duration>) -> Inspection {
        let mut reports = Vec::new();
        let key = self.search.api_key().map(|key| key.map(Auth::Bearer));
        let outcome = match &key {
            _ if !self.search.named.counts_variables() => SourceOutcome::NotAsked,
            Err(e) => SourceOutcome::Failed(e.copied()),
            Ok(Some(key)) => SourceOutcome::Used(key.clone()),
            Ok(None) => SourceOutcome::Empty("AWS_BEARER_TOKEN_BEDROCK is not set".to_owned()),
        };
        reports.push(SourceReport { source: "API key", outcome });
        let mut add = |report| reports.push(report);
        let search = self.search.credentials(MayAsk::Anybody, &mut add);
        let limit = limit.unwrap_or(Duration::MAX);
        let in_time = timeout(limit, search).await;
        // What the search itself found, or why not, is the last report.
        let mut late = in_time.is_err().then(|| silent(limit));
        let found = in_time.unwrap_or_else(|_| Err(silent(limit)));
        if let Ok(auth) = &found {
            self.cache.keep(auth);
        }
        for source in Source::all().into_iter().map(Source::name) {
            if reports.iter().all(|report| report.source != source) {
                let outcome = late.take().map_or(SourceOutcome::NotAsked, SourceOutcome::Failed);
                reports.push(SourceReport { source, outcome });
            }
        }
        Inspection { reports, found: key.and_then(|key| key.map_or(found, Ok)) }
    }

    fn changed(self, change: impl FnOnce(&mut Surroundings)) -> Self {
        let mut surroundings = self.search.surroundings.clone();
        change(&mut surroundings);
        Self::new(surroundings, self.search.profile.clone(), self.search.named)
    }
}

impl ProvideAuth for Chain {
    fn auth<'a>(&'a self, wanted: Wanted<'a>) -> BoxFuture<'a, Result<Auth, Error>> {
        let key = if takes_api_key(wanted.service) { self.search.api_key() } else { Ok(None) };
        match key {
            Ok(None) => self.cache.auth(wanted),
            Ok(Some(key)) => Box::pin(async { Ok(Auth::Bearer(key)) }),
            Err(e) => Box::pin(async { Err(e) }),
        }
    }
}

/// The error of a source that is still being asked.
fn silent(limit: Duration) -> Error {
    let message = format!("no answer within the {} s of a call", fixed(limit.as_secs_f64(), 1));
    Error::new(ErrorKind::Timeout, message)
        .with_hint("a longer timeout gives it more time")
        .with_setting(Setting::CallTimeout)
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("profile", &self.search.profile).finish_non_exhaustive()
    }
}

/// One source of the chain.
#[derive(Clone, Copy)]
enum Source {
    Environment,
    Role,
    OfProfile(ProfileSource),
    Container,
    Imds,
}

impl Source {
    fn all() -> Vec<Self> {
        let of_profile = IN_ORDER.into_iter().map(Self::OfProfile);
        [Self::Environment, Self::Role]
            .into_iter()
            .chain(of_profile)
            .chain([Self::Container, Self::Imds])
            .collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Role => "role",
            Self::OfProfile(source) => source.name(),
            Self::Container => "container",
            Self::Imds => "instance metadata",
        }
    }
}

struct Search {
    surroundings: Surroundings,
    profile: String,
    named: ProfileNamed,
}

impl Search {
    fn api_key(&self) -> Result<Option<ApiKey>, Error> {
        environment::api_key(&self.surroundings.environment, self.named)
    }

    /// The first source that has credentials, or an error that names every place that was looked at.
    async fn credentials(
        &self,
        may_ask: MayAsk,
        report: &mut (dyn FnMut(SourceReport) + Send),
    ) -> Result<Auth, Error> {
        // Read anew, since another program may have written new keys into them.
        let files = SharedFiles::load(&self.surroundings.environment)?;
        let mut looked_at = Vec::new();
        for source in Source::all() {
            if matches!(source, Source::Environment) && !self.named.counts_variables() {
                report(SourceReport { source: source.name(), outcome: SourceOutcome::NotAsked });
                continue;
            }
            let outcome = match self.ask(source, &files, may_ask).await {
                Ok(Found::Credentials(credentials)) => {
                    let auth = Auth::SigV4(credentials);
                    report(SourceReport {
                        source: source.name(),
                        outcome: SourceOutcome::Used(auth.clone()),
                    });
                    return Ok(auth);
                }
                Ok(Found::Nothing(place)) => SourceOutcome::Empty(place),
                // Nobody set the metadata service up: what is wrong with it is one place more that has nothing.
                Err(e) if matches!(source, Source::Imds) => {
                    looked_at.push((source, e.message().to_owned()));
                    SourceOutcome::Failed(e)
                }
                Err(e) => {
                    report(SourceReport {
                        source: source.name(),
                        outcome: SourceOutcome::Failed(e.copied()),
                    });
                    return Err(e);
                }
            };
            if let SourceOutcome::Empty(place) = &outcome {
                looked_at.push((source, place.clone()));
            }
            report(SourceReport { source: source.name(), outcome });
        }
        Err(self.nothing(&files, looked_at))
    }

    async fn ask(&self, source: Source, files: &SharedFiles, may_ask: MayAsk) -> Result<Found, Error> {
        let (surroundings, profile) = (&self.surroundings, self.profile.as_str());
        match source {
            Source::Environment => environment::find(&surroundings.environment),
            Source::Role => assume_role::find(surroundings, files, profile, may_ask).await,
            Source::OfProfile(source) => source.find(surroundings, files, profile, self.named).await,
            Source::Container => container::find(surroundings).await,
            Source::Imds => imds::find(surroundings, files.profile(profile).as_ref()).await,
        }
    }

    fn nothing(&self, files: &SharedFiles, mut looked_at: Vec<(Source, String)>) -> Error {
        if files.profile(&self.profile).is_none() {
            // One line for all that the profile could have.
            looked_at.retain(|(source, _)| {
                !matches!(source, Source::OfProfile(source) if *source != ProfileSource::WebIdentity)
            });
        }
        let places: Vec<String> =
            looked_at.iter().map(|(source, place)| format!("{}: {place}", source.name())).collect();
        Error::new(ErrorKind::Credentials, format!("no credentials were found; {}", places.join("; ")))
            .with_hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            .with_setting(Setting::Credentials)
    }
}

impl Lookup for Arc<Search> {
    fn look(&self, may_ask: MayAsk) -> BoxFuture<'_, Result<Auth, Error>> {
        Box::pin(async move { self.credentials(may_ask, &mut |_| ()).await })
    }
}
