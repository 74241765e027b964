//! Names → addresses: by the system, but for `localhost`, which an empty container has no hosts file for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The addresses of a host, each with this port. `localhost` and what is below it is this machine.
/// <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>
pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        return Ok(loopback.into_iter().map(|address| SocketAddr::new(address, port)).collect());
    }
    let found = tokio::net::lookup_host((host.trim_matches(['[', ']']), port)).await?;
    Ok(found.collect())
}
