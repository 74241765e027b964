//! Everything that answers is a [`Transport`]: the network, a replayed fixture, a recorder around another transport,
//! the emulator.

mod body;
#[cfg(any(feature = "gateway", feature = "proxy"))]
pub(crate) mod caller;
mod certificate;
mod crypto_provider;
mod failure;
mod in_thread;
mod network_settings;
pub mod proxy;
mod public_address;
pub mod record;
pub mod replay;
pub mod reqwest;
mod resolve;
#[cfg(feature = "_server")]
mod serve;
mod tls;
mod tls_failure;

pub(crate) use body::Collected;
pub use body::{Body, BodyStream};
pub use failure::TransportError;
pub(crate) use in_thread::in_thread;
pub use network_settings::NetworkSettings;
pub use record::Record;
pub use replay::Replay;
pub(crate) use resolve::resolve;
#[cfg(feature = "_server")]
pub use serve::{Change, Refused, Server, serve};

use std::future::Future;
use std::pin::Pin;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One request in, one response out. A response of any status is `Ok`; an error means that there is no response.
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
