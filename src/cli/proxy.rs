//! `proxy`: signs and forwards what any unsigned client sends, and shows it.

use super::dry_run;
use super::global::GlobalOptions;
use super::listen::{self, Listening};
use super::output::Output;
use super::request::service_name;
use super::session::Session;
use super::stderr;
use crate::protocol::endpoint::Service;
use crate::proxy::{Proxy, ProxyOptions};
use crate::{Error, ErrorKind};
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;

const PAGE_HELP: &str = "\
Point a client at http://ADDR: it need not sign, what it signs is signed anew, and what it is answered streams through. \
http://ADDR/_bedwire/ shows the exchanges live, without secrets. Each request is sent once: refusals reach the client as they are.";

/// Where the proxy listens and what it does.
#[derive(Args)]
#[command(after_help = PAGE_HELP)]
pub(super) struct ProxyArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8098", value_parser = listen::address)]
    listen: SocketAddr,

    /// Check the client's own signature and answer with what is wrong with it, instead of forwarding
    #[arg(long)]
    verify: bool,

    /// The service that every request is for [default: told from its path]
    #[arg(long, value_name = "SERVICE", value_parser = service_name)]
    pub(super) service: Option<String>,

    /// Listen to other machines too: everyone who reaches the port can spend your money. The page is off then
    #[arg(long)]
    allow_remote: bool,
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn run(
    args: ProxyArgs,
    session: &Session,
    global: &GlobalOptions,
    output: &Output,
) -> Result<(), Error> {
    let hint = "proxy --verify forwards nothing; /_bedwire/ shows what is signed";
    dry_run::refuse_for_server("proxy", global, hint)?;
    if !args.allow_remote && !args.listen.ip().is_loopback() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "--listen {} is reached by other machines, and the proxy signs for everyone who reaches it",
                args.listen
            ),
        )
        .with_hint("listen on 127.0.0.1, or say --allow-remote"));
    }
    stderr::write_in_thread()?;
    let listening = Listening::open(args.listen).await?;
    let service = args.service.as_deref().map(Service::named);
    let services =
        service.clone().map_or_else(|| vec![Service::BedrockRuntime, Service::Bedrock], |one| vec![one]);
    listening.refuse_as_endpoint(session.client(), &services, "proxy")?;
    let options = ProxyOptions { service, verify: args.verify, allow_remote: args.allow_remote };
    let proxy = Proxy::new(session.client().clone(), options);
    listening.serve(Arc::new(proxy), output).await
}
