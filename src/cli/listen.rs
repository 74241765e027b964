//! What all servers share: where they listen, their first line, and how they stop.

use super::output::Output;
use crate::protocol::endpoint::Service;
use crate::transport::{Change, Server, Transport};
use crate::{Client, Error, ErrorKind};
use futures_util::stream::{self, Stream};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpListener;

/// A socket that is bound, and signals that are caught.
pub(super) struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    signals: Pin<Box<dyn Stream<Item = ()> + Send>>,
}

impl Listening {
    /// Binds. Signals are caught from here on, so that none is lost between the first line and the first request.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, Error> {
        let signals = Box::pin(shutdown_signals()?);
        let (listener, address) = bind(address).await?;
        Ok(Self { listener, address, signals })
    }

    /// Says where it listens, and serves until SIGINT or SIGTERM; a second one cuts what is under way.
    pub(super) async fn serve(self, transport: Arc<dyn Transport>, output: &Output) -> Result<(), Error> {
        self.serve_changing(&Server::default(), transport, output, stream::pending()).await
    }

    /// The same with other bounds than the default ones, and others again when a change comes.
    pub(super) async fn serve_changing(
        self,
        server: &Server,
        transport: Arc<dyn Transport>,
        output: &Output,
        changes: impl Stream<Item = Change>,
    ) -> Result<(), Error> {
        output.line(&format!("listening on http://{}", self.address))?;
        server.serve_changing(self.listener, transport, self.signals, changes).await;
        Ok(())
    }

    /// See [`refuse_as_endpoint`].
    pub(super) fn refuse_as_endpoint(
        &self,
        client: &Client,
        services: &[Service],
        server: &str,
    ) -> Result<(), Error> {
        refuse_as_endpoint(self.address, client, services, server)
    }
}

/// `AWS_ENDPOINT_URL` is set for the client, often in the shell that starts the server, too: it would ask itself.
pub(super) fn refuse_as_endpoint(
    address: SocketAddr,
    client: &Client,
    services: &[Service],
    server: &str,
) -> Result<(), Error> {
    for service in services {
        let url = client.endpoint(service.clone(), None)?.base_url();
        let rest = url.strip_prefix("http://").unwrap_or_default();
        let authority = rest.split('/').next().unwrap_or_default().replace("localhost", "127.0.0.1");
        if authority == address.to_string() {
            let message = format!("the endpoint {url} is the {server} itself");
            return Err(Error::new(ErrorKind::InvalidInput, message).with_hint(format!(
                "unset AWS_ENDPOINT_URL for the {server}; it is the client that needs it"
            )));
        }
    }
    Ok(())
}

/// A socket at this address, and the address with the port that it has.
pub(super) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let listener = TcpListener::bind(address).await.map_err(|e| unusable(address, &e))?;
    let address = listener.local_addr().map_err(|e| unusable(address, &e))?;
    Ok((listener, address))
}

/// An IP address and a port.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "it takes an IP address and a port such as 127.0.0.1:8099".to_owned())
}

fn unusable(address: SocketAddr, e: &io::Error) -> Error {
    let hint = match e.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; port 0 takes a free port",
        io::ErrorKind::PermissionDenied => "ports below 1024 need privileges; port 0 takes a free port",
        _ => "127.0.0.1:0 is this machine with a free port",
    };
    Error::new(ErrorKind::Network, format!("cannot listen on {address}: {e}")).with_hint(hint)
}

/// One item at each SIGINT or SIGTERM. Both are caught from here on, so that none is lost between the first line on
/// stdout and the first request.
#[cfg(unix)]
fn shutdown_signals() -> Result<impl Stream<Item = ()>, Error> {
    use futures_util::future::select;
    use std::pin::pin;
    use tokio::signal::unix::{SignalKind, signal};
    let catch = |kind| {
        signal(kind).map_err(|e| Error::new(ErrorKind::File, format!("signals cannot be caught: {e}")))
    };
    let signals = (catch(SignalKind::interrupt())?, catch(SignalKind::terminate())?);
    Ok(stream::unfold(signals, |(mut interrupt, mut terminate)| async move {
        select(pin!(interrupt.recv()), pin!(terminate.recv())).await;
        Some(((), (interrupt, terminate)))
    }))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // catching can fail on Unix
fn shutdown_signals() -> Result<impl Stream<Item = ()>, Error> {
    Ok(stream::unfold((), |()| async {
        let _ = tokio::signal::ctrl_c().await;
        Some(((), ()))
    }))
}
