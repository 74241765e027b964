//! `serve`: OpenAI's and Anthropic's APIs on a socket.

use super::access_log::LogWriter;
use super::dry_run;
use super::global::{GlobalOptions, OutputForm};
use super::listen::{self, Listening};
use super::output::Output;
use super::session::{self, OFFLINE_REGION, Session};
use crate::client::settings::{Environment, NetworkSettings, Settings};
use crate::client::{Client, Route};
use crate::emulator::{Emulator, EmulatorOptions, example_credentials};
use crate::gateway::config::{Config, LogForm, Surroundings};
use crate::gateway::{Gateway, ImageFetching, Key, KeyHash, ModelAlias};
use crate::protocol::endpoint::Service;
use crate::protocol::model::{ModelId, ResolveOptions, Table, Unresolved, resolve};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use clap::{Args, ValueEnum};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where videos go with `--offline`, where nothing else is set.
const OFFLINE_VIDEOS: &str = "s3://demo/videos";
/// The longest key that is hashed.
const LONGEST_KEY: u64 = 64 * 1024;

const EXAMPLES: &str = "\
OpenAI's clients find it by OPENAI_BASE_URL=http://127.0.0.1:8097/v1, Anthropic's by ANTHROPIC_BASE_URL=http://127.0.0.1:8097; \
without --config any key will do, from programs of this machine only.

  bedwire serve                                        every model of the account, by name, id or ARN
  bedwire serve --alias gpt-4o=claude-sonnet-4         a name that a program insists on
  bedwire serve --config gateway.toml                  names, routes, keys and limits; SIGHUP reads the file again
  bedwire serve --offline                              no account: the embedded emulator answers
  openssl rand -hex 24 | tee key | bedwire serve --hash-key

gateway.toml:
  listen = \"0.0.0.0:8097\"
  [models]
  \"gpt-4o\" = \"claude-sonnet-4\"
  \"fast\" = [\"nova-lite\", { region = \"us-east-1\", model = \"us.amazon.nova-lite-v1:0\" }]
  [keys.alice]
  sha256 = \"…\"
  models = [\"gpt-4o\", \"fast\"]
  requests_per_minute = 60
  tokens_per_minute = 100000

GET /healthz, /readyz and /metrics (Prometheus) need no key. The bounds of the server in [limits], and listen, take a restart.";

/// Where the gateway listens and what it does.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServeArgs {
    /// Where to listen; port 0 takes a free one [default: the file's, else 127.0.0.1:8097]
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen::address)]
    listen: Option<SocketAddr>,

    /// TOML file of names, routes, keys and limits
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Check such a file, and do nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "listen", "hash_key"])]
    check: Option<PathBuf>,

    /// Print the hash of the key on stdin, as the file takes it, and do nothing else
    #[arg(long, conflicts_with_all = ["config", "listen"])]
    hash_key: bool,

    /// A name that clients use, and the model that it means (repeatable)
    #[arg(long, value_name = "NAME=MODEL", value_parser = alias)]
    alias: Vec<(String, ModelId)>,

    /// Take the key in this environment variable, beside those of the file (repeatable)
    #[arg(long, value_name = "VARIABLE")]
    key_variable: Vec<String>,

    #[command(flatten)]
    allowed: AllowedArgs,

    /// The access log on stderr [default: the file's, else text, with --output json: json]
    #[arg(long, value_enum, value_name = "FORM")]
    log: Option<Log>,
}

/// What is let pass.
#[derive(Args)]
struct AllowedArgs {
    /// Leave out what Bedrock cannot honour, and name it in a header, instead of refusing the request
    #[arg(long)]
    drop_unsupported: bool,

    /// Fetch images that are named by http(s) URL, never from private addresses. A proxy looks names up itself, so through
    /// one images come from the hosts in the file's [images] only
    #[arg(long)]
    fetch_images: bool,

