//! One TOML file → all that can be set. What is wrong in it is told with line, column and key; nothing is guessed, and
//! a setting that nobody knows is refused.
//!
//! | file | job |
//! |---|---|
//! | `document` | TOML → a tree in which everything knows where it stands |
//! | `fields` | members by name and kind |
//! | `models`, `keys` | the tables of those names |
//! | `problem` | what is wrong, and where |

mod document;
mod fields;
mod keys;
mod models;
mod problem;

use super::Gateway;
use super::image_fetch::is_host;
use super::models::ANY;
use super::options::{GatewayOptions, ImageFetching, ModelAlias};
use super::origins::Origin;
use crate::Error;
use crate::protocol::model::Table;
use crate::protocol::operation::bedrock_runtime::MAX_BODY_BYTES;
use crate::protocol::operation::s3::S3Uri;
use crate::transport::Server;
use fields::Field;
pub use problem::Problem;
use problem::position;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

const LISTEN: &str = "listen";
const KNOWN: [&str; 14] = [
    LISTEN,
    "allow_remote",
    "allowed_origins",
    "any_model",
    "max_tokens",
    "throttled_for",
    "drop_unsupported",
    "heartbeat",
    "log",
    "models",
    "keys",
    "limits",
    "videos",
    "images",
];

/// All that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// How the gateway behaves.
    pub options: GatewayOptions,
    /// Where it listens, where the file says so.
    pub listen: Option<SocketAddr>,
    /// The form of the access log.
    pub log: LogForm,
    /// The bounds of the server.
    pub server: Server,
    /// Line and column of `listen`.
    listen_at: Option<(usize, usize)>,
}

/// The form of the access log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogForm {
    /// A line of words.
    #[default]
    Text,
    /// A line of JSON.
    Json,
    /// None.
    Off,
}

/// What a file does not say, and its reader needs.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The region of routes that name none.
    pub region: &'a str,
    /// The names that models have.
    pub names: &'a Table,
    /// Names of models that stand beside those of the file: `--alias`.
    pub aliases: &'a [&'a str],
    /// The value of an environment variable, which may be one that is no text.
    pub variable: &'a dyn Fn(&str) -> Result<Option<String>, Error>,
}

impl Config {
    /// Reads a file, which is UTF-8.
    ///
    /// # Errors
    /// The first thing that is wrong in it.
    pub fn read_bytes(file: &[u8], surroundings: &Surroundings<'_>) -> Result<Self, Problem> {
        let text = std::str::from_utf8(file).map_err(|e| {
            let readable = file.get(..e.valid_up_to()).map(String::from_utf8_lossy).unwrap_or_default();
            Problem::new(position(&readable, readable.len()), "", "is no UTF-8 here; save the file as UTF-8")
        })?;
        Self::read(text, surroundings)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// The first thing that is wrong in it.
    pub fn read(text: &str, surroundings: &Surroundings<'_>) -> Result<Self, Problem> {
        let node = document::parse(text)?;
        let mut config = Self::default();
        config.fill(&Field::root(text, &node), surroundings)?;
        Ok(config)
    }

    /// What is wrong with where it listens; `None` where the file does not say where.
    pub fn problem_of_listen(&self, message: impl Into<String>) -> Option<Problem> {
        Some(Problem::new(self.listen_at?, LISTEN, message))
    }

    fn fill(&mut self, root: &Field<'_>, surroundings: &Surroundings<'_>) -> Result<(), Problem> {
        let fields = root.fields(&KNOWN)?;
        let options = &mut self.options;
        fields.set(LISTEN, &mut self.listen, |field| address(field).map(Some))?;
        self.listen_at = fields.find(LISTEN).map(|field| field.place());
        fields.set("log", &mut self.log, log_form)?;
        fields.set("allow_remote", &mut options.allow_remote, Field::boolean)?;
        fields.set("allowed_origins", &mut options.allowed_origins, origins)?;
        fields.set("any_model", &mut options.any_model, Field::boolean)?;
        fields.set("max_tokens", &mut options.max_tokens, Field::count)?;
        fields.set("throttled_for", &mut options.throttled_for, Field::seconds)?;
        fields.set("drop_unsupported", &mut options.drop_unsupported, Field::boolean)?;
        fields.set("heartbeat", &mut options.heartbeat, Field::positive_seconds)?;
        fields.set("models", &mut options.models, |field| models::models(field, surroundings))?;
        let served = served(options.any_model, &options.models, surroundings);
        fields.set("keys", &mut options.keys, |field| keys::keys(field, surroundings, served.as_deref()))?;
        if let Some(videos) = fields.find("videos") {
            let fields = videos.fields(&["s3_uri"])?;
            fields.set("s3_uri", &mut options.video_s3_uri, |field| s3_uri(field).map(Some))?;
        }
        if let Some(images) = fields.find("images") {
            options.fetch_images = image_fetching(&images)?;
        }
        if let Some(limits) = fields.find("limits") {
            self.limit(&limits)?;
        }
        Ok(())
    }

    fn limit(&mut self, limits: &Field<'_>) -> Result<(), Problem> {
        let fields = limits.fields(&[
            "concurrent",
            "connections",
            "body_bytes",
            "headers",
            "header_bytes",
            "read_timeout",
            "idle_timeout",
            "write_timeout",
            "shutdown_grace",
        ])?;
        let server = &mut self.server;
        fields.set("concurrent", &mut self.options.max_concurrent, |field| {
            let count: usize = field.count()?;
            NonZeroUsize::new(count).ok_or_else(|| field.problem("takes an integer above 0"))
        })?;
        fields.set("connections", &mut server.max_connections, Field::count)?;
        fields.set("body_bytes", &mut server.max_body_bytes, |field| {
            at_most(field, MAX_BODY_BYTES, "Bedrock takes no more")
        })?;
        fields
            .set("headers", &mut server.max_headers, |field| at_most(field, 10_000, "no client has more"))?;
        fields.set("header_bytes", &mut server.max_header_bytes, |field| {
            at_most(field, 1 << 20, "no client has more")
        })?;
        fields.set("read_timeout", &mut server.read_timeout, Field::positive_seconds)?;
        fields.set("idle_timeout", &mut server.idle_timeout, Field::positive_seconds)?;
        fields.set("write_timeout", &mut server.write_timeout, Field::positive_seconds)?;
        fields.set("shutdown_grace", &mut server.shutdown_grace, Field::seconds)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            options: GatewayOptions::default(),
            listen: None,
            log: LogForm::default(),
            server: Gateway::server(),
            listen_at: None,
        }
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("region", &self.region).finish_non_exhaustive()
    }
}

