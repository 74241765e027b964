//! What the calls go over that get credentials.

#[cfg(feature = "_network")]
use crate::error::Error;
use crate::transport::Transport;
#[cfg(feature = "_network")]
use crate::transport::{NetworkSettings, reqwest::Network};
use std::fmt;
use std::sync::Arc;

/// Two ways out: the one that data calls take, with its proxy and certificates, for STS and SSO; and one that never
/// goes through a proxy, for the metadata services of an instance or a container.
#[derive(Clone)]
pub struct Routes {
    pub(super) network: Arc<dyn Transport>,
    pub(super) direct: Arc<dyn Transport>,
}

impl Routes {
    /// STS and SSO over the transport that data calls take; the metadata services over a network of their own, without
    /// a proxy.
    #[cfg(feature = "_network")]
    pub fn new(network: Arc<dyn Transport>, settings: &NetworkSettings) -> Result<Self, Error> {
        let direct = Network::new(&NetworkSettings { direct: true, ..settings.clone() })?;
        Ok(Self { network, direct: Arc::new(direct) })
    }

    /// Both over a new network.
    #[cfg(feature = "_network")]
    pub fn network(settings: &NetworkSettings) -> Result<Self, Error> {
        Self::new(Arc::new(Network::new(settings)?), settings)
    }

    /// Both over one transport: for a test, or an embedder who has an own one.
    pub fn over(transport: impl Transport) -> Self {
        let network: Arc<dyn Transport> = Arc::new(transport);
        Self { direct: Arc::clone(&network), network }
    }

    /// The same, but the metadata services over this transport: one that never goes through a proxy, where the other
    /// does.
    #[must_use]
    pub fn direct(self, transport: impl Transport) -> Self {
        Self { direct: Arc::new(transport), ..self }
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routes")
    }
}
