//! The options of `serve`.

use crate::cli::listen;
use crate::gateway::Origin;
use crate::protocol::endpoint::Service;
use crate::protocol::model::ModelId;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// What it asks, and what it is called where it would ask itself.
pub(super) const SERVICES: [Service; 2] = [Service::BedrockRuntime, Service::Bedrock];
pub(super) const SERVER: &str = "gateway";

const EXAMPLES: &str = "\
OpenAI's clients find it by OPENAI_BASE_URL=http://127.0.0.1:8097/v1, Anthropic's by ANTHROPIC_BASE_URL=http://127.0.0.1:8097; \
without --config any key will do, from programs of this machine only.

  bedwire serve                                        every model of the account, by name, id or ARN
  bedwire serve --alias gpt-4o=claude-sonnet-4         a name that a program insists on
  bedwire serve --config gateway.toml                  names, routes, keys, limits; SIGHUP reads it again
  bedwire serve --offline                              no account: the embedded emulator answers
  openssl rand -hex 24 | tee key | bedwire serve --hash-key

gateway.toml, in which everything may be left out:
  listen = \"0.0.0.0:8097\"
  log = \"json\"                  # text, json or off
  any_model = false             # only the names below, and no others
  throttled_for = 30            # seconds for a quota: then the next route
  max_tokens = 4096             # where a request sets none and must
  heartbeat = 15                # seconds of silence of a stream
  drop_unsupported = true
  allowed_origins = [\"https://chat.example.com\"]  # pages that may ask
  [models]
  \"gpt-4o\" = \"claude-sonnet-4\"
  \"fast\" = [\"nova-lite\", { region = \"us-east-1\", model = \"nova-micro\" }]
  [keys.alice]
  sha256 = \"…\"
  models = [\"gpt-4o\", \"fast\"]
  requests_per_minute = 60
  tokens_per_minute = 100000
  [limits]
  # also headers, header_bytes, read_timeout, write_timeout, shutdown_grace
  concurrent = 1024             # requests at once
  connections = 10000
  body_bytes = 25000000
  idle_timeout = 90             # seconds between two requests
  [videos]
  s3_uri = \"s3://bucket/folder\"
  [images]                      # as --fetch-images; also max_bytes, timeout
  hosts = [\"images.example.com\"]

GET /healthz, /readyz and /metrics (Prometheus) need no key; /metrics does where a loopback address is asked by another \
name, or by a web page. After SIGHUP, requests have all that the file says then, \
a changed listen included; connections that stand keep the bounds of [limits] that they began with, but for concurrent.";

/// Where the gateway listens and what it does.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct ServeArgs {
    /// Where to listen; port 0 takes a free one [default: the file's, else 127.0.0.1:8097]
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen::address)]
    pub(super) listen: Option<SocketAddr>,

    /// TOML file of names, routes, keys and limits
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Check such a file, with the options beside it, and do nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "hash_key"])]
    pub(super) check: Option<PathBuf>,

    /// Print the hash of the key on stdin, as the file takes it, and do nothing else
    #[arg(long, conflicts_with_all = ["config", "listen"])]
    pub(super) hash_key: bool,

    /// A name that clients use, and the model that it means (repeatable)
    #[arg(long, value_name = "NAME=MODEL", value_parser = alias)]
    pub(super) alias: Vec<(String, ModelId)>,

    /// Take the key in this environment variable, beside those of the file (repeatable)
    #[arg(long, value_name = "VARIABLE")]
    pub(super) key_variable: Vec<String>,

    #[command(flatten)]
    pub(super) allowed: AllowedArgs,

    /// The access log on stderr [default: the file's, else text, with --output json: json]
    #[arg(long, value_enum, value_name = "FORM")]
    pub(super) log: Option<Log>,
}

/// What is let pass.
#[derive(Args)]
pub(super) struct AllowedArgs {
    /// Leave out what Bedrock cannot honour, and name it in a header, instead of refusing the request
    #[arg(long)]
    pub(super) drop_unsupported: bool,

    /// Fetch images that are named by http(s) URL, never from private addresses
    ///
    /// It goes out as all else does: by --proxy, --ca-bundle and their variables. Without a proxy, names are looked up
    /// here, and only public addresses are connected to. A proxy looks names up itself, and nobody here can check what it
    /// finds: so through a proxy, images come from the hosts that [images] in the file names, and from no other.
    #[arg(long)]
    pub(super) fetch_images: bool,

    /// Let web pages of this origin ask, and their browsers read the answers (repeatable); * with keys only
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub(super) allow_origin: Vec<Origin>,

    /// Listen to other machines without keys: everyone who reaches the port can spend your money
    #[arg(long)]
    pub(super) allow_remote: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Log {
    Text,
    Json,
    Off,
}

impl ServeArgs {
    /// Whether nothing is served.
    pub(in crate::cli) fn is_offline(&self) -> bool {
        self.check.is_some() || self.hash_key
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::new(text).map_err(|problem| problem.to_string())
}

fn alias(text: &str) -> Result<(String, ModelId), String> {
    let (name, model) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("it takes NAME=MODEL")?;
    Ok((name.to_owned(), ModelId::new(model).map_err(|e| e.to_string())?))
}
