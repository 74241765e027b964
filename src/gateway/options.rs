//! What can be set.

use crate::client::Route;
use std::time::Duration;

/// How a gateway behaves. The defaults serve every model that the table of names and the region have, to anybody who
/// reaches the socket.
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
    /// Fetches images that a chat names by an http(s) URL. Only public addresses are connected to, at most 3.75 MB are read
    /// of each, and no proxy is used.
    pub fetch_images: bool,
    /// The hosts that images are fetched from: names, or `*.example.com` for all below one. Every host where it is empty.
    pub image_hosts: Vec<String>,
    /// How long a stream is silent before a comment is sent, so that nobody between takes it for dead.
    pub heartbeat: Duration,
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

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            models: Vec::new(),
            any_model: true,
            throttled_for: Duration::from_secs(30),
            max_tokens: 4096,
            drop_unsupported: false,
            fetch_images: false,
            image_hosts: Vec::new(),
            heartbeat: Duration::from_secs(15),
        }
    }
}