    /// Listen to other machines without keys: everyone who reaches the port can spend your money
    #[arg(long)]
    allow_remote: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Log {
    Text,
    Json,
    Off,
}

impl ServeArgs {
    /// Whether nothing is served.
    pub(super) fn is_offline(&self) -> bool {
        self.check.is_some() || self.hash_key
    }
}

/// Checks a file, or hashes a key.
pub(super) fn run_offline(args: &ServeArgs, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    match &args.check {
        Some(file) => check(file, global, output),
        None => hash_key(output),
    }
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn run(
    args: ServeArgs,
    session: &Session,
    global: &GlobalOptions,
    output: &Output,
) -> Result<(), Error> {
    let hint = "serve --check FILE says whether a file is right; serve --offline sends nothing to AWS";
    dry_run::refuse_for_server("serve", global, hint)?;
    let client = session.client();
    let log = LogWriter::start();
    let source = Source {
        args,
        is_json: global.output == OutputForm::Json,
        is_offline: global.offline,
        network: session.network().clone(),
        log,
    };
    let config = source.read(client)?;
    warn_of_proxy(&config, output);
    let address = source.address(&config);
    source.refuse_open_door(&config, address)?;
    let gateway = Arc::new(Gateway::new(client, config.options)?);
    let listening = Listening::open(address).await?;
    listening.refuse_as_endpoint(client, &[Service::BedrockRuntime, Service::Bedrock], "gateway")?;
    let reloads = reload_at_signal(&source, &gateway, client, output)?;
    let serving = listening.serve_within(&config.server, Arc::<Gateway>::clone(&gateway), output);
    // The reloads never end.
    let served = match futures_util::future::select(std::pin::pin!(serving), std::pin::pin!(reloads)).await {
        futures_util::future::Either::Left((served, _)) => served,
        futures_util::future::Either::Right(((), serving)) => serving.await,
    };
    source.log.flush();
    served
}

/// Where the configuration comes from: the file, and options over it.
struct Source {
    args: ServeArgs,
    is_json: bool,
    is_offline: bool,
    network: NetworkSettings,
    log: LogWriter,
}

impl Source {
    fn read(&self, client: &Client) -> Result<Config, Error> {
        let mut config = match &self.args.config {
            Some(file) => read_file(file, client.region(), client.model_options().names())?,
            None => Config::default(),
        };
        let options = &mut config.options;
        if self.is_offline {
            // The emulator has every bucket.
            options.video_s3_uri.get_or_insert(S3Uri::new(OFFLINE_VIDEOS)?);
        }
        options.drop_unsupported |= self.args.allowed.drop_unsupported;
        options.allow_remote |= self.args.allowed.allow_remote;
        if self.args.allowed.fetch_images {
            options.fetch_images.get_or_insert_with(ImageFetching::default);
        }
        if let Some(images) = &mut options.fetch_images {
            images.network = self.network.clone();
        }
        for (name, model_id) in &self.args.alias {
            let routes = routes_to(model_id, &options.models, client)?;
            options.models.retain(|alias| alias.name != *name);
            options.models.push(ModelAlias { name: name.clone(), routes, max_tokens: None });
        }
        for variable in &self.args.key_variable {
            options.keys.push(key_in(variable)?);
        }
        let form = match self.args.log {
            Some(Log::Text) => LogForm::Text,
            Some(Log::Json) => LogForm::Json,
            Some(Log::Off) => LogForm::Off,
            None if self.is_json && config.log == LogForm::Text => LogForm::Json,
            None => config.log,
        };
        options.access_log = self.log.log(form);
        Ok(config)
    }

    fn address(&self, config: &Config) -> SocketAddr {
        self.args.listen.or(config.listen).unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8097)))
    }

    /// Without keys, whoever reaches the socket spends the owner's money.
    fn refuse_open_door(&self, config: &Config, address: SocketAddr) -> Result<(), Error> {
        if address.ip().is_loopback() || !config.options.keys.is_empty() || config.options.allow_remote {
            return Ok(());
        }
        let message = format!("{address} is reached by other machines, and there are no keys");
        Err(Error::new(ErrorKind::InvalidInput, message).with_hint(
            "give it keys with --config or --key-variable, listen on 127.0.0.1, or say --allow-remote",
        ))
    }

    /// Reads everything again. What the server is bound by stays as it was: it takes a restart.
    fn reload(&self, gateway: &Gateway, client: &Client) -> Result<String, Error> {
        let config = self.read(client)?;
        self.refuse_open_door(&config, self.address(&config))?;
        let (models, keys) = (config.options.models.len(), config.options.keys.len());
        gateway.reload(config.options)?;
        Ok(format!("{models} models and {keys} keys are in force"))
    }
}

/// What nobody would see before a client is refused.
fn warn_of_proxy(config: &Config, output: &Output) {
    let Some(images) = &config.options.fetch_images else { return };
    if images.hosts.is_empty() && !images.network.proxies.is_empty() {
        output.note(
            "bedwire: a proxy looks names up itself, so that private addresses cannot be told: through it, images are \
             fetched only from the hosts that [images] in the file names",
        );
    }
}

