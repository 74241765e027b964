//! What can be set.

use super::access_log::AccessLog;
use super::keys::Key;
use super::origins::Origin;
use crate::client::Route;
use crate::client::settings::NetworkSettings;
use crate::protocol::operation::s3::S3Uri;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

/// How a gateway behaves. The defaults serve every model that the table of names and the region have, to the programs
/// of this machine.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GatewayOptions {
    /// Names, and the routes to a model that each means. `*` stands for every name that is no other's.
    pub models: Vec<ModelAlias>,
    /// Whether names of the embedded table, ids and ARNs are served beside [`GatewayOptions::models`].
    pub any_model: bool,
    /// How long a call waits for a quota of Bedrock before its next route is tried, and before it ends with 429.
    pub throttled_for: Duration,
    /// `max_tokens` where a request sets none and Bedrock needs one: it reserves them from the quota.
    pub max_tokens: u64,
    /// Leaves out what Bedrock cannot honour, and names it in the header `x-bedwire-dropped`, instead of refusing it.
    pub drop_unsupported: bool,
    /// How long a stream is silent before a comment is sent, so that nobody between takes it for dead.
    pub heartbeat: Duration,
    /// Who may ask. Empty: every program of this machine, with any key.
    pub keys: Vec<Key>,
    /// Without keys: answers also what was not sent to a loopback address.
    pub allow_remote: bool,
    /// Where its server listens, where that is known. On a loopback address, a request for metrics that names another host
    /// needs a key, where there are any: it may come from a web page that points its own name at this machine.
    pub listens_at: Option<IpAddr>,
    /// The web pages that may ask, by their origins. Empty: none; programs send no origin, and are not meant. `*` goes
    /// with keys only: without them every page that the owner visits could spend his money.
    pub allowed_origins: Vec<Origin>,
    /// How many requests are served at once; what is over it is answered with 429.
    pub max_concurrent: NonZeroUsize,
    /// The folder for videos, `s3://bucket/folder`; without one, none can be made.
    pub video_s3_uri: Option<S3Uri>,
    /// Fetches images that a request names by http(s) URL. `None`: such a request is refused.
    pub fetch_images: Option<ImageFetching>,
    /// Who is told of every request when its answer has ended.
    pub access_log: Option<Arc<dyn AccessLog>>,
}

/// A name that clients use, and the routes to the model that it means, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelAlias {
    /// What clients send as `model`.
    pub name: String,
    /// Where it leads.
    pub routes: Vec<Route>,
    /// `max_tokens` of requests that set none.
    pub max_tokens: Option<u64>,
}

/// Which images are fetched. Private addresses never are: names are looked up here, and only an address that was checked
/// is connected to. Where a proxy stands before a host, the proxy looks its name up, and nobody here can check what it
/// finds: so through a proxy images come from [`ImageFetching::hosts`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageFetching {
    /// The hosts that are asked, each with its subdomains; empty: any public one.
    pub hosts: Vec<String>,
    /// The longest image, in bytes.
    pub max_bytes: usize,
    /// How long one may take.
    pub timeout: Duration,
    /// Proxies, certificates and connections. `bedwire serve` puts its own here.
    pub network: NetworkSettings,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            models: Vec::new(),
            any_model: true,
            throttled_for: Duration::from_secs(30),
            max_tokens: 4096,
            drop_unsupported: false,
            heartbeat: Duration::from_secs(15),
            keys: Vec::new(),
            allow_remote: false,
            listens_at: None,
            allowed_origins: Vec::new(),
            max_concurrent: NonZeroUsize::new(1024).unwrap_or(NonZeroUsize::MIN),
            video_s3_uri: None,
            fetch_images: None,
            access_log: None,
        }
    }
}

impl Default for ImageFetching {
    /// Any public host, 3.75 MB as Claude takes at most, 10 s.
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            max_bytes: 3_750_000,
            timeout: Duration::from_secs(10),
            network: NetworkSettings::default(),
        }
    }
}
