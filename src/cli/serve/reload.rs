//! SIGHUP: the configuration is read again, and all of it is in force from then on, or none.

use super::arguments::{SERVER, SERVICES};
use super::source::{Source, counted};
use crate::Error;
use crate::cli::listen;
use crate::cli::output::Output;
use crate::client::Client;
use crate::gateway::Gateway;
use crate::transport::{Change, Server};
use futures_util::stream::Stream;
use std::net::SocketAddr;

/// What is needed to read it again.
pub(super) struct Reload<'a> {
    pub(super) source: &'a Source,
    pub(super) gateway: &'a Gateway,
    pub(super) client: &'a Client,
    pub(super) output: &'a Output,
}

/// What is asked for; a port that was free may be another one in fact.
#[derive(Clone)]
struct Asked {
    address: SocketAddr,
    server: Server,
}

impl<'a> Reload<'a> {
    /// What changes at every SIGHUP. Where the configuration is refused, the one before stays in force.
    #[cfg(unix)]
    pub(super) fn at_signal(
        self,
        address: SocketAddr,
        server: Server,
    ) -> Result<impl Stream<Item = Change> + use<'a>, Error> {
        use crate::ErrorKind;
        use tokio::signal::unix::{SignalKind, signal};
        let hangup = signal(SignalKind::hangup())
            .map_err(|e| Error::new(ErrorKind::File, format!("signals cannot be caught: {e}")))?;
        let state = (self, hangup, Asked { address, server });
        Ok(futures_util::stream::unfold(state, |(reload, mut hangup, mut asked)| async move {
            loop {
                hangup.recv().await?;
                match reload.change(&asked).await {
                    Ok((next, change, what)) => {
                        reload.output.note(&format!("bedwire: reloaded: {what}"));
                        asked = next;
                        return Some((change, (reload, hangup, asked)));
                    }
                    Err(e) => {
                        let note = format!("bedwire: not reloaded, what was in force stays: {e}");
                        reload.output.note(&note);
                    }
                }
            }
        }))
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)] // catching can fail on Unix
    pub(super) fn at_signal(
        self,
        _: SocketAddr,
        _: Server,
    ) -> Result<impl Stream<Item = Change> + use<'a>, Error> {
        Ok(futures_util::stream::pending())
    }

    #[cfg(unix)]
    async fn change(&self, before: &Asked) -> Result<(Asked, Change, String), Error> {
        let config = self.source.read(self.client)?;
        let address = self.source.address(&config);
        self.source.refuse_open_door(&config, address)?;
        let mut what = format!("{} in force", counted(&config));
        let mut listener = None;
        if address != before.address {
            let (bound, bound_to) = listen::bind(address).await.map_err(|e| own_port(e, address, before))?;
            listen::refuse_as_endpoint(bound_to, self.client, &SERVICES, SERVER)?;
            what.push_str(&format!("; listening on http://{bound_to} from now on"));
            listener = Some(bound);
        }
        let server = config.server.clone();
        if !server.has_bounds_of(&before.server) {
            what.push_str("; new connections have the new bounds of the server");
        }
        self.source.warn(&config, self.output);
        self.gateway.reload(config.options)?;
        Ok((Asked { address, server: server.clone() }, Change { server, listener }, what))
    }
}

/// A wildcard address overlaps with the one that is listened to: the port is taken, by nobody else.
#[cfg(unix)]
fn own_port(error: Error, address: SocketAddr, before: &Asked) -> Error {
    if address.port() != before.address.port() || address.port() == 0 {
        return error;
    }
    error.with_hint("this gateway has that port at its address before; a restart changes the address alone")
}
