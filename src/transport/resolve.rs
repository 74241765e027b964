//! Names → addresses: by the system, but for `localhost`, which an empty container has no hosts file for.

use super::in_thread;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use tokio::sync::Semaphore;

/// How many names are looked up at once: one whose servers are dead may take half a minute, and holds up no other.
const AT_ONCE: usize = 512;

static LOOKUPS: Semaphore = Semaphore::const_new(AT_ONCE);

/// The addresses of a host, each with this port. `localhost` and what is below it is this machine.
/// <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>
pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    if name == "localhost" || name.ends_with(".localhost") {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        return Ok(loopback.into_iter().map(|address| SocketAddr::new(address, port)).collect());
    }
    let host = host.trim_matches(['[', ']']).to_owned();
    if let Ok(address) = host.parse() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let permit = LOOKUPS.acquire().await.map_err(io::Error::other)?;
    let look_up = move || {
        let found = (host.as_str(), port).to_socket_addrs();
        drop(permit);
        found
    };
    in_thread("name lookup", look_up).await?.map(Iterator::collect)
}
