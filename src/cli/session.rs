//! Global options → a client: which transport answers, with which credentials, and who listens.

use super::dry_run;
use super::global::{DryRunForm, GlobalOptions, OutputForm};
use super::mfa::AskAtTerminal;
use super::model_table::read_table;
use super::output::Output;
use super::recorded_auth::RecordedAuth;
use super::shell_word::quoted;
use super::verbose::Verbose;
use crate::client::credentials::{Chain, ProvideAuth, Routes, Static, WithApiKey};
use crate::client::settings::{Environment, NetworkSettings, OverrideNames, Overrides, Settings};
use crate::client::{Client, ClientBuilder, Clock, ModelOptions, Timeouts};
use crate::emulator::{Emulator, EmulatorOptions, example_credentials};
use crate::protocol::operation::Operation;
use crate::protocol::retry::pacing::PacingOptions;
use crate::transport::reqwest::Network;
use crate::transport::{Record, Replay, Transport};
use crate::{Error, ErrorKind};
use aws_credential_types::Credentials;
use std::sync::Arc;

/// The region of `--offline` and `--replay` where none is set: the one that has Luma Ray2.
pub(super) const OFFLINE_REGION: &str = "us-west-2";

/// One run of the command: its client, and what it does instead of sending.
pub(super) struct Session {
    client: Client,
    /// Where credentials come from, where they are looked for.
    chain: Option<Arc<Chain>>,
    dry_run: Option<DryRunForm>,
    record: Option<Arc<Record>>,
    network: NetworkSettings,
    verbose: bool,
    /// Whether `--timeout` is given.
    is_timed: bool,
    /// `--endpoint-url …` and the like, for a command that continues this one; none with `--offline`.
    repeat_options: Option<String>,
}

