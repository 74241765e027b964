//! `serve`: OpenAI's and Anthropic's APIs on a socket.
//!
//! | file | job |
//! |---|---|
//! | `source` | where the configuration comes from: the file, and options over it |
//! | `reload` | SIGHUP reads it again |
//! | `check` | a file is checked, a key is hashed: nothing is served |

mod check;
mod reload;
mod source;

use super::dry_run;
use super::global::GlobalOptions;
use super::listen::{self, Listening};
use super::output::Output;
use super::session::Session;
use crate::Error;
use crate::gateway::Gateway;
use crate::protocol::endpoint::Service;
use crate::protocol::model::ModelId;
use check::{check, hash_key};
use clap::{Args, ValueEnum};
use reload::Reload;
use source::Source;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What it asks, and what it is called where it would ask itself.
const SERVICES: [Service; 2] = [Service::BedrockRuntime, Service::Bedrock];
const SERVER: &str = "gateway";

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
  any_model = false             # only the names below, no other name, id or ARN
  throttled_for = 30            # seconds of waiting for a quota: then the next route, at last 429
  max_tokens = 4096             # where a request sets none and the model needs one
  heartbeat = 15                # seconds of silence of a stream
  drop_unsupported = true
  [models]
  \"gpt-4o\" = \"claude-sonnet-4\"
  \"fast\" = [\"nova-lite\", { region = \"us-east-1\", model = \"us.amazon.nova-lite-v1:0\" }]
  [keys.alice]
  sha256 = \"…\"
  models = [\"gpt-4o\", \"fast\"]
  requests_per_minute = 60
  tokens_per_minute = 100000
  [limits]                      # also headers, header_bytes, read_timeout, write_timeout, shutdown_grace
  concurrent = 1024             # requests at once
  connections = 10000
  body_bytes = 25000000
  idle_timeout = 90             # seconds between two requests of a connection
  [videos]
  s3_uri = \"s3://bucket/folder\"
  [images]                      # as --fetch-images; also max_bytes, timeout
  hosts = [\"images.example.com\"]

GET /healthz, /readyz and /metrics (Prometheus) need no key. After SIGHUP, requests have all that the file says then, \
a changed listen included; connections that stand keep the bounds of [limits] that they began with, but for concurrent.";

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

    /// Check such a file, with the options beside it, and do nothing else
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "hash_key"])]
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

    /// Fetch images that are named by http(s) URL, never from private addresses
    ///
    /// It goes out as all else does: by --proxy, --ca-bundle and their variables. Without a proxy, names are looked up
    /// here, and only public addresses are connected to. A proxy looks names up itself, and nobody here can check what it
    /// finds: so through a proxy, images come from the hosts that [images] in the file names, and from no other.
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
pub(super) fn run_offline(mut args: ServeArgs, global: &GlobalOptions, output: &Output) -> Result<(), Error> {
    match args.check.take() {
        Some(file) => check(&file, args, global, output),
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
    let source = Source::new(args, session.network(), global);
    let config = source.read(client)?;
    source.warn(&config, output);
    let address = source.address(&config);
    source.refuse_open_door(&config, address)?;
    let gateway = Arc::new(Gateway::new(client, config.options)?);
    let listening = Listening::open(address).await?;
    listening.refuse_as_endpoint(client, &SERVICES, SERVER)?;
    let reload = Reload { source: &source, gateway: &gateway, client, output };
    let changes = reload.at_signal(address, config.server.clone())?;
    let served =
        listening.serve_changing(&config.server, Arc::<Gateway>::clone(&gateway), output, changes).await;
    source.flush_log();
    served
}

fn alias(text: &str) -> Result<(String, ModelId), String> {
    let (name, model) =
        text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("it takes NAME=MODEL")?;
    Ok((name.to_owned(), ModelId::new(model).map_err(|e| e.to_string())?))
}
