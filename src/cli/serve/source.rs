//! Where the configuration of `serve` comes from: the file, and options over it.

use super::access_log::access_log;
use super::arguments::{Log, ServeArgs};
use crate::cli::global::{GlobalOptions, OutputForm};
use crate::cli::input;
use crate::cli::output::Output;
use crate::client::settings::{Environment, NetworkSettings};
use crate::client::{Client, Route};
use crate::gateway::config::{Config, LogForm, Surroundings};
use crate::gateway::{ImageFetching, Key, KeyHash, ModelAlias};
use crate::protocol::model::{ModelId, ResolveOptions, Unresolved, resolve};
use crate::protocol::operation::s3::S3Uri;
use crate::{Error, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// Where videos go with `--offline`, where nothing else is set.
const OFFLINE_VIDEOS: &str = "s3://demo/videos";

/// The file, and options over it.
pub(super) struct Source {
    args: ServeArgs,
    is_json: bool,
    is_offline: bool,
    network: NetworkSettings,
}

impl Source {
    pub(super) fn new(args: ServeArgs, network: &NetworkSettings, global: &GlobalOptions) -> Self {
        Self {
            args,
            is_json: global.output == OutputForm::Json,
            is_offline: global.offline,
            network: network.clone(),
        }
    }

    /// All that can be set, as it stands now.
    pub(super) fn read(&self, client: &Client) -> Result<Config, Error> {
        let mut config = match &self.args.config {
            Some(file) => self.read_file(file, client)?,
            None => Config::default(),
        };
        let options = &mut config.options;
        if self.is_offline {
            // The emulator has every bucket.
            options.video_s3_uri.get_or_insert(S3Uri::new(OFFLINE_VIDEOS)?);
        }
        options.drop_unsupported |= self.args.allowed.drop_unsupported;
        options.allow_remote |= self.args.allowed.allow_remote;
        options.allowed_origins.extend_from_slice(&self.args.allowed.allow_origin);
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
        options.access_log = access_log(form);
        config.options.listens_at = Some(self.address(&config).ip());
        Ok(config)
    }

    fn read_file(&self, file: &Path, client: &Client) -> Result<Config, Error> {
        let name = file.display().to_string();
        let bytes = input::read_path(file)
            .map_err(|e| Error::new(ErrorKind::InvalidInput, format!("{name} cannot be read: {e}")))?;
        let environment = Environment::process();
        let surroundings = Surroundings {
            region: client.region(),
            names: client.model_options().names(),
            aliases: &self.args.alias.iter().map(|(name, _)| &**name).collect::<Vec<_>>(),
            variable: &|name| environment.owned(name),
        };
        Config::read_bytes(&bytes, &surroundings).map_err(|problem| problem.in_file(&name))
    }

    /// Where to listen.
    pub(super) fn address(&self, config: &Config) -> SocketAddr {
        self.args.listen.or(config.listen).unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8097)))
    }

    /// Without keys, whoever reaches the socket spends the owner's money.
    pub(super) fn refuse_open_door(&self, config: &Config, address: SocketAddr) -> Result<(), Error> {
        if address.ip().is_loopback() || !config.options.keys.is_empty() || config.options.allow_remote {
            return Ok(());
        }
        let message = format!("{address} is reached by other machines, and there are no keys");
        let in_file = match (&self.args.listen, &self.args.config) {
            (None, Some(file)) => {
                config.problem_of_listen(&message).map(|problem| problem.in_file(&file.display().to_string()))
            }
            _ => None,
        };
        let error = in_file.unwrap_or_else(|| Error::new(ErrorKind::InvalidInput, message));
        Err(error.with_hint(
            "give it keys with --config or --key-variable, listen on 127.0.0.1, or say --allow-remote",
        ))
    }

    /// Tells what nobody would see before a client is refused.
    pub(super) fn warn(&self, config: &Config, output: &Output) {
        let Some(images) = &config.options.fetch_images else { return };
        if images.hosts.is_empty() && !self.network.proxies.is_empty() {
            output.note(
                "bedwire: a proxy looks names up itself, so that private addresses cannot be told: through it, images \
                 are fetched only from the hosts that [images] in the file names",
            );
        }
    }
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
    let key = environment.variable(variable)?;
    let key = key.ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, format!("--key-variable {variable}: it is not set"))
    })?;
    let hash = KeyHash::of_written(&format!("--key-variable {variable}"), key.as_bytes())?;
    Ok(Key::new(variable, hash))
}

/// What a configuration has, in words: `1 model and 2 keys`.
pub(super) fn counted(config: &Config) -> String {
    let options = &config.options;
    let models = match options.models.len() {
        0 if options.any_model => "every model".to_owned(),
        0 => "no model".to_owned(),
        1 => "1 model".to_owned(),
        more => format!("{more} models"),
    };
    match options.keys.len() {
        0 if options.allow_remote => format!("{models} and no keys, for everyone"),
        0 => format!("{models} and no keys, for programs of this machine only"),
        1 => format!("{models} and 1 key"),
        more => format!("{models} and {more} keys"),
    }
}