/// Reads the configuration again at every SIGHUP. Where that fails, the one before stays in force.
#[cfg(unix)]
fn reload_at_signal<'a>(
    source: &'a Source,
    gateway: &'a Gateway,
    client: &'a Client,
    output: &'a Output,
) -> Result<impl Future<Output = ()> + 'a, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())
        .map_err(|e| Error::new(ErrorKind::File, format!("signals cannot be caught: {e}")))?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            match source.reload(gateway, client) {
                Ok(what) => output.note(&format!("bedwire: reloaded: {what}")),
                Err(e) => output.note(&format!("bedwire: not reloaded, what was in force stays: {e}")),
            }
        }
    })
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // catching can fail on Unix
fn reload_at_signal(
    _: &Source,
    _: &Gateway,
    _: &Client,
    _: &Output,
) -> Result<impl Future<Output = ()>, Error> {
    Ok(std::future::pending())
}

fn check(file: &Path, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    let settings = Settings::load(Environment::process(), session::overrides(global))?;
    // A file can be checked where there is no account: its routes are the same in any region.
    let region = settings.region().unwrap_or_else(|_| OFFLINE_REGION.to_owned());
    let model_options = settings.model_options()?;
    let config = read_file(file, &region, model_options.names())?;
    let nobody = Client::builder()
        .region(region)
        .auth(example_credentials())
        .transport(Emulator::new(EmulatorOptions::default()))
        .model_options(model_options)
        .build()?;
    let (models, keys) = (config.options.models.len(), config.options.keys.len());
    Gateway::new(&nobody, config.options)?;
    output.line(&if output.is_json() {
        serde_json::json!({ "file": file.display().to_string(), "models": models, "keys": keys }).to_string()
    } else {
        format!("{} is right: {models} models, {keys} keys", file.display())
    })
}

fn hash_key(output: &Output) -> Result<(), Error> {
    let mut key = Vec::new();
    std::io::stdin()
        .take(LONGEST_KEY)
        .read_to_end(&mut key)
        .map_err(|e| Error::new(ErrorKind::File, format!("stdin cannot be read: {e}")))?;
    // The end of its line is not the key's.
    let key = key.trim_ascii();
    if key.len() < 16 {
        let message = format!("the key on stdin has {} bytes; give one of at least 16", key.len());
        return Err(
            Error::new(ErrorKind::InvalidInput, message).with_hint("`openssl rand -hex 24` makes one")
        );
    }
    output.line(&KeyHash::of(key).to_hex())
}

fn read_file(file: &Path, region: &str, names: &Table) -> Result<Config, Error> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|e| Error::new(ErrorKind::InvalidInput, format!("{name} cannot be read: {e}")))?;
    let environment = Environment::process();
    let variable = |name: &str| environment.variable(name).map(str::to_owned);
    let surroundings = Surroundings { region, names, variable: &variable };
    Config::read(&text, &surroundings).map_err(|problem| problem.in_file(&name))
}

/// Where `--alias` leads: to what the file calls so, else to a model.
fn routes_to(model_id: &ModelId, models: &[ModelAlias], client: &Client) -> Result<Vec<Route>, Error> {
    if let Some(alias) = models.iter().find(|alias| alias.name == model_id.as_str()) {
        return Ok(alias.routes.clone());
    }
    let region = model_id.arn_region().unwrap_or(client.region());
    let names = client.model_options().names();
    let found = resolve(model_id.as_str(), region, names, None, ResolveOptions::default());
    if let Err(unknown @ Unresolved::Unknown { .. }) = found {
        return Err(Error::new(ErrorKind::InvalidInput, format!("--alias: {unknown}")));
    }
    Ok(vec![Route { region: region.to_owned(), model_id: model_id.clone() }])
}

fn key_in(variable: &str) -> Result<Key, Error> {
    let environment = Environment::process();
    let key = environment.variable(variable).map(str::trim).filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, format!("--key-variable {variable}: it is not set"))
    })?;
    Ok(Key::new(variable, KeyHash::of(key.as_bytes())))
}

fn alias(text: &str) -> Result<(String, ModelId), String> {
    let (name, model) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("it takes NAME=MODEL")?;
    Ok((name.to_owned(), ModelId::new(model).map_err(|e| e.to_string())?))
}