fn origins(field: &Field<'_>) -> Result<Vec<Origin>, Problem> {
    field.texts()?;
    let origin = |element: &Field<'_>| {
        Origin::new(element.text()?).map_err(|problem| element.problem(problem.to_string()))
    };
    field.elements().unwrap_or_default().iter().map(origin).collect()
}

/// The names that can be asked for; `None`: any.
fn served<'a>(
    any_model: bool,
    models: &'a [ModelAlias],
    surroundings: &Surroundings<'a>,
) -> Option<Vec<&'a str>> {
    let of_file = models.iter().map(|alias| &*alias.name);
    let names: Vec<&str> = of_file.chain(surroundings.aliases.iter().copied()).collect();
    (!any_model && !names.contains(&ANY)).then_some(names)
}

fn address(field: &Field<'_>) -> Result<SocketAddr, Problem> {
    let parsed = field.text()?.parse();
    parsed.map_err(|_| field.problem("takes an IP address and a port such as \"127.0.0.1:8097\""))
}

fn log_form(field: &Field<'_>) -> Result<LogForm, Problem> {
    match field.text()? {
        "text" => Ok(LogForm::Text),
        "json" => Ok(LogForm::Json),
        "off" => Ok(LogForm::Off),
        _ => Err(field.problem("takes \"text\", \"json\" or \"off\"")),
    }
}

fn s3_uri(field: &Field<'_>) -> Result<S3Uri, Problem> {
    S3Uri::new(field.text()?).map_err(|e| field.problem(e.to_string()))
}

fn image_fetching(field: &Field<'_>) -> Result<Option<ImageFetching>, Problem> {
    let fields = field.fields(&["fetch", "hosts", "max_bytes", "timeout"])?;
    let mut fetching = ImageFetching::default();
    let mut fetch = true;
    fields.set("fetch", &mut fetch, Field::boolean)?;
    fields.set("hosts", &mut fetching.hosts, hosts)?;
    fields.set("max_bytes", &mut fetching.max_bytes, |field| {
        at_most(field, MAX_BODY_BYTES, "Bedrock takes no more")
    })?;
    fields.set("timeout", &mut fetching.timeout, Field::positive_seconds)?;
    Ok(fetch.then_some(fetching))
}

/// Each is compared with the host of a URL, so that anything more would fit none.
fn hosts(field: &Field<'_>) -> Result<Vec<String>, Problem> {
    let hosts = field.texts()?;
    for element in field.elements().unwrap_or_default() {
        let host = element.text()?;
        if !is_host(host) {
            return Err(element.problem(format!(
                "{host:?} is no host; give its name alone, such as \"example.com\", which stands for those below it, too"
            )));
        }
    }
    Ok(hosts)
}

fn at_most(field: &Field<'_>, most: usize, why: &str) -> Result<usize, Problem> {
    let count: usize = field.count()?;
    if count > most {
        return Err(field.problem(format!("takes at most {most}: {why}")));
    }
    Ok(count)
}
