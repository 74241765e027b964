//! Everything that answers is a [`Transport`]: the network, a replayed fixture, a recorder around another transport,
//! the emulator, the gateway, the proxy.
//!
//! | file | job |
//! |---|---|
//! | `body`, `failure` | a body: whole bytes, or a stream; why there is no response |
//! | `reqwest`, `network_settings`, `sourced` | the network, what it is told, and by whom |
//! | `resolve`, `public_address` | names → addresses, and which of them are the Internet's |
//! | `proxy`, `proxy_failure` | which proxy a request goes through, and what goes wrong there |
//! | `tls/` | TLS, by rustls or by the system |
//! | `record/`, `replay` | exchanges written as fixtures, and answers from them |
//! | `serve/` | any transport, on a socket |
//! | `caller` | who asks a server of this machine |
//! | `hop_by_hop` | headers of one connection, which go on to no other |
//! | `in_thread` | what keeps a thread busy |

mod body;
#[cfg(any(feature = "gateway", feature = "proxy"))]
pub(crate) mod caller;
mod failure;
#[cfg(any(feature = "gateway", feature = "proxy"))]
mod hop_by_hop;
mod in_thread;
mod network_settings;
pub mod proxy;
#[cfg(feature = "_network")]
mod proxy_failure;
#[cfg(feature = "_network")]
mod public_address;
pub mod record;
pub mod replay;
#[cfg(feature = "_network")]
pub mod reqwest;
#[cfg(feature = "_network")]
mod resolve;
#[cfg(feature = "_server")]
mod serve;
mod sourced;
#[cfg(feature = "_network")]
mod tls;

pub(crate) use body::Collected;
pub use body::{Body, BodyStream};
pub use failure::TransportError;
#[cfg(any(feature = "gateway", feature = "proxy"))]
pub(crate) use hop_by_hop::drop_hop_by_hop;
pub(crate) use in_thread::in_thread;
pub use network_settings::{CertificatePlaces, NetworkSettings};
pub use record::Record;
pub use replay::Replay;
#[cfg(feature = "_network")]
pub(crate) use resolve::resolve;
#[cfg(feature = "_server")]
pub use serve::{Change, Refused, Server, serve};
pub use sourced::Sourced;

use std::future::Future;
use std::pin::Pin;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One request in, one response out. A response of any status is `Ok`; an error means that there is no response.
///
/// # Over an HTTP client of your own
/// A request is signed, so it is sent as it is: method, path, query, `host` and what else it has in headers, and its
/// body, to the byte. No redirect is followed, and nothing is sent again: that is the request loop's, and the kind of a
/// [`TransportError`] tells it whether another attempt may help. [`Body`] is an [`http_body::Body`], as hyper and most
/// of its kind take and give it; `examples/own_transport.rs` has it all.
///
/// How long to wait for an answer is no concern of it but for the connection: first byte, pauses and the whole call
/// have the client's [`Timeouts`](crate::client::Timeouts). Proxies and certificates of the environment are in
/// [`Settings::network`](crate::client::settings::Settings::network), for the transport to be set up with.
pub trait Transport: Send + Sync + 'static {
    /// Sends a signed request. Dropping the future abandons the exchange.
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>>;

    /// What a server answers in this transport's place where a request cannot be sent here. Default: `{"message":…}`, as
    /// AWS's services have it.
    #[cfg(feature = "_server")]
    fn refuse(&self, refused: &Refused<'_>) -> http::Response<Body> {
        refused.plain()
    }

    /// A server stops, and what is under way has had its time. Who answers may end it with a last word: each request
    /// and each body is polled once more, and dropped where it is not done then. Default: no word.
    #[cfg(feature = "_server")]
    fn cut(&self) {}
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn send(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        (**self).send(request)
    }

    #[cfg(feature = "_server")]
    fn refuse(&self, refused: &Refused<'_>) -> http::Response<Body> {
        (**self).refuse(refused)
    }

    #[cfg(feature = "_server")]
    fn cut(&self) {
        (**self).cut();
    }
}