impl Session {
    /// With the models of this table (`--model-table`) or of the settings' own.
    pub(super) fn open(global: &GlobalOptions, model_table: Option<&str>) -> Result<Self, Error> {
        let settings = Settings::load(Environment::process(), overrides(global))?;
        let models = match model_table {
            Some(path) => ModelOptions::default().table(read_table(path)?),
            None => settings.model_options()?,
        };
        let Answering { transport, record, replay } = answering(global, &settings, &models)?;
        let verbose = Arc::new(Verbose::new(global.verbose));
        let mut builder = ClientBuilder::from_settings_but_transport(&settings)
            .transport(transport)
            .model_options(models)
            .observer(Arc::<Verbose>::clone(&verbose));
        let clock = Clock::system();
        builder = match settings.region() {
            Ok(region) => builder.region(region),
            Err(_) if global.is_local() => builder.region(OFFLINE_REGION),
            Err(missing) => return Err(missing),
        };
        let mut chain = None;
        let credentials: Arc<dyn ProvideAuth> = if global.is_local() {
            local_auth(&settings)?
        } else {
            // Calls that get credentials are never recorded: they take a network of their own.
            let routes = Routes::network(settings.network())?;
            let found = settings.credentials(routes).clock(clock.clone());
            let found = Arc::new(found.ask_mfa(AskAtTerminal).observer(verbose));
            chain = Some(Arc::clone(&found));
            found
        };
        builder = builder.credentials(RecordedAuth { credentials, record: record.clone(), replay });
        if let Some(timeout) = global.timeout {
            builder = builder.timeouts(Timeouts::of_call(timeout));
        }
        if let Some(rpm) = global.rpm {
            builder = builder.pacing(PacingOptions::Rate { per_second: f64::from(rpm) / 60.0 });
        }
        if let Some(tpm) = global.tpm {
            builder = builder.tokens_per_minute(tpm);
        }
        builder = builder.clock(global.signing_date.map_or(clock, Clock::fixed));
        let repeat_options = (!global.offline).then(|| repeat_options(global));
        Ok(Self {
            client: builder.build()?,
            chain,
            dry_run: global.dry_run,
            record,
            network: settings.network().clone(),
            verbose: global.verbose > 0,
            is_timed: global.timeout.is_some(),
            repeat_options,
        })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Where credentials are looked for; nowhere with `--offline` and `--replay`.
    pub(super) fn chain(&self) -> Option<&Chain> {
        self.chain.as_deref()
    }

    /// Proxies, certificates and connections, for what is no call of the client.
    pub(super) fn network(&self) -> &NetworkSettings {
        &self.network
    }

    /// With `--dry-run`, prints what the operation would send and says that there is nothing more to do.
    pub(super) async fn stops_before<O: Operation>(
        &self,
        operation: &O,
        output: &Output,
    ) -> Result<bool, Error> {
        self.stops_client_before(&self.client, operation, output).await
    }

    /// The same for a client that is not quite the session's.
    pub(super) async fn stops_client_before<O: Operation>(
        &self,
        client: &Client,
        operation: &O,
        output: &Output,
    ) -> Result<bool, Error> {
        let Some(form) = self.dry_run else { return Ok(false) };
        dry_run::print(form, &client.prepare(operation).await?, output)?;
        Ok(true)
    }

    /// Whether attempts, waits and usage are shown.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether the time of a call was given.
    pub(super) fn is_timed(&self) -> bool {
        self.is_timed
    }

    /// Whether everything that passed was recorded, where that was asked for.
    pub(super) fn all_recorded(&self) -> Result<(), Error> {
        self.record.as_deref().map_or(Ok(()), all_recorded)
    }

    /// The form of `--dry-run`.
    pub(super) fn dry_run(&self) -> Option<DryRunForm> {
        self.dry_run
    }

    /// A command that goes on with what this one began, with the options that lead to the same place. `None` where
    /// that place ends with this command: `--offline`.
    pub(super) fn command(&self, rest: &str) -> Option<String> {
        Some(format!("bedwire{} {rest}", self.repeat_options.as_ref()?))
    }
}

/// Whether everything that passed was recorded.
pub(super) fn all_recorded(record: &Record) -> Result<(), Error> {
    let failures = record.failures();
    let Some(first) = failures.first() else { return Ok(()) };
    let message = match failures.len() {
        1 => format!("an exchange was not recorded: {first}"),
        several => format!("{several} exchanges were not recorded; the first: {first}"),
    };
    Err(Error::new(ErrorKind::File, message))
}

pub(super) fn overrides(global: &GlobalOptions) -> Overrides {
    let urls = global.endpoint_url.iter().map(|given| (given.service.clone(), given.url.clone()));
    Overrides {
        region: global.region.clone(),
        profile: global.profile.clone(),
        endpoint_urls: urls.collect(),
        ca_bundle: global.ca_bundle.clone(),
        proxy: global.proxy.clone(),
        max_attempts: global.max_attempts,
        fail_fast: global.fail_fast,
        shared_pacing: global.shared_pacing.clone(),
        named: OverrideNames::Options,
    }
}

/// What is signed with where nothing leaves this machine, and where it stands: the key pair that is set, or an example.
/// Nobody is asked for another.
pub(super) fn local_credentials(settings: &Settings) -> Result<(&'static str, Credentials), Error> {
    Ok(settings.key_pair()?.unwrap_or_else(|| ("--offline or --replay", example_credentials())))
}

fn local_auth(settings: &Settings) -> Result<Arc<dyn ProvideAuth>, Error> {
    let credentials = Arc::new(Static::new(local_credentials(settings)?.1));
    Ok(match settings.api_key()? {
        Some(key) => Arc::new(WithApiKey::new(key, credentials)),
        None => credentials,
    })
}

/// What answers, and the recorder and the replay in it where there are such.
struct Answering {
    transport: Arc<dyn Transport>,
    record: Option<Arc<Record>>,
    replay: Option<Arc<Replay>>,
}

fn answering(global: &GlobalOptions, settings: &Settings, models: &ModelOptions) -> Result<Answering, Error> {
    let replay = global.replay.as_deref().map(Replay::open).transpose()?.map(Arc::new);
    // What answers, and what a recording of it must say, where it is no network.
    let (answering, made_up_by): (Arc<dyn Transport>, _) = if let Some(replay) = &replay {
        (Arc::<Replay>::clone(replay), Some("bedwire --replay"))
    } else if global.offline {
        (
            Arc::new(Emulator::new(EmulatorOptions {
                credentials: vec![local_credentials(settings)?.1],
                api_keys: settings.api_key()?.into_iter().collect(),
                models: Some(Arc::new(models.names().clone())),
                ..EmulatorOptions::default()
            })),
            Some("the embedded emulator of bedwire --offline"),
        )
    } else {
        (Arc::new(Network::new(settings.network())?), None)
    };
    let record = recorder(global, &answering, made_up_by)?;
    let transport = record.clone().map_or(answering, |record| record);
    Ok(Answering { transport, record, replay })
}

/// What writes the exchanges of `answering`, where that is asked for. `made_up_by` says who that is, where it is no
/// network.
pub(super) fn recorder(
    global: &GlobalOptions,
    answering: &Arc<dyn Transport>,
    made_up_by: Option<&str>,
) -> Result<Option<Arc<Record>>, Error> {
    let Some(dir) = &global.record else {
        if global.hash_prompts {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "--hash-prompts goes with --record: it changes what is written, never what is sent",
            ));
        }
        return Ok(None);
    };
    let answering = Arc::clone(answering);
    let record = match made_up_by {
        Some(source) => Record::of_synthetic(answering, dir, source)?,
        None => Record::new(answering, dir)?,
    };
    Ok(Some(Arc::new(if global.hash_prompts { record.with_hashed_prompts() } else { record })))
}

fn repeat_options(global: &GlobalOptions) -> String {
    let mut options = String::new();
    let mut add_as_it_is = |name: &str, value: &str| {
        options.push(' ');
        options.push_str(name);
        options.push(' ');
        options.push_str(value);
    };
    match &global.proxy {
        // What is printed ends up in logs: a proxy with a password is the reader's to set.
        Some(proxy) if proxy.contains('@') => add_as_it_is("--proxy", "\"$HTTPS_PROXY\""),
        Some(proxy) => add_as_it_is("--proxy", &quoted(proxy)),
        None => {}
    }
    let mut add = |name: &str, value: &str| add_as_it_is(name, &quoted(value));
    if let Some(region) = &global.region {
        add("--region", region);
    }
    if let Some(profile) = &global.profile {
        add("--profile", profile);
    }
    if let Some(file) = &global.ca_bundle {
        add("--ca-bundle", file);
    }
    for given in &global.endpoint_url {
        match &given.service {
            Some(service) => add("--endpoint-url", &format!("{service}={}", given.url)),
            None => add("--endpoint-url", &given.url),
        }
    }
    if let Some(timeout) = global.timeout {
        add("--timeout", &timeout.as_secs_f64().to_string());
    }
    if let Some(attempts) = global.max_attempts {
        add("--max-attempts", &attempts.to_string());
    }
    if let Some(rpm) = global.rpm {
        add("--rpm", &rpm.to_string());
    }
    if let Some(tpm) = global.tpm {
        add("--tpm", &tpm.to_string());
    }
    if let Some(folder) = &global.shared_pacing {
        add("--shared-pacing", folder);
    }
    for (name, folder) in [("--record", &global.record), ("--replay", &global.replay)] {
        if let Some(folder) = folder {
            add(name, &folder.to_string_lossy());
        }
    }
    if global.output == OutputForm::Json {
        add("--output", "json");
    }
    for (name, is_given) in [("--fail-fast", global.fail_fast), ("--hash-prompts", global.hash_prompts)] {
        if is_given {
            options.push(' ');
            options.push_str(name);
        }
    }
    if global.verbose > 0 {
        options.push_str(" -");
        options.push_str(&"v".repeat(global.verbose.into()));
    }
    options
}
